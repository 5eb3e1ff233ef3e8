"""The value that an author's pages show in place of a story."""

from dataclasses import fields

from stories.author_view import StoryForAuthor, author_views
from stories.models import Story
from tests.conftest import Cast
from tests.factories import make_story


def test_authors_pages_get_no_story_with_another_state(cast: Cast, pending: Story) -> None:
    pending.decline(by=cast.moderator, revision=1, message="Not yet.")
    declined = Story.objects.with_author_and_team().get(pk=pending.pk)
    [view] = author_views([declined])
    assert not isinstance(view.story, Story)
    assert (view.story.state, declined.state) == ("pending", "declined")
    assert {"decided_at", "settles_at"}.isdisjoint(field.name for field in fields(view.story))


def test_author_goes_on_writing_while_another_decision_supersedes_the_first(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    assert story.refusal_in_effect is not None
    story.decline(by=cast.moderator, revision=1, supersedes=story.refusal_in_effect.pk, message="Not yet.")
    seen = StoryForAuthor.of(Story.objects.with_author_and_team().get(pk=story.pk))
    assert (seen.state, seen.is_editable) == ("returned", True)


def test_author_does_not_write_in_a_story_that_was_just_returned(cast: Cast, pending: Story) -> None:
    pending.return_for_change(by=cast.moderator, revision=1, message="Say what happened.")
    seen = StoryForAuthor.of(pending)
    assert (seen.state, seen.is_editable) == ("pending", False)
