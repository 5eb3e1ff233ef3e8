"""The conversation about an edit moves to the story that accepts it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from moderation.desk import messages_about
from stories.author_view import author_views
from stories.models import AuditEntry, State, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_story
from tests.moderation.queue_pages import explained
from tests.pages import part, text_of, words

pytestmark = pytest.mark.once

RETURN, STAND_BY = "Please leave out her name.", "I asked her, and she is glad of it."
FIRST, LATER = "Say what happened.", "Taken down for now."


@pytest.fixture
def taken_over(cast: Cast) -> Story:
    """A new text that was returned, stood by and let in."""
    with clock.at(timezone.now() - timedelta(minutes=5)):
        edit = make_edit(returned_once(cast), author=cast.member, body="The kinder telling.")
        edit.return_for_change(by=cast.moderator, revision=1, message=RETURN)
    with clock.at(timezone.now() - timedelta(minutes=4)):
        edit.stand_by(by=cast.member, message=STAND_BY)
        edit.publish(by=cast.second_moderator, revision=1)
    assert edit.state == State.ACCEPTED
    return edit


def returned_once(cast: Cast) -> Story:
    with clock.at(timezone.now() - timedelta(minutes=10)):
        story = make_story(author=cast.member, state="pending")
        story.return_for_change(by=cast.moderator, revision=1, message=FIRST)
    with clock.at(timezone.now() - timedelta(minutes=9)):
        story.submit(by=cast.member)
        story.publish(by=cast.moderator, revision=1)
    return story


def original_of(edit: Story) -> Story:
    return Story.objects.select_related("team").get(edits=edit)


def shown(client: Client, address: str) -> str:
    return text_of(client.get(address, follow=True))


def at_the_desk(person: Membership, pk: int | None) -> str:
    return text_of(signed_in(person).get(f"/harbour-team/moderation/?story={pk}"))


def test_author_reads_the_conversation_about_an_edit_with_the_story(cast: Cast, taken_over: Story) -> None:
    client, story = signed_in(cast.member), original_of(taken_over)
    for address in ("/harbour-team/mine/", f"/harbour-team/stories/{story.pk}/"):
        page = shown(client, address)
        places = [page.index(said) for said in (FIRST, RETURN, STAND_BY)]
        assert places == sorted(places), "in the order in which it was said"


def test_moderators_read_the_conversation_about_an_edit_with_the_story(cast: Cast, taken_over: Story) -> None:
    page = at_the_desk(cast.second_moderator, taken_over.edit_of_id)
    places = [page.index(said) for said in (FIRST, RETURN, STAND_BY)]
    assert places == sorted(places)


def test_later_messages_follow_those_about_the_edit(cast: Cast, taken_over: Story) -> None:
    story = original_of(taken_over)
    with clock.at(timezone.now() - timedelta(minutes=1)):
        story.remove(by=cast.moderator, revision=story.revision, message=LATER)
    told = [entry.message for entry in author_views([story])[0].messages]
    assert (
        told
        == [entry.message for entry in messages_about(story, AuditEntry.objects.all())]
        == [FIRST, RETURN, STAND_BY, LATER]
    )


def test_address_of_an_accepted_edit_leads_to_the_story(cast: Cast, taken_over: Story) -> None:
    story = original_of(taken_over)
    for person in (cast.member, cast.second_moderator):
        answer = signed_in(person).get(f"/harbour-team/stories/{taken_over.pk}/", follow=True)
        assert (answer.status_code, answer.redirect_chain[0][0]) == (200, story.get_absolute_url())
    for person in (cast.newcomer, cast.foreign_owner):
        assert signed_in(person).get(f"/harbour-team/stories/{taken_over.pk}/").status_code == 404


def test_accepted_edit_at_the_desk_leads_to_the_story(cast: Cast, taken_over: Story) -> None:
    make_story(author=cast.newcomer, state="pending")
    page = at_the_desk(cast.second_moderator, taken_over.pk)
    assert RETURN in words(part(page, f"story-{taken_over.edit_of_id}-decision"))


@pytest.mark.parametrize("removed", [False, True], ids=["hangs", "removed"])
def test_nobody_else_reads_the_conversation(cast: Cast, taken_over: Story, removed: bool) -> None:
    story = original_of(taken_over)
    if removed:
        story.remove(by=cast.moderator, revision=story.revision, message=LATER)
    for person in (cast.newcomer, None):
        for pk in (story.pk, taken_over.pk):
            for address in (f"/harbour-team/stories/{pk}/", f"/harbour-team/moderation/?story={pk}", "/harbour-team/"):
                page = text_of(signed_in(person).get(address))
                assert not [said for said in (FIRST, RETURN, STAND_BY, LATER) if said in page], address


@pytest.mark.parametrize("state", ["pending", "returned", "declined"])
def test_conversation_about_a_rejected_edit_stays_with_the_edit(cast: Cast, story: Story, state: str) -> None:
    with clock.at(timezone.now() - timedelta(minutes=5)):
        edit = make_edit(story, author=cast.member)
        edit.return_for_change(by=cast.moderator, revision=1, message=RETURN)
    with clock.at(timezone.now() - timedelta(minutes=4)):
        if state != "returned":
            edit.submit(by=cast.member)
        if state == "declined":
            edit.decline(by=cast.moderator, revision=1, message=FIRST)
    assert author_views([story])[0].messages == messages_about(story, AuditEntry.objects.all()) == []
    assert RETURN in [entry.message for entry in author_views([edit])[0].messages]


def test_conversation_returns_to_the_edit_when_acceptance_is_undone(cast: Cast, story: Story) -> None:
    with clock.at(timezone.now() - timedelta(minutes=5)):
        edit = make_edit(story, author=cast.member)
        edit.return_for_change(by=cast.moderator, revision=1, message=RETURN)
    edit.submit(by=cast.member)
    edit.publish(by=cast.moderator, revision=1)
    assert [entry.message for entry in author_views([story])[0].messages] == [RETURN]
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    assert author_views([story])[0].messages == []
    assert [entry.message for entry in author_views([edit])[0].messages] == [RETURN]


def test_undone_letter_is_in_no_conversation(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    edit.return_for_change(by=cast.moderator, revision=1, message=RETURN)
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    edit.publish(by=cast.moderator, revision=1)
    with clock.at(timezone.now() + timedelta(minutes=1)):
        assert author_views([story])[0].messages == messages_about(story, AuditEntry.objects.all()) == []


def test_one_query_reads_the_conversations_of_any_number_of_stories(
    cast: Cast, taken_over: Story, django_assert_num_queries: object
) -> None:
    stories = [original_of(taken_over), make_story(author=cast.member, moderator=cast.moderator)]
    for story in stories:
        for body in ("One.", "Two."):
            make_edit(story, author=cast.member, moderator=cast.moderator, body=body)
    loaded = list(Story.objects.with_author_and_team().order_by("pk").filter(pk__in=[story.pk for story in stories]))
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert [len(view.messages) for view in author_views(loaded)] == [3, 0]
    with django_assert_num_queries(1):  # type: ignore[operator]
        messages = messages_about(stories[0], AuditEntry.objects.all())
        assert len(messages) == 3
        assert {entry.actor.name for entry in messages if entry.actor} == {"Mo Moderator", "Mia Member"}


def test_conversation_is_read_from_its_index(cast: Cast, taken_over: Story) -> None:
    story = Story.objects.with_author_and_team().get(pk=original_of(taken_over).pk)
    with CaptureQueriesContext(connection) as captured:
        author_views([story])
    if connection.vendor == "sqlite":
        plan = explained(captured[-1]["sql"])
        assert "stories_auditentry USING INDEX" in plan
        assert "SCAN" not in plan, "neither the log nor the stories are gone through"
