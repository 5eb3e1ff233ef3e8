"""Words for the states of stories."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kindwall import clock
from stories.author_view import StoryForAuthor
from stories.models import State, Story
from stories.status import BADGES, HEADINGS_OF_EDITS, STATE_HEADINGS, explanation, state_heading
from tests.conftest import Cast
from tests.factories import make_story

pytestmark = [pytest.mark.django_db, pytest.mark.once]

UNSEEN_BY_AUTHORS = {State.SPAM, State.ACCEPTED}  # an author sees spam wait, and an accepted edit as its story


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_badge(state: State) -> None:
    assert BADGES[state].label, f"stories/status.py has no badge for the state {state}"


@pytest.mark.parametrize("state", sorted(set(State) - UNSEEN_BY_AUTHORS))
def test_every_state_that_authors_see_has_a_heading(state: State) -> None:
    assert STATE_HEADINGS.get(state), f"stories/status.py has no heading for the state {state}"
    assert HEADINGS_OF_EDITS.get(state), f"stories/status.py has no heading for an edit in the state {state}"


def seen(story: Story) -> StoryForAuthor:
    """Return the story as its author sees it once every decision has settled."""
    with clock.at(timezone.now() + timedelta(minutes=1)):
        return StoryForAuthor.of(Story.objects.with_author_and_team().get(pk=story.pk))


def test_heading_of_a_second_opinion_differs_from_the_first(cast: Cast) -> None:
    story = make_story(author=cast.member, state="declined", moderator=cast.moderator)
    before = state_heading(seen(story))
    with clock.at(timezone.now() + timedelta(minutes=1)):
        story.stand_by(by=cast.member, message="I meant it kindly.")
    assert state_heading(seen(story)) not in (before, str(STATE_HEADINGS[State.PENDING]))


def test_explanation_of_a_final_decision_says_so(cast: Cast) -> None:
    story = make_story(author=cast.member, state="declined", moderator=cast.moderator)
    assert "final" not in explanation(seen(story))
    with clock.at(timezone.now() + timedelta(minutes=1)):
        story.stand_by(by=cast.member, message="I meant it kindly.")
    story.decline(by=cast.owner, revision=story.revision, message="It still names somebody.")
    assert "final" in explanation(seen(story))
