"""Nothing leaves the server before publication: not a word, not a name, not a count."""

import re
from collections.abc import Iterator

import pytest

from stories import public
from stories.live import read_since
from stories.models import OutboxEvent, State, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story
from tests.pages import HTMX, text_of
from tests.stories.streams import MEMBERS, VISITORS

BODY, NAME = "Quokkasecret", "Xanthippe Unheard"
UNPUBLISHED = [state for state in State if state != State.PUBLISHED]


def stream_since(cast: Cast, event: int) -> str:
    """What a browser of the team is sent that saw this event last."""
    return read_since(cast.team.pk, MEMBERS, event)[0].decode()


def everything_reachable(cast: Cast, path: str, seen: set[str], *, member: bool = True) -> Iterator[tuple[str, str]]:
    """Every page, fragment and stream that a member, or a visitor, finds by following what the pages offer."""
    client = signed_in(cast.member if member else None)
    waiting = [path]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for headers in ({}, HTMX):
            answer = client.get(path, headers=headers)
            yield path, text_of(answer)
        links = re.findall(r'(?:href|hx-get|hx-sse:connect)="([^"#]+)', text_of(answer))
        waiting += [
            link if link.startswith("/") else path.partition("?")[0] + link
            for link in links
            if link.startswith(("/harbour-team/", "?"))
        ]


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_another_member_finds_no_trace_anywhere(cast: Cast, state: State) -> None:
    before = OutboxEvent.objects.newest_id()
    author = make_member(team=cast.team, name=NAME)
    hidden = make_story(author=author, moderator=cast.moderator, state=state, body=f"{BODY} in the kitchen.")
    for _ in range(26):
        make_story(author=cast.newcomer, moderator=cast.moderator)
    client, story = signed_in(cast.member), f"/harbour-team/stories/{hidden.pk}/"
    seen: set[str] = set()
    found = dict(everything_reachable(cast, "/harbour-team/", seen))
    assert {"/harbour-team/", "/harbour-team/mine/", "/harbour-team/share/"} <= seen
    assert len([path for path in seen if "?before=" in path]) == 1
    found["the live stream"] = read_since(cast.team.pk, MEMBERS, before)[0].decode()
    for asked in (story, f"{story}edit/", "/harbour-team/moderation/", "/", "/accounts/email/"):
        found[asked] = text_of(client.get(asked))
    for action in ("submit", "withdraw", "uplift", "react", "publish", "return", "decline", "remove", "restore"):
        data = {"revision": hidden.revision, "message": "x", "kind": "warm"}
        for headers in ({}, HTMX):
            answer = client.post(f"{story}{action}/", data, headers=headers)
            found[f"{action} {headers}"] = text_of(answer) + str(answer.headers)
    assert len(found) > 45
    for where, text in found.items():
        assert BODY not in text, where
        # That somebody is in the team is no secret within it.
        assert NAME not in text or where == "/harbour-team/people/", where
        assert f"story-{hidden.pk}-" not in text, where
    assert Story.objects.get(pk=hidden.pk).state == state


def test_a_published_one_would_have_been_found(cast: Cast) -> None:
    """The search above can find what there is to be found."""
    author = make_member(team=cast.team, name=NAME)
    make_story(author=author, moderator=cast.moderator, body=f"{BODY} in the kitchen.")
    found = dict(everything_reachable(cast, "/harbour-team/", set()))
    assert [path for path, text in found.items() if BODY in text and NAME in text]
    stream = read_since(cast.team.pk, MEMBERS, OutboxEvent.objects.newest_id() - 1)[0].decode()
    assert BODY in stream
    assert NAME in stream


@pytest.mark.parametrize("state", [state for state in UNPUBLISHED if state != State.REMOVED])
def test_the_stream_is_the_same_as_if_it_were_not_there(cast: Cast, state: State) -> None:
    make_story(author=cast.newcomer, moderator=cast.moderator)
    before = OutboxEvent.objects.newest_id()
    make_story(author=cast.newcomer, moderator=cast.moderator, state=state)
    assert OutboxEvent.objects.newest_id() == before
    assert read_since(cast.team.pk, MEMBERS, before)[0] == b""


