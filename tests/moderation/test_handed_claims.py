"""Claims that earlier versions handed over become assignments."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from stories.models import Assignment, Story
from tests.conftest import Cast
from tests.factories import make_story

migration = import_module("stories.migrations.0027_assignments")
pytestmark = pytest.mark.once


def test_handed_stories_that_wait_are_assigned(cast: Cast, pending: Story) -> None:
    lapsed, published, to_a_member, being_read = (
        make_story(author=cast.member, state="pending"),
        make_story(author=cast.member, moderator=cast.owner),
        make_story(author=cast.member, state="pending"),
        make_story(author=cast.member, state="pending"),
    )
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stories_claim ADD COLUMN handed_by_id bigint NULL")
        cursor.execute("ALTER TABLE stories_claim ADD COLUMN note varchar(300) NOT NULL DEFAULT ''")
    apps = MigrationLoader(connection).project_state([("stories", "0027_assignments")]).apps
    claims, now = apps.get_model("stories", "Claim").objects, timezone.now()
    for story, to, by, lapses in (
        (pending, cast.moderator, cast.owner, now + timedelta(hours=20)),
        (lapsed, cast.second_moderator, cast.owner, now - timedelta(days=3)),
        (published, cast.moderator, cast.owner, now + timedelta(hours=20)),
        (to_a_member, cast.newcomer, cast.owner, now + timedelta(hours=20)),
        (being_read, cast.moderator, None, now + timedelta(minutes=2)),
    ):
        who = {"moderator_id": to.user_id, "handed_by_id": by.user_id if by else None}
        claims.create(story_id=story.pk, note="Yours?", lapses_at=lapses, **who)
    migration.carry_over(apps, None)
    made = Assignment.objects.order_by("pk").values_list("story", "moderator", "assigned_by", "note", "created_at")
    owner = cast.owner.user_id
    assert list(made) == [
        (pending.pk, cast.moderator.user_id, owner, "Yours?", now - timedelta(hours=4)),
        (lapsed.pk, cast.second_moderator.user_id, owner, "Yours?", now - timedelta(days=4)),
    ]
    assert list(claims.values_list("story", flat=True)) == [being_read.pk]
