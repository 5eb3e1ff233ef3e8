"""The batch of decisions that were taken in one go."""

from datetime import datetime, timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from moderation.own_decisions import undoable_decisions
from stories.append_only import audit_triggers
from stories.models import AuditEntry, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.stories.transitions import LETTER

carry_over = import_module("stories.migrations.0011_batch_of_decisions").number_batches
BULK = "/harbour-team/moderation/bulk/"


@pytest.fixture
def three(cast: Cast) -> list[Story]:
    return [make_story(author=cast.member, state="pending") for _ in range(3)]


def batches(*stories: Story) -> list[object]:
    latest = (story.audit_log.latest("pk") for story in stories)
    return [entry.batch for entry in latest]


def offered(moderator: Membership) -> set[int]:
    return {entry.story_id for entry in undoable_decisions(moderator)}


@pytest.mark.parametrize("letter", [{}, LETTER], ids=["publish", "return"])
def test_decisions_on_several_stories_have_one_batch(cast: Cast, three: list[Story], letter: dict[str, str]) -> None:
    client, action = signed_in(cast.moderator), "return" if letter else "publish"
    for stories in (three[:2], three[2:]):
        ticked = [f"{story.pk}:1" for story in stories]
        client.post(BULK, {"story": ticked, "action": action, **letter})
    first, second, third = batches(*three)
    assert first == second is not None
    assert third not in (None, first)


def test_decisions_of_one_batch_are_offered_for_undo_whatever_their_moments(cast: Cast, three: list[Story]) -> None:
    batch, now = uuid4(), clock.now()
    for second, story in enumerate(three[:2]):
        with clock.at(now - timedelta(seconds=second)):
            story.publish(by=cast.moderator, revision=1, batch=batch)
    assert offered(cast.moderator) == {story.pk for story in three[:2]}
    three[2].publish(by=cast.moderator, revision=1)
    assert offered(cast.moderator) == {three[2].pk}


def test_two_decisions_at_the_same_moment_are_no_batch(cast: Cast, three: list[Story]) -> None:
    with clock.at(clock.now()):
        for story in three:
            story.publish(by=cast.moderator, revision=1)
    assert batches(*three) == [None] * 3
    assert offered(cast.moderator) == {three[2].pk}


def test_older_decisions_on_several_stories_get_a_batch(cast: Cast) -> None:
    moments = [timezone.now() - timedelta(days=days) for days in (1, 2)]
    together, later = (decided_at(moment, cast.moderator, cast.member, number=2) for moment in moments)
    alone = decided_at(moments[0], cast.owner, cast.member, number=1)
    one_after_the_other = [
        *decided_at(moments[1] + timedelta(seconds=1), cast.moderator, cast.member, number=1),
        *decided_at(moments[1] + timedelta(seconds=2), cast.moderator, cast.member, number=1),
    ]
    foreign = decided_at(moments[0], cast.foreign_owner, cast.foreign_owner, number=1)
    audit_triggers.drop(connection)  # as `migrate` does
    carry_over(apps, None)
    assert len({*batches(*together)}) == len({*batches(*later)}) == 1
    assert None not in batches(*together, *later)
    assert batches(*together)[0] != batches(*later)[0]
    assert batches(*alone, *one_after_the_other, *foreign) == [None] * 4
    assert AuditEntry.objects.exclude(batch=None).count() == 4


def decided_at(moment: datetime, moderator: Membership, author: Membership, *, number: int) -> list[Story]:
    stories = [make_story(author=author, state="pending") for _ in range(number)]
    with clock.at(moment):
        for story in stories:
            story.decline(by=moderator, revision=1, **LETTER)
    return stories
