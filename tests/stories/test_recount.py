"""The command that compares counts with rows, and corrects them."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Role
from stories.models import OutboxEvent, ReactionKind, Story
from tests.conftest import Cast
from tests.factories import make_story
from tests.stories.policies import rule, submitted


def recount(*arguments: str) -> str:
    said = StringIO()
    call_command("recount", *arguments, stdout=said)
    return said.getvalue()


def test_command_reports_right_counts(cast: Cast, story: Story) -> None:
    story.toggle_uplift(by=cast.newcomer)
    story.toggle_reaction(ReactionKind.WARM, by=cast.newcomer)
    assert recount() == recount("--fix") == "All counts are right.\n"


def test_command_reports_wrong_counts_and_leaves_them(cast: Cast, story: Story) -> None:
    story.toggle_uplift(by=cast.newcomer)
    Story.objects.update(uplift_count=5, warm_count=2)
    said = recount()
    assert f"Story {story.pk}: uplift_count is 5, rows are 1." in said
    assert f"Story {story.pk}: warm_count is 2, rows are 0." in said
    assert "see_count" not in said
    assert Story.objects.get().uplift_count == 5


def test_command_corrects_every_count_and_announces_it(cast: Cast, story: Story) -> None:
    hidden = make_story(author=cast.member, moderator=cast.moderator, state="removed")
    right = make_story(author=cast.member, moderator=cast.moderator)
    for person in (cast.newcomer, cast.owner):
        story.toggle_uplift(by=person)
    story.toggle_reaction(ReactionKind.HIGH_FIVE, by=cast.owner)
    Story.objects.filter(pk__in=[story.pk, hidden.pk]).update(uplift_count=9, high_five_count=0, try_count=4)
    before = OutboxEvent.objects.newest_id()
    assert "Mended 2 stories." in recount("--fix")
    mended = Story.objects.get(pk=story.pk)
    assert (mended.uplift_count, mended.high_five_count, mended.try_count) == (2, 1, 0)
    assert Story.objects.get(pk=hidden.pk).uplift_count == 0
    told = [(event.story_id, event.kind) for event in OutboxEvent.objects.after(before)]
    assert told == [(story.pk, "counts")]
    assert right.pk not in dict(told)
    assert recount() == "All counts are right.\n"


def test_command_corrects_the_warmth(cast: Cast, story: Story) -> None:
    story.toggle_uplift(by=cast.owner)
    story.refresh_from_db()
    right = story.warmth
    Story.objects.filter(pk=story.pk).update(warmth=1)
    assert f"Story {story.pk}: warmth is 1.000000, its uplifts make {right:.6f}." in recount()
    assert "Mended 1 stories." in recount("--fix")
    story.refresh_from_db()
    assert story.warmth == pytest.approx(right)
    assert recount() == "All counts are right.\n"


def test_command_corrects_which_stories_are_not_reviewed(cast: Cast, story: Story) -> None:
    rule(cast, "after")
    new, by_moderator = submitted(cast.member), submitted(cast.moderator)
    since = Story.objects.get(pk=new.pk).unreviewed_since
    assert since
    assert recount() == "All counts are right.\n"
    Story.objects.filter(pk=new.pk).update(unreviewed_since=None)
    Story.objects.filter(pk__in=[story.pk, by_moderator.pk]).update(unreviewed_since=since)
    assert recount().count("unreviewed_since") == 3
    assert "Mended 3 stories." in recount("--fix")
    assert list(Story.objects.exclude(unreviewed_since=None)) == [new]
    assert recount() == "All counts are right.\n"


def test_moderators_own_story_counts_as_reviewed_once_they_are_a_member(cast: Cast) -> None:
    rule(cast, "after")
    submitted(cast.second_moderator)
    cast.second_moderator.change_role(Role.MEMBER, by=cast.owner)
    assert recount() == "All counts are right.\n"