def test_a_removed_story_leaves_only_word_that_it_is_gone(cast: Cast) -> None:
    make_story(author=cast.newcomer, moderator=cast.moderator)
    before = OutboxEvent.objects.newest_id()
    hidden = make_story(author=cast.newcomer, moderator=cast.moderator, state="removed", body=BODY)
    last = OutboxEvent.objects.newest_id()
    assert read_since(cast.team.pk, MEMBERS, before)[0] == f"id: {last}\nevent: gone\ndata: {hidden.pk}\n\n".encode()


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_a_members_pages_are_the_same_whether_it_waits_or_not(cast: Cast, state: State) -> None:
    """No count gives it away either."""
    client = signed_in(cast.member)

    def pages() -> list[str]:
        # Tokens, nonces and the composer's own number differ from one opening to the next.
        return [
            re.sub(
                r"(csrfmiddlewaretoken\" value=|X-CSRFToken\": |nonce=|composer(\" value)?=)\"[^\"]*\"|after=\d+",
                "",
                text,
            )
            for text in (text_of(client.get(f"/harbour-team/{path}")) for path in ("", "mine/", "share/"))
        ]

    make_story(author=cast.newcomer, moderator=cast.moderator)
    before = pages()
    hidden = make_story(author=cast.newcomer, moderator=cast.moderator, state=state)
    Story.objects.filter(pk=hidden.pk).update(decided_at=None)  # how long a wait usually is may be told
    assert pages() == before


# A public wall


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_a_visitor_of_a_public_wall_finds_no_trace_anywhere(cast: Cast, state: State) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    before = OutboxEvent.objects.newest_id()
    author = make_member(team=cast.team, name=NAME)
    hidden = make_story(author=author, moderator=cast.moderator, state=state, body=f"{BODY} in the kitchen.")
    for _ in range(26):
        make_story(author=cast.newcomer, moderator=cast.moderator)
    seen: set[str] = set()
    found = dict(everything_reachable(cast, "/harbour-team/", seen, member=False))
    assert len([path for path in seen if "?before=" in path]) == 1
    assert len([path for path in seen if "/stories/" in path]) == 26
    found["the live stream"] = read_since(cast.team.pk, VISITORS, before)[0].decode()
    for person in (None, cast.stranger):
        client = signed_in(person)
        for asked in ("", f"stories/{hidden.pk}/", f"stories/{hidden.pk}/edit/", "moderation/", "mine/"):
            answer = client.get(f"/harbour-team/{asked}")
            found[f"{asked} for {person}"] = text_of(answer) + str(answer.headers)
    for where, text in found.items():
        assert BODY not in text, where
        assert NAME not in text, where
        assert f"story-{hidden.pk}-" not in text, where


def test_a_published_one_would_have_been_found_by_a_visitor(cast: Cast) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    author = make_member(team=cast.team, name=NAME)
    make_story(author=author, moderator=cast.moderator, body=f"{BODY} in the kitchen.")
    found = dict(everything_reachable(cast, "/harbour-team/", set(), member=False))
    assert len([path for path, text in found.items() if BODY in text and NAME in text]) == 2
    assert BODY in read_since(cast.team.pk, VISITORS, OutboxEvent.objects.newest_id() - 1)[0].decode()


@pytest.mark.parametrize("state", [state for state in UNPUBLISHED if state != State.REMOVED])
def test_a_public_wall_is_the_same_to_the_last_byte_whether_it_waits_or_not(
    cast: Cast, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    shown = make_story(author=cast.newcomer, moderator=cast.moderator)
    visitor = signed_in(None)

    def pages() -> list[tuple[bytes, str]]:
        answers = [visitor.get(f"/harbour-team/{path}") for path in ("", f"stories/{shown.pk}/")]
        return [(answer.content, answer["ETag"]) for answer in answers]

    before = pages()
    make_story(author=cast.newcomer, moderator=cast.moderator, state=state)
    assert pages() == before
    monkeypatch.setattr(public, "minute", lambda: 0)  # drawn anew
    assert pages() == before
