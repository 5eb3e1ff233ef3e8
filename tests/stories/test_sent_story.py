"""A story as moderators read it cannot carry a text that was not submitted, however it is loaded."""

from typing import Any

import pytest

from stories.author_view import StoryForAuthor
from stories.models import SentStory, State, Story, StoryText, seen_by
from tests.conftest import Cast, signed_in
from tests.factories import decided, make_draft, make_story
from tests.pages import text_of

UNSENT = StoryText("received", ["harmony", "peace"], "Not for you yet.")
NOTHING = StoryText()


def rewritten(cast: Cast) -> Story:
    story = make_story(author=cast.member, moderator=cast.moderator, state=State.RETURNED, body="As it was sent.")
    story.revise(by=cast.member, revision=story.revision, text=UNSENT)
    return story


def test_returned_story_has_the_text_that_was_sent(cast: Cast) -> None:
    story = rewritten(cast)
    for sent in (
        SentStory.of(story),
        SentStory.objects.get(pk=story.pk),
        seen_by(cast.moderator, [story.pk])[story.pk],
    ):
        assert isinstance(sent, SentStory)
        assert sent.text == StoryText("given", ["hope"], "As it was sent.")
        assert (sent.revision, sent.is_being_rewritten) == (1, True)
        assert sent.updated_at == story.submitted_at
        assert StoryForAuthor.of(sent).text == sent.text
    assert story.text == UNSENT, "a copy was given"


def test_draft_has_no_text(cast: Cast) -> None:
    draft = make_draft(author=cast.member, **UNSENT.parts())
    assert SentStory.of(draft).text == SentStory.objects.get(pk=draft.pk).text == NOTHING
    assert seen_by(cast.moderator, [draft.pk]) == {}
    assert seen_by(cast.member, [draft.pk])[draft.pk].text == UNSENT


@pytest.mark.parametrize("state", [State.PENDING, State.PUBLISHED, State.DECLINED, State.REMOVED, State.SPAM])
def test_any_other_story_has_its_own_text(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    assert SentStory.of(story).text == SentStory.objects.get(pk=story.pk).text == story.text


def test_sent_story_is_neither_reloaded_nor_saved(cast: Cast) -> None:
    story = rewritten(cast)
    sent = SentStory.objects.defer("body").get(pk=story.pk)
    assert sent.body == "As it was sent."
    for act in (sent.refresh_from_db, sent.save):
        with pytest.raises(TypeError):
            act()
    for loaded in SentStory.objects.filter(pk=story.pk).iterator():
        assert loaded.text == NOTHING


def test_decision_on_sent_story_is_overtaken_by_a_new_text(cast: Cast) -> None:
    story = make_story(author=cast.member, state=State.PENDING)
    sent = SentStory.objects.get(pk=story.pk)
    assert type(sent.itself) is Story
    decided(sent.itself, cast.moderator, State.PUBLISHED)
    story.refresh_from_db()
    assert story.is_published


def test_list_takes_one_query_more_however_many_are_returned(cast: Cast, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        rewritten(cast)
    with django_assert_num_queries(2):
        assert {story.body for story in SentStory.objects.all()} == {"As it was sent."}
    Story.objects.update(state=State.DECLINED)
    with django_assert_num_queries(1):
        list(SentStory.objects.all())


def test_impossible_number_finds_no_story(cast: Cast) -> None:
    assert seen_by(cast.moderator, [10**30]) == {}


def test_letter_previewed_too_late_is_given_back(cast: Cast) -> None:
    story = make_story(author=cast.member, state=State.PENDING, body="As it was sent.")
    story.withdraw(by=cast.member)
    letter = {"revision": 1, "answer": "return", "message": "Who held it?"}
    page = text_of(signed_in(cast.moderator).post(f"/harbour-team/stories/{story.pk}/letter/", letter))
    assert "<bdi>Mia Member</bdi> withdrew this" in page
    assert "Who held it?" in page
    assert "As it was sent." not in page
