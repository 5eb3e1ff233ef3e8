"""The stream of the moderators’ desk: word of a change, without content."""

from collections.abc import Callable

import pytest
from django.db import connection

from stories.live import hub as live
from stories.live.channel import NUDGE
from stories.models import Assignment, Claim, ModeratorNote, Report, Story, outbox
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_story
from tests.stories.live.outbox import listening, publish_new
from tests.stories.streams import DESK, Browser, run, running_hub, until

pytestmark = pytest.mark.django_db(transaction=True)

WORD = b"event: desk\ndata\n\n"


def on_the_desk(cast: Cast, state: str = "pending") -> Story:
    return make_story(author=cast.member, moderator=cast.owner, state=state, body="For moderators’ eyes.")


def somebody_submits(cast: Cast) -> Callable[[], object]:
    draft = make_draft(author=cast.member, body="For moderators’ eyes.")
    return lambda: draft.submit(by=cast.member)


def its_author_takes_it_back(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    return lambda: story.withdraw(by=cast.member)


def somebody_stands_by(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast, "returned")
    return lambda: story.stand_by(by=cast.member, message="It is mine to tell.")


def a_colleague_declines(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    return lambda: story.decline(by=cast.second_moderator, revision=1, message="Not ours to tell.")


def a_colleague_undoes(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    story.decline(by=cast.second_moderator, revision=1, message="Not ours to tell.")
    return lambda: story.undo(story.audit_log.latest("pk"), by=cast.second_moderator)


def a_colleague_claims(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    return lambda: Claim.take(story, by=cast.second_moderator)


def a_colleague_assigns_it(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    return lambda: Assignment.assign(story, by=cast.second_moderator, to=cast.moderator, note="For your eyes.")


def a_colleague_gives_it_back(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    Assignment.assign(story, by=cast.moderator, to=cast.second_moderator)
    return lambda: Assignment.give_back(story, by=cast.second_moderator)


def a_colleague_writes_a_note(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    return lambda: ModeratorNote.write(story, by=cast.second_moderator, text="For moderators’ eyes.")


def a_colleague_deletes_a_note(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast)
    note, _new = ModeratorNote.write(story, by=cast.second_moderator, text="For moderators’ eyes.")
    return lambda: ModeratorNote.delete_own(story, note.pk, by=cast.second_moderator)


def somebody_reports(cast: Cast) -> Callable[[], object]:
    story = on_the_desk(cast, "published")
    return lambda: Report.make(story, by=cast.newcomer, reason="private", words="For moderators’ eyes.")


# These change no number in the header of moderators' other pages.
ON_THE_DESK_ALONE = (
    *(a_colleague_claims, a_colleague_assigns_it, a_colleague_gives_it_back),
    *(a_colleague_writes_a_note, a_colleague_deletes_a_note),
)


@pytest.mark.once
@pytest.mark.parametrize(
    "happens",
    [
        *(somebody_submits, its_author_takes_it_back, somebody_stands_by, somebody_reports),
        *(a_colleague_declines, a_colleague_undoes, *ON_THE_DESK_ALONE),
    ],
    ids=lambda happens: happens.__name__.replace("_", " "),
)
def test_desk_receives_word_of_a_change_without_content(
    cast: Cast, happens: Callable[[Cast], Callable[[], object]]
) -> None:
    change = happens(cast)
    published = make_story(author=cast.newcomer, moderator=cast.owner)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            desk = Browser(hub, cast.team, after=hub.cursor, audience=DESK, reader=cast.moderator)
            wall = Browser(hub, cast.team, after=hub.cursor, reader=cast.member)
            colleagues = Browser(hub, cast.team, after=hub.cursor, reader=cast.owner)
            theirs = Browser(hub, cast.foreign_owner.team, after=hub.cursor, audience=DESK, reader=cast.foreign_owner)
            for browser in (desk, wall, colleagues, theirs):
                await browser.until_open()
            await elsewhere(change)
            await desk.until_sent("event: desk")
            if happens not in ON_THE_DESK_ALONE:
                await colleagues.until_sent("event: nudge")
            # Those who are to hear nothing have heard all that came before this.
            await elsewhere(lambda: published.toggle_uplift(by=cast.second_moderator))
            for browser in (wall, colleagues):
                await browser.until_sent("event: counts")
            if happens in ON_THE_DESK_ALONE:
                assert colleagues.events == ["counts"]
            assert desk.sent.replace(WORD, b"").replace(NUDGE, b"") == b"retry: 2000\n\n", "no story, name or number"
            assert wall.events == ["counts"]
            assert theirs.sent == b"retry: 2000\n\n"

    run(test)


def test_desk_receives_nothing_of_a_change_rolled_back(cast: Cast) -> None:
    from django.db import transaction

    told: list[int] = []

    def listen(team: int, _alone: bool) -> None:
        told.append(team)

    outbox.desk_listeners.append(listen)
    try:
        story = on_the_desk(cast)
        told.clear()
        with transaction.atomic():
            story.decline(by=cast.moderator, revision=1, message="Not ours.")
            transaction.set_rollback(True)
        assert told == []
        Story.objects.get(pk=story.pk).decline(by=cast.moderator, revision=1, message="Not ours.")
        assert told == [cast.team.pk]
    finally:
        outbox.desk_listeners.remove(listen)


def test_reconnected_desk_is_sent_no_past_events(cast: Cast) -> None:
    publish_new(cast, "While you were away.")

    async def test() -> None:
        async with running_hub() as (hub, _):
            desk = Browser(hub, cast.team, after=0, audience=DESK, reader=cast.moderator)
            await desk.until_open()
            assert desk.sent == b"retry: 2000\n\n", "it reads itself anew"

    run(test)


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_heartbeat_ends_only_the_desk_of_a_former_moderator(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            desk = Browser(hub, cast.team, after=hub.cursor, audience=DESK, reader=cast.moderator)
            wall = Browser(hub, cast.team, after=hub.cursor, reader=cast.moderator)
            for browser in (desk, wall):
                await browser.until_sent("event: beat")
            await elsewhere(lambda: cast.moderator.change_role(role, by=cast.owner))
            if role == "member":
                await desk.until(lambda browser: browser.ended)
                await desk.task
                await elsewhere(lambda: on_the_desk(cast))
                assert "event: desk" not in desk.sent.decode()
            beats = wall.sent.decode().count("event: beat")
            await wall.until_sent("event: beat", times=beats + 2)
            assert not wall.ended
            assert desk.ended is (role == "member")

    run(test)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="other processes are woken by PostgreSQL's NOTIFY")
@pytest.mark.postgresql
def test_another_process_on_postgresql_notifies_the_desk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL", 30.0)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            outbox.desk_listeners.remove(hub.notify_desk)
            try:
                desk = Browser(hub, cast.team, after=hub.cursor, audience=DESK, reader=cast.moderator)
                theirs = Browser(hub, cast.foreign_owner.team, after=hub.cursor, audience=DESK)
                for browser in (desk, theirs):
                    await browser.until_open()
                await until(lambda: listening(elsewhere))
                await elsewhere(lambda: on_the_desk(cast))
                await desk.until_sent("event: desk")
                assert theirs.events == []
            finally:
                outbox.desk_listeners.append(hub.notify_desk)

    run(test)


@pytest.mark.once
def test_only_moderators_follow_the_desk(cast: Cast) -> None:
    answer = signed_in(cast.moderator).get("/harbour-team/moderation/live/")
    assert answer["Content-Type"] == "text/event-stream"
    assert (answer.watcher.user_id, answer.audience) == (cast.moderator.user_id, DESK)  # type: ignore[attr-defined]
    assert signed_in(cast.member).get("/harbour-team/moderation/live/").status_code == 403
    cast.team.change(by=cast.owner, visibility="public")
    assert signed_in(cast.stranger).get("/harbour-team/moderation/live/").status_code == 404


def test_desk_ends_at_once_when_its_moderator_becomes_a_member(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 600.0)

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            desk = Browser(hub, cast.team, after=hub.cursor, audience=DESK, reader=cast.moderator)
            await desk.until_open()
            await elsewhere(lambda: cast.moderator.change_role("member", by=cast.owner))
            await desk.until(lambda browser: browser.ended)
            await desk.task

    run(test)
