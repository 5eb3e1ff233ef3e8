"""Listeners hear of each decision in effect, once it cannot be undone any more."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Membership, Reason
from kindwall import clock
from kindwall import settings as product
from kindwall.worker import Worker, requeue_lost
from stories import settlement
from stories.models import Action, AuditEntry, Refused, Report, Story, StoryText
from stories.models.audit import UNDO_FOR
from stories.models.choices import ANNOUNCED_ACTIONS
from stories.tasks import announce_settled, call_listener
from tests.conftest import Cast, make_cast
from tests.factories import make_draft, make_edit, make_story
from tests.kindwall.test_worker import until
from tests.stories.transitions import EVERY_DECISION, Transition
from tests.task_backend import clock_moved_to, run_due

MOMENT = timedelta(microseconds=1)
REGISTERED = tuple(settlement.settlement_listeners)  # by the apps
APPS = ("accounts", "stories", "moderation", "notices", "syndication", "archives")
heard: list[tuple[str, int]] = []
failures: list[Exception] = []


def hear(entry: AuditEntry) -> None:
    heard.append((entry.action, entry.story_id))


def fail_at_first(entry: AuditEntry) -> None:
    """Write a row, and raise while failures are left."""
    assert entry.story.author
    Reason.objects.create(team=entry.story.team, user=entry.story.author, name="a notice")
    if failures:
        raise failures.pop()


def write_a_notice(entry: AuditEntry) -> None:
    """Write a row with a unique key, so that a second call changes nothing."""
    assert entry.story.author
    Reason.objects.get_or_create(team=entry.story.team, user=entry.story.author, name=f"notice {entry.pk}")


@pytest.fixture(autouse=True)
def one_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    heard.clear()
    failures.clear()
    monkeypatch.setattr(settlement, "settlement_listeners", {})
    settlement.register(hear)


def test_function_that_takes_a_settled_decision_is_registered() -> None:
    """A function of a module that takes an entry of the log and returns nothing is a listener."""
    root = Path(settings.BASE_DIR)
    for path in (path for app in APPS for path in (root / app).rglob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for name in re.findall(r"(?m)^def (\w+)\(\w+: AuditEntry\) -> None:", path.read_text()):
            assert f"{module}.{name}" in REGISTERED, (
                f"{module.partition('.')[0]}/apps.py: register {module}.{name} with stories.settlement, in ready()."
            )


def decide(transition: Transition, story: Story, by: Membership, at: datetime) -> AuditEntry:
    with clock.at(at):
        assert transition.do(story, by)
    return story.audit_log.latest("pk")


def heard_by(moment: datetime) -> list[str]:
    """Return the actions that were announced until then."""
    with clock_moved_to(moment):
        return [action for action, _ in heard]


@pytest.mark.once
@pytest.mark.parametrize("transition", EVERY_DECISION, ids=str)
def test_decision_is_announced_once_when_it_has_settled(cast: Cast, transition: Transition) -> None:
    story, now = transition.story(cast), timezone.now()
    run_due()
    heard.clear()
    decide(transition, story, cast.moderator, now)
    expected = [str(transition.action)] if transition.action in ANNOUNCED_ACTIONS else []
    assert heard_by(now + UNDO_FOR - MOMENT) == []
    assert heard_by(now + UNDO_FOR) == expected
    assert heard_by(now + timedelta(days=1)) == expected
    assert {pk for _, pk in heard} <= {story.pk}


@pytest.mark.once
@pytest.mark.parametrize("transition", EVERY_DECISION, ids=str)
def test_undone_decision_is_never_announced(cast: Cast, transition: Transition) -> None:
    story, now = transition.story(cast), timezone.now()
    run_due()
    heard.clear()
    entry = decide(transition, story, cast.moderator, now)
    with clock.at(now + UNDO_FOR - MOMENT):
        story.undo(entry, by=cast.moderator)
    assert heard_by(now + timedelta(days=1)) == []


def test_silent_and_internal_actions_are_not_announced() -> None:
    others = {Action.SUBMIT, Action.WITHDRAW, Action.STAND_BY, Action.UNDO, Action.FIX, Action.ASSIGN}
    assert {*ANNOUNCED_ACTIONS, *others, Action.SPAM, Action.NOT_SPAM, Action.REVIEW} == set(Action)


def test_fix_is_announced_with_the_publication(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1, fixed="Held the door!")
    assert heard_by(now + UNDO_FOR) == ["publish"]


# Two decisions in the same ten seconds


def replaced(cast: Cast, pending: Story, now: datetime) -> AuditEntry:
    """Decline a story, and publish it in place of that three seconds later."""
    with clock.at(now):
        pending.decline(by=cast.moderator, revision=1, message="Not this one.")
    answer = pending.audit_log.latest("pk")
    with clock.at(now + timedelta(seconds=3)):
        pending.publish(by=cast.second_moderator, revision=1, supersedes=answer.pk)
    return pending.audit_log.latest("pk")


def test_replaced_decision_is_not_announced(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    replaced(cast, pending, now)
    assert heard_by(now + UNDO_FOR) == []
    assert heard_by(now + timedelta(seconds=13)) == ["publish"]
    assert heard_by(now + timedelta(days=1)) == ["publish"]


@pytest.mark.parametrize("seconds", [5, 12])
def test_decision_is_announced_after_its_replacement_was_undone(cast: Cast, pending: Story, seconds: int) -> None:
    """It is announced even when its own ten seconds were over by then."""
    now = timezone.now()
    replacement = replaced(cast, pending, now)
    assert heard_by(now + timedelta(seconds=seconds)) == []
    with clock.at(now + timedelta(seconds=seconds)):
        pending.undo(replacement, by=cast.second_moderator)
    assert heard_by(now + timedelta(seconds=13)) == ["decline"]


def test_late_worker_announces_the_same(cast: Cast, pending: Story) -> None:
    """A worker that runs an hour late announces what had settled before the story changed again."""
    now = timezone.now()
    with clock.at(now):
        pending.return_for_change(by=cast.moderator, revision=1, message="Please change it.")
    with clock.at(now + timedelta(minutes=1)):
        pending.submit(by=cast.member)
    with clock.at(now + timedelta(minutes=2)):
        pending.publish(by=cast.moderator, revision=1)
    assert heard_by(now + timedelta(hours=1)) == ["return", "publish"]


def test_restored_story_was_not_removed(cast: Cast, story: Story) -> None:
    run_due()
    heard.clear()
    now = timezone.now()
    with clock.at(now):
        story.remove(by=cast.moderator, revision=1, message="Taken down.")
        story.restore(by=cast.moderator, revision=1)
    assert heard_by(now + timedelta(days=1)) == ["restore"]


def test_decision_that_leaves_the_story_where_it_is_replaces_none(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
        Report.make(pending, by=cast.newcomer, reason="hurts")
        pending.dismiss_reports(by=cast.owner, revision=1)
    assert heard_by(now + UNDO_FOR) == ["publish", "keep"]


# Actions that cannot be undone settle at once


def test_publication_without_review_is_announced_at_once(cast: Cast) -> None:
    cast.team.change(by=cast.owner, policy="after")
    author = Membership.objects.select_related("team", "user").get(pk=cast.member.pk)
    story = make_draft(author=author)
    story.submit(by=author)
    assert heard_by(timezone.now()) == ["submit"]
    story.revise(by=author, revision=1, text=StoryText("given", ["hope"], "Held the lift."))
    assert heard_by(timezone.now()) == ["submit", "edit"]


def test_submission_for_review_is_not_announced(cast: Cast) -> None:
    make_draft(author=cast.member).submit(by=cast.member)
    assert heard_by(timezone.now() + timedelta(days=1)) == []


def test_new_text_is_announced_by_the_decision_on_the_edit_alone(cast: Cast, story: Story) -> None:
    now = timezone.now()
    with clock_moved_to(now):
        heard.clear()
        edit = make_edit(story, author=cast.member, moderator=cast.moderator)
    assert heard_by(now + UNDO_FOR) == ["publish"]
    assert heard == [("publish", edit.pk)]


def test_new_text_without_review_is_announced_at_once(cast: Cast, story: Story) -> None:
    run_due()
    heard.clear()
    edit = make_edit(story, author=cast.member)
    edit.withdraw(by=cast.member)
    cast.team.change(by=cast.owner, policy="after")
    edit.submit(by=Membership.objects.select_related("team", "user").get(pk=cast.member.pk))
    assert edit.state == "accepted"
    assert heard_by(timezone.now()) == ["submit"]


def test_own_words_and_hiding_are_announced_at_once(cast: Cast, pending: Story) -> None:
    now = timezone.now() - timedelta(minutes=1)
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1, fixed="Held the door!")
    assert heard_by(now + UNDO_FOR) == ["publish"]
    pending.restore_own_words(by=cast.member)
    assert heard_by(timezone.now())[1:] == ["own-words"]
    pending.hide_for_review()
    assert heard_by(timezone.now())[2:] == ["aside"]


# Listeners


def test_failing_listener_is_called_again_and_stops_no_other(
    cast: Cast, pending: Story, caplog: pytest.LogCaptureFixture
) -> None:
    now = timezone.now()
    settlement.settlement_listeners.clear()
    for listener in (fail_at_first, hear):
        settlement.register(listener)
    failures[:] = [ValueError("a story's words"), ValueError("again")]
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    moment = now + UNDO_FOR
    assert heard_by(moment) == ["publish"]
    for pause in settings.RETRY_PAUSES[:2]:
        assert Reason.objects.count() == 0, "what a listener wrote before it failed is rolled back"
        moment += pause
        heard_by(moment)
    assert Reason.objects.count() == 1
    assert heard_by(moment + timedelta(days=1)) == ["publish"]
    assert Reason.objects.count() == 1
    assert "a story's words" not in caplog.text


def test_listener_that_never_succeeds_is_given_up(cast: Cast, pending: Story) -> None:
    failures[:] = [ValueError("for good")] * 10
    settlement.register(fail_at_first)
    now = timezone.now()
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    heard_by(now + UNDO_FOR)
    for pause in settings.RETRY_PAUSES[:-1]:
        now += pause
        heard_by(now + UNDO_FOR)
    with pytest.raises(ValueError, match="for good"):  # the worker keeps it as the task's
        heard_by(now + UNDO_FOR + settings.RETRY_PAUSES[-1])
    assert len(failures) == 10 - 1 - len(settings.RETRY_PAUSES)


def test_announcing_twice_is_harmless(cast: Cast, pending: Story) -> None:
    settlement.register(write_a_notice)
    now = timezone.now()
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    with clock.at(now + UNDO_FOR):
        for _time in range(2):
            announce_settled.call(pending.audit_log.latest("pk").pk)
    assert Reason.objects.count() == 1
    assert heard == [("publish", pending.pk)] * 2, "both times with the same row, by which it is known"


def test_task_that_runs_too_early_waits(cast: Cast, pending: Story) -> None:
    """The clocks of two machines may differ."""
    now = timezone.now()
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
        announce_settled.call(pending.audit_log.latest("pk").pk)
    assert heard_by(now + UNDO_FOR - MOMENT) == []
    assert "publish" in heard_by(now + UNDO_FOR)


def test_deleted_story_is_not_announced(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    entry = pending.audit_log.latest("pk")
    pending.delete()
    assert heard_by(now + UNDO_FOR) == []
    call_listener.call(entry.pk, next(iter(settlement.settlement_listeners)))
    assert heard == []


def test_listener_of_another_version_is_left_out(cast: Cast, story: Story) -> None:
    call_listener.call(story.audit_log.latest("pk").pk, "notices.gone")


def test_registering_again_changes_nothing() -> None:
    settlement.register(hear)
    assert list(settlement.settlement_listeners.values()) == [hear]


# With the decision, in one transaction


def test_decision_enqueues_one_task_in_one_statement(cast: Cast, pending: Story) -> None:
    with CaptureQueriesContext(connection) as queries:
        pending.publish(by=cast.moderator, revision=1)
    touching = [query["sql"] for query in queries if "django_tasks" in query["sql"]]
    assert [sql.split()[0] for sql in touching] == ["INSERT"]
    row = DBTaskResult.objects.get()
    assert row.args_kwargs == {"args": [pending.audit_log.latest("pk").pk], "kwargs": {}}
    assert row.run_after == pending.audit_log.latest("pk").settles_at


def test_decision_that_is_rolled_back_is_not_announced(cast: Cast, pending: Story) -> None:
    with transaction.atomic():
        pending.publish(by=cast.moderator, revision=1)
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.exists()


def test_undo_that_waited_for_the_story_too_long_is_too_late(cast: Cast, pending: Story) -> None:
    """The announcement locks the story's row, and an undo that waits for it finds the ten seconds over."""
    now = timezone.now()
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=1)
    entry = pending.audit_log.latest("pk")

    def wait_for_the_row(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE"):
            clock.moment.set(now + UNDO_FOR)
        return execute(sql, *rest)

    with clock.at(now + UNDO_FOR - MOMENT), connection.execute_wrapper(wait_for_the_row), pytest.raises(Refused):
        pending.undo(entry, by=cast.moderator)
    assert Story.objects.get(pk=pending.pk).is_published
    assert heard_by(now + UNDO_FOR) == ["publish"]


# With the product's own worker


@pytest.mark.django_db(transaction=True)
def test_server_killed_before_the_announcement_makes_it_after_its_start(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TASKS = product.TASKS
    cast = make_cast()
    story = make_story(author=cast.member, state="pending")
    story.publish(by=cast.moderator, revision=1)
    row = DBTaskResult.objects.latest("enqueued_at")
    # It had begun with it, an hour ago.
    row.claim("a worker that is gone")
    monkeypatch.setattr(timezone, "now", lambda now=timezone.now: now() + timedelta(hours=2))
    assert heard == []
    assert requeue_lost() == 1
    worker = Worker()
    worker.start()
    until(lambda: DBTaskResult.objects.finished().count() >= 2)
    assert worker.stop()
    assert heard == [("publish", story.pk)]
