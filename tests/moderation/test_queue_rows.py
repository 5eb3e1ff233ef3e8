"""The rows of the desk's lists: who, how long, the first words, and the marks."""

from datetime import timedelta

from django.utils import timezone

from stories.models import Claim, Story
from tests.conftest import Cast
from tests.factories import make_edit, make_story
from tests.moderation.queue_pages import (
    known,
    marks,
    reported,
    shown,
    stood_by,
    waiting,
)


def test_a_row_tells_who_how_long_and_the_first_words(cast: Cast, pending: Story) -> None:
    row = marks(cast.moderator, pending)
    assert "Mia Member" in row
    assert "Held the door, and my tongue." in row


def test_a_row_marks_what_is_new_here_and_what_is_not(cast: Cast, pending: Story) -> None:
    assert "New here" in marks(cast.moderator, pending)
    known(cast.member, cast.owner)
    assert "New here" not in marks(cast.moderator, pending)


def test_a_row_marks_what_came_back_and_what_its_author_stands_by(cast: Cast) -> None:
    back = make_story(author=cast.member, moderator=cast.owner, state="returned")
    back.submit(by=cast.member)
    standing = stood_by(cast, cast.owner)
    assert "Resubmitted" in marks(cast.moderator, back)
    assert "Second opinion" not in marks(cast.moderator, back)
    assert "Second opinion" in marks(cast.moderator, standing)
    assert "Resubmitted" not in marks(cast.moderator, standing)


def test_a_row_counts_the_reports_that_nobody_has_answered(cast: Cast, story: Story) -> None:
    reported(story, cast.newcomer)
    assert "1 report" in marks(cast.moderator, story, "reported")
    reported(story, cast.owner)
    assert "2 reports" in marks(cast.moderator, story, "reported")
    story.dismiss_reports(by=cast.moderator, revision=1)
    assert waiting(cast.moderator, "reported") == []


def test_a_row_marks_what_waits_longer_than_the_team_means_to(cast: Cast, pending: Story) -> None:
    longer = "longer than your team’s aim"
    Story.objects.update(submitted_at=timezone.now() - timedelta(hours=5))
    assert longer not in marks(cast.moderator, pending), "where the team promises nothing"
    type(cast.team).objects.filter(pk=cast.team.pk).update(answer_hours=6)
    assert longer not in marks(cast.moderator, pending)
    type(cast.team).objects.filter(pk=cast.team.pk).update(answer_hours=4)
    assert longer in marks(cast.moderator, pending)


def test_a_row_tells_colleagues_who_is_reading_it(cast: Cast, pending: Story) -> None:
    Claim.take(pending, by=cast.moderator)
    assert "Mo Moderator is reading" in marks(cast.second_moderator, pending)
    assert "is reading" not in marks(cast.moderator, pending)
    assert "Mo Moderator is reading this." in shown(cast.second_moderator, pending)


def test_a_row_marks_a_new_text_of_a_story_on_the_wall(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    assert "New text of a published story" in marks(cast.moderator, edit)
