"""Actions at the same moment, each on a connection of its own: one wins, and nothing is lost."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import Membership
from stories.models import AuditEntry, Claim, OutboxEvent, Overtaken, ReactionKind, Report, Story, StoryText, Uplift
from tests.conftest import Cast, make_cast, signed_in
from tests.factories import make_draft, make_edit, make_member, make_story

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30.0


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def at_once(*changes: Callable[[], Any], after_reading: bool = False) -> list[Any]:
    """Run the actions at once and return their results or errors.

    With `after_reading`, all have read the story before one of them writes.
    """
    meeting = threading.Barrier(len(changes), timeout=PATIENCE)

    def one(change: Callable[[], Any]) -> Any:
        waited = False

        def wait_after_reading(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal waited
            answer = execute(sql, params, many, context)
            if not waited and sql.startswith("SELECT") and 'FROM "stories_story"' in sql:
                waited = True
                meeting.wait()
            return answer

        try:
            if after_reading:
                with connection.execute_wrapper(wait_after_reading):
                    return change()
            meeting.wait()
            return change()
        except Overtaken as overtaken:
            return overtaken
        finally:
            connection.close()

    with ThreadPoolExecutor(len(changes)) as pool:
        return list(pool.map(one, changes))


@pytest.mark.parametrize("after_reading", [True, False], ids=["both have read it", "at the same moment"])
def test_of_two_decisions_at_once_one_wins_and_one_is_overtaken(cast: Cast, after_reading: bool) -> None:
    pk = make_story(author=cast.member, state="pending").pk

    def publish() -> bool:
        return Story.objects.get(pk=pk).publish(by=cast.moderator, revision=1)

    def decline() -> bool:
        return Story.objects.get(pk=pk).decline(by=cast.second_moderator, revision=1, message="A few words.")

    results = at_once(publish, decline, after_reading=after_reading)
    assert sorted(type(result).__name__ for result in results) == ["Overtaken", "bool"]
    story = Story.objects.get(pk=pk)
    won = "published" if results[0] is True else "declined"
    assert story.state == won
    assert [result.story.state for result in results if isinstance(result, Overtaken)] == [won]
    assert AuditEntry.objects.decisions().count() == 1
    assert OutboxEvent.objects.filter(story_id=pk).count() == (won == "published")


def test_of_withdrawal_and_publication_at_once_one_wins(cast: Cast) -> None:
    pk = make_story(author=cast.member, state="pending").pk
    results = at_once(
        lambda: Story.objects.get(pk=pk).withdraw(by=cast.member),
        lambda: Story.objects.get(pk=pk).publish(by=cast.moderator, revision=1),
        after_reading=True,
    )
    assert [result for result in results if result is True] == [True]
    assert Story.objects.get(pk=pk).state == ("draft" if results[0] is True else "published")
    assert AuditEntry.objects.filter(action__in=["withdraw", "publish"]).count() == 1


def test_of_two_saves_at_once_one_wins(cast: Cast) -> None:
    pk = make_draft(author=cast.member).pk

    def save(body: str) -> Callable[[], bool]:
        return lambda: Story.objects.get(pk=pk).revise(
            by=cast.member,
            revision=1,
            text=StoryText("given", ["hope"], body),
            editor=uuid.uuid4(),
        )

    results = at_once(save("One."), save("Two."), after_reading=True)
    assert [result for result in results if result is True] == [True]
    story = Story.objects.get(pk=pk)
    assert (story.body, story.revision) == ("One." if results[0] is True else "Two.", 2)


def test_double_press_on_submit_makes_one_story(cast: Cast) -> None:
    data = {
        "kind": "given",
        "qualities": ["hope"],
        "body": "Held the lift.",
        "composer": str(uuid.uuid4()),
        "revision": "0",
        "action": "submit",
    }
    clients = [signed_in(cast.member) for _ in range(4)]
    answers = at_once(*[lambda client=client: client.post("/harbour-team/share/", data) for client in clients])
    story = Story.objects.get()
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {
        (302, f"/harbour-team/stories/{story.pk}/")
    }
    assert (story.state, story.audit_log.count()) == ("pending", 1)


def test_many_uplifts_at_once_are_all_counted(cast: Cast) -> None:
    pk = make_story(author=cast.member, moderator=cast.moderator).pk
    readers = [make_member(team=cast.team) for _ in range(6)]

    def answer(reader: Membership) -> Callable[[], list[bool]]:
        def change() -> list[bool]:
            story = Story.objects.get(pk=pk)
            return [story.toggle_uplift(by=reader) for _ in range(3)] + [
                story.toggle_reaction(ReactionKind.WARM, by=reader)
            ]

        return change

    results = at_once(*[answer(reader) for reader in readers])
    assert results == [[True, False, True, True]] * 6
    story = Story.objects.get(pk=pk)
    assert (story.uplift_count, story.warm_count) == (6, 6)
    assert Uplift.objects.filter(story=story).count() == 6
    assert OutboxEvent.objects.filter(story_id=pk, kind="counts").count() == 24


def test_two_presses_of_one_person_keep_count_and_rows_equal(cast: Cast) -> None:
    pk = make_story(author=cast.member, moderator=cast.moderator).pk
    press = lambda: Story.objects.get(pk=pk).toggle_uplift(by=cast.newcomer)  # noqa: E731
    assert sorted(at_once(press, press)) == [False, True]
    assert Story.objects.get(pk=pk).uplift_count == Uplift.objects.count() == 0


def test_two_presses_on_undo_undo_once(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending")
    story.publish(by=cast.moderator, revision=1)
    entry = story.audit_log.latest("pk")
    press = lambda: Story.objects.get(pk=story.pk).undo(entry, by=cast.moderator)  # noqa: E731
    assert sorted(at_once(press, press, after_reading=True)) == [False, True]
    assert Story.objects.get(pk=story.pk).state == "pending"
    assert [event.kind for event in OutboxEvent.objects.filter(story_id=story.pk)] == ["card", "gone"]


def test_of_undo_and_colleagues_decision_at_once_one_wins(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending")
    story.publish(by=cast.moderator, revision=1)
    entry = story.audit_log.latest("pk")
    results = at_once(
        lambda: Story.objects.get(pk=story.pk).undo(entry, by=cast.moderator),
        lambda: Story.objects.get(pk=story.pk).remove(by=cast.owner, revision=1, message="Taken down."),
        after_reading=True,
    )
    assert [result for result in results if result is True] == [True]
    assert Story.objects.get(pk=story.pk).state == ("pending" if results[0] is True else "removed")
    assert AuditEntry.objects.filter(action__in=["undo", "remove"]).count() == 1


def test_two_presses_on_stand_by_ask_once(cast: Cast) -> None:
    pk = make_story(author=cast.member, moderator=cast.moderator, state="declined").pk
    press = lambda: Story.objects.get(pk=pk).stand_by(by=cast.member, message="Please.")  # noqa: E731
    assert sorted(at_once(press, press, after_reading=True)) == [False, True]
    assert Story.objects.get(pk=pk).submission_count == 2


def test_of_two_claims_at_once_both_get_the_same(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending")
    claims = at_once(
        lambda: Claim.take(story, by=cast.moderator).moderator_id,
        lambda: Claim.take(story, by=cast.second_moderator).moderator_id,
    )
    assert claims == [Claim.objects.get().moderator_id] * 2


def test_reports_at_once_hide_a_story_once(cast: Cast) -> None:
    cast.team.change(by=cast.owner, set_aside_after=3)
    pk = make_story(author=cast.member, moderator=cast.moderator).pk
    reporters = [make_member(team=cast.team) for _ in range(3)]
    makes = [
        lambda reporter=reporter: Report.make(Story.objects.get(pk=pk), by=reporter, reason="hurts")[1]
        for reporter in reporters
    ]
    assert at_once(*makes) == [True] * 3
    assert Story.objects.get(pk=pk).state == "aside"
    assert AuditEntry.objects.filter(action="aside").count() == 1


def test_two_presses_on_report_make_one(cast: Cast) -> None:
    pk = make_story(author=cast.member, moderator=cast.moderator).pk
    press = lambda: Report.make(Story.objects.get(pk=pk), by=cast.newcomer, reason="hurts")[1]  # noqa: E731
    assert sorted(at_once(press, press)) == [False, True]


def test_two_composers_at_once_share_one_edit(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator)

    def begin() -> tuple[int, bool]:
        text: dict[str, Any] = {"kind": "given", "qualities": ["hope"], "body": "Another."}
        edit, new = Story.begin(by=cast.member, editor=uuid.uuid4(), edit_of=story, text=StoryText(**text))
        return edit.pk, new

    results = at_once(begin, begin, after_reading=True)
    [edit] = {pk for pk, _new in results}
    assert Story.objects.get(edit_of=story).pk == edit
    assert sorted(new for _pk, new in results) == [False, True]


def test_edit_accepted_twice_at_once_changes_its_story_once(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator)
    edit = make_edit(story, author=cast.member)
    results = at_once(
        lambda: Story.objects.get(pk=edit.pk).publish(by=cast.moderator, revision=1),
        lambda: Story.objects.get(pk=edit.pk).publish(by=cast.owner, revision=1),
        after_reading=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Overtaken", "bool"]
    assert Story.objects.get(pk=story.pk).revision == 2
    assert story.audit_log.filter(action="edit").count() == 1


def test_events_become_visible_in_the_order_of_their_ids(cast: Cast) -> None:
    """A reader that follows the ids while many write at once must find every event."""
    stories = [make_story(author=cast.member, moderator=cast.moderator).pk for _ in range(4)]
    start = OutboxEvent.objects.newest_id()
    done = threading.Event()
    followed: list[int] = []

    def follow() -> None:
        try:
            while True:
                last = done.is_set()
                new = OutboxEvent.objects.after(followed[-1] if followed else start)
                followed.extend(new.values_list("pk", flat=True))
                if last:
                    return
        finally:
            connection.close()

    follower = threading.Thread(target=follow)
    follower.start()

    def press(pk: int) -> Callable[[], None]:
        def change() -> None:
            story = Story.objects.get(pk=pk)
            for _ in range(10):
                story.toggle_uplift(by=cast.newcomer)

        return change

    try:
        at_once(*[press(pk) for pk in stories])
    finally:
        done.set()
        follower.join()
    written = list(OutboxEvent.objects.after(start).values_list("pk", flat=True))
    assert len(written) == 40
    assert followed == written
