"""Unpublished stories and unsettled decisions leave no trace on the pages and streams of others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from stories import public
from stories.live.outbox_reader import read_since
from stories.models import OutboxEvent, State, Story
from stories.models.audit import UNDO_FOR
from stories.models.choices import OFF_WALL_STATES
from tests.conftest import Cast, signed_in
from tests.factories import decided, make_edit, make_story
from tests.pages import same_but_for_tokens, text_of
from tests.stories.hidden import UNPUBLISHED, secret
from tests.stories.streams import MEMBERS

pytestmark = pytest.mark.once


def pages(person: Membership, *paths: str) -> list[str]:
    client = signed_in(person)
    return [same_but_for_tokens(text_of(client.get(path))) for path in paths]


WHOLE = [state for state in UNPUBLISHED if state != State.ACCEPTED]
NEVER_HUNG = [state for state in WHOLE if state not in OFF_WALL_STATES]
OF_AN_EDIT = [*NEVER_HUNG, State.ACCEPTED]


@pytest.mark.parametrize("state", WHOLE)
def test_members_pages_do_not_change_with_a_waiting_story(cast: Cast, state: State) -> None:
    make_story(author=cast.newcomer, moderator=cast.moderator)
    asked = ("/harbour-team/", "/harbour-team/mine/", "/harbour-team/share/", "/harbour-team/people/")
    before = pages(cast.member, *asked)
    hidden = make_story(author=cast.newcomer, moderator=cast.moderator, state=state)
    Story.objects.filter(pk=hidden.pk).update(decided_at=None)  # how long a wait usually is may be told
    assert pages(cast.member, *asked) == before


@pytest.mark.parametrize("state", OF_AN_EDIT)
def test_edit_changes_nothing_for_others_before_it_is_accepted(cast: Cast, story: Story, state: State) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    asked = ("/harbour-team/", story.get_absolute_url())
    event, wall = OutboxEvent.objects.newest_id(), story.text
    seen = pages(cast.newcomer, *asked), [signed_in(None).get(path).content for path in asked]
    edit = make_edit(story, author=cast.member, body="The kinder telling.")
    if state == State.DRAFT:
        edit.withdraw(by=cast.member)
    elif state != State.PENDING:
        decided(edit, cast.moderator, state)
    Story.objects.filter(pk=edit.pk).update(decided_at=None)
    assert edit.state == state
    now = pages(cast.newcomer, *asked), [signed_in(None).get(path).content for path in asked]
    if state == State.ACCEPTED:
        assert [event.story_id for event in OutboxEvent.objects.after(event)] == [story.pk]
        assert all("The kinder telling." in page for page in now[0])
    else:
        assert OutboxEvent.objects.newest_id() == event
        assert Story.objects.get(pk=story.pk).text == wall
        assert now == seen


@pytest.mark.parametrize("state", NEVER_HUNG)
def test_stream_does_not_change_with_a_waiting_story(cast: Cast, state: State) -> None:
    make_story(author=cast.newcomer, moderator=cast.moderator)
    before = OutboxEvent.objects.newest_id()
    make_story(author=cast.newcomer, moderator=cast.moderator, state=state)
    assert OutboxEvent.objects.newest_id() == before
    assert read_since(cast.team.pk, MEMBERS, before)[0] == b""


@pytest.mark.parametrize("state", OFF_WALL_STATES)
def test_removed_story_leaves_only_a_gone_message(cast: Cast, state: State) -> None:
    make_story(author=cast.newcomer, moderator=cast.moderator)
    before = OutboxEvent.objects.newest_id()
    hidden = make_story(author=cast.newcomer, moderator=cast.moderator, state=state, body=secret())
    last = OutboxEvent.objects.newest_id()
    told, newest = read_since(cast.team.pk, MEMBERS, before)
    assert told.partition(b"\n")[2] == f"event: gone\ndata: {hidden.pk}\n\n".encode()
    assert newest == last


@pytest.mark.parametrize("state", NEVER_HUNG)
def test_public_wall_does_not_change_with_a_waiting_story(
    cast: Cast, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    shown = make_story(author=cast.newcomer, moderator=cast.moderator)
    visitor = signed_in(None)

    def seen() -> list[tuple[bytes, str]]:
        answers = [visitor.get(path) for path in ("/harbour-team/", shown.get_absolute_url())]
        return [(answer.content, answer["ETag"]) for answer in answers]

    before = seen()
    make_story(author=cast.newcomer, moderator=cast.moderator, state=state)
    assert seen() == before
    monkeypatch.setattr(public, "minute", lambda: 0)  # drawn anew
    assert seen() == before


# Nor to its author, as long as it can be undone

SETTLING: list[tuple[str, State, dict[str, str]]] = [
    ("return_for_change", State.PENDING, {"message": "Please say what happened."}),
    ("decline", State.PENDING, {"message": "Please say what happened."}),
    ("remove", State.PUBLISHED, {"message": "Please say what happened."}),
    ("mark_spam", State.PENDING, {}),
]


@pytest.mark.parametrize(("method", "state", "letter"), SETTLING, ids=[method for method, _, _ in SETTLING])
def test_author_notices_no_decision_before_it_settles(
    cast: Cast, method: str, state: State, letter: dict[str, str]
) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    make_story(author=cast.member, state=State.DRAFT)  # which stands before it among what is theirs, and stays there
    asked = ("/harbour-team/mine/", story.get_absolute_url(), "/harbour-team/share/")
    before, moment = pages(cast.member, *asked), timezone.now()
    with clock.at(moment):
        getattr(story, method)(by=cast.moderator, revision=story.revision, **letter)
    for later in (timedelta(0), UNDO_FOR - timedelta(microseconds=1)):
        with clock.at(moment + later):
            assert pages(cast.member, *asked) == before
    with clock.at(moment + UNDO_FOR):
        if method == "mark_spam":  # nor ever
            assert pages(cast.member, *asked) == before
        else:
            assert "Please say what happened." in pages(cast.member, *asked)[1]
