"""Words for the states of stories."""

import pytest

from stories.models import State, Story
from stories.status import BADGES, HEADINGS, HEADINGS_OF_EDITS, explanation, heading
from tests.conftest import Cast
from tests.factories import make_story

pytestmark = [pytest.mark.django_db, pytest.mark.once]

UNSEEN_BY_AUTHORS = {State.SPAM, State.ACCEPTED}  # an author sees spam wait, and an accepted edit as its story


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_badge(state: State) -> None:
    assert BADGES[state].label, f"stories/status.py has no badge for the state {state}"


@pytest.mark.parametrize("state", sorted(set(State) - UNSEEN_BY_AUTHORS))
def test_every_state_that_authors_see_has_a_heading(state: State) -> None:
    assert HEADINGS.get(state), f"stories/status.py has no heading for the state {state}"
    assert HEADINGS_OF_EDITS.get(state), f"stories/status.py has no heading for an edit in the state {state}"


def test_heading_of_a_second_opinion_differs_from_the_first(cast: Cast) -> None:
    story = make_story(author=cast.member, state="declined", moderator=cast.moderator)
    before = heading(story)
    story.stand_by(by=cast.member, message="I meant it kindly.")
    assert heading(Story.objects.get(pk=story.pk)) not in (before, str(HEADINGS[State.PENDING]))


def test_explanation_of_a_final_decision_says_so(cast: Cast) -> None:
    story = make_story(author=cast.member, state="declined", moderator=cast.moderator)
    assert "last word" not in explanation(story)
    story.stand_by(by=cast.member, message="I meant it kindly.")
    story = Story.objects.get(pk=story.pk)
    story.decline(by=cast.owner, revision=story.revision, message="It still names somebody.")
    assert "final" in explanation(Story.objects.get(pk=story.pk))
