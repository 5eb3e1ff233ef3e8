"""A card shows that its text was changed after it came to the wall, and when."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from kindwall import clock
from stories.live.render import announcements
from stories.models import OutboxEvent, Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_edit, make_story
from tests.pages import part, text_of, words
from tests.stories.streams import MEMBERS

pytestmark = pytest.mark.once

NOW = timezone.now()


def edited_at(story: Story) -> datetime | None:
    return Story.objects.get(pk=story.pk).edited_at


def publish(edit: Story, cast: Cast, then: datetime = NOW) -> None:
    with clock.at(then):
        edit.publish(by=cast.moderator, revision=edit.revision)


def test_accepted_change_shows_edited_with_its_age(cast: Cast, story: Story) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    edit = make_edit(story, author=cast.member, body="The kinder telling.")
    assert edited_at(story) is None
    assert "edited" not in words(part(signed_in(cast.newcomer).get("/harbour-team/"), f"story-{story.pk}-byline"))
    publish(edit, cast, NOW - timedelta(hours=2))
    assert edited_at(story) == NOW - timedelta(hours=2)
    for client in (signed_in(cast.newcomer), signed_in(None)):
        for path in ("/harbour-team/", story.get_absolute_url()):
            assert "edited 2 hours ago" in words(part(client.get(path), f"story-{story.pk}-byline"))
    sent = announcements([OutboxEvent.objects.latest("pk")])[cast.team.pk].for_audience(MEMBERS).decode()
    assert "edited" in sent
    assert "2 hours ago" in sent


def test_undone_acceptance_leaves_the_mark_of_the_change_before(cast: Cast, story: Story) -> None:
    first = make_edit(story, author=cast.member, body="The kinder telling.")
    publish(first, cast, NOW - timedelta(hours=2))
    before = edited_at(story)
    second = make_edit(story, author=cast.member, body="A third telling.")
    second.publish(by=cast.moderator, revision=second.revision)
    assert edited_at(story) != before
    second.undo(second.audit_log.latest("pk"), by=cast.moderator)
    assert edited_at(story) == before is not None


def test_undone_first_acceptance_leaves_no_mark(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member, body="The kinder telling.")
    edit.publish(by=cast.moderator, revision=edit.revision)
    assert edited_at(story)
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    assert edited_at(story) is None
    assert "edited" not in text_of(signed_in(cast.newcomer).get("/harbour-team/"))


def test_only_a_published_text_is_marked(cast: Cast) -> None:
    draft = make_draft(author=cast.member, body="Half")
    draft.revise(by=cast.member, revision=draft.revision, text=StoryText("given", ["hope"], "Whole"))
    draft.submit(by=cast.member)
    draft.publish(by=cast.moderator, revision=draft.revision, fixed="Whole.")
    assert edited_at(draft) is None
    own = make_story(author=cast.moderator, moderator=cast.second_moderator)
    own.revise(by=cast.moderator, revision=own.revision, text=StoryText("given", ["hope"], "Another word."))
    assert edited_at(own)
