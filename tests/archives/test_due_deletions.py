"""Tests of carrying out deletions that are due, and of what becomes of stories and teams."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Membership, User
from archives.models import AccountDeletion
from archives.models.deletion import DELETION_GRACE, affected_teams
from archives.tasks import delete_if_due
from kindwall import periodic
from stories.counters import drifted
from stories.models import OutboxEvent, ReactionKind, State, Story
from tests.archives.account_deletions import DELETE, delete_now, make_due, request_deletion
from tests.archives.conftest import confirmed, run_tasks
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_edit, make_member, make_story
from tests.pages import text_of


def test_team_gets_a_new_owner_when_the_other_owner_left_meanwhile(cast: Cast) -> None:
    second = make_member(team=cast.team, name="Ola Owner", role="owner")
    AccountDeletion.request(cast.owner.user, {})
    second.leave()
    make_due()
    assert delete_if_due(cast.owner.user_id)
    assert Membership.objects.owners().get(team=cast.team).user_id == cast.moderator.user_id


def test_last_operator_is_warned(cast: Cast) -> None:
    operator = User.objects.create_superuser("op@example.org", PASSWORD, name="Opal")
    warning = "Nobody else runs this Kindwall."
    assert warning in text_of(confirmed(operator).post(DELETE))
    User.objects.create_superuser("op2@example.org", PASSWORD, name="Otto")
    assert warning not in text_of(confirmed(operator).post(DELETE))


@pytest.mark.parametrize(
    ("wish", "left", "kind"), [("named", "Mia Member", "card"), ("unnamed", "", "card"), ("gone", None, "gone")]
)
def test_published_stories_are_treated_as_chosen(
    cast: Cast, story: Story, wish: str, left: str | None, kind: str
) -> None:
    stays = ("published", "aside")
    others = [
        make_story(author=cast.member, moderator=cast.moderator, state=state) for state in State if state not in stays
    ]
    aside = make_story(author=cast.member, moderator=cast.moderator, state="aside", body="Was it so?")
    waiting = make_edit(story, author=cast.member, body="Held another door.")
    before = OutboxEvent.objects.newest_id()
    delete_now(cast.member, {cast.team.pk: wish})
    assert not Story.objects.filter(pk__in=[waiting.pk, *(other.pk for other in others)]).exists()
    # A hidden story is treated like a published one, and stays hidden.
    assert list(Story.objects.filter(pk=aside.pk).values_list("state", "signature")) == (
        [] if left is None else [("aside", left)]
    )
    assert not OutboxEvent.objects.after(before).filter(story_id=aside.pk).exists()
    hung = Story.objects.filter(pk=story.pk).first()
    assert (hung.signature if hung else None) == left
    assert [event.kind for event in OutboxEvent.objects.after(before) if event.story_id == story.pk] == [kind]
    shown = text_of(signed_in(cast.newcomer).get("/harbour-team/"))
    assert ("Held the door" in shown) == (left is not None)
    assert ("Mia Member" in shown) == bool(left)


def test_stories_in_a_team_left_before_are_treated_as_chosen(cast: Cast, story: Story) -> None:
    cast.member.leave()
    (affected,) = affected_teams(cast.member.user)
    assert (affected.team, affected.story_count, affected.ends_team) == (cast.team, 1, False)
    delete_now(cast.member, {cast.team.pk: "gone"})
    assert not Story.objects.exists()


def test_counts_stay_right_and_open_walls_are_updated(cast: Cast) -> None:
    stories = [make_story(author=cast.newcomer, moderator=cast.moderator) for _ in range(3)]
    for one in stories[:2]:
        one.toggle_uplift(by=cast.member)
        one.toggle_reaction(ReactionKind.WARM, by=cast.member)
        one.toggle_uplift(by=cast.owner)
    stories[0].toggle_reaction(ReactionKind.SEE, by=cast.owner)
    stories[1].remove(by=cast.moderator, revision=stories[1].revision, message="For now.")
    before = OutboxEvent.objects.newest_id()
    delete_now(cast.member)
    assert not list(drifted(Story.objects.all()))
    counts = Story.objects.order_by("pk").values_list("uplift_count", "warm_count", "see_count")
    assert list(counts) == [(1, 0, 1), (1, 0, 0), (0, 0, 0)]
    assert [(event.story_id, event.kind) for event in OutboxEvent.objects.after(before)] == [(stories[0].pk, "counts")]


def test_task_deletes_the_account_a_day_later_and_sends_a_mail(cast: Cast) -> None:
    request_deletion(cast.member)
    run_tasks()
    run_tasks(later=DELETION_GRACE - timedelta(minutes=1))
    # A worker that runs too early does nothing.
    assert not delete_if_due(cast.member.user_id)
    assert User.objects.filter(pk=cast.member.user_id).exists()
    make_due()
    run_tasks(later=DELETION_GRACE + timedelta(minutes=1))
    assert not User.objects.filter(pk=cast.member.user_id).exists()
    assert cast.member.user.email not in str(list(DBTaskResult.objects.values()))
    run_tasks()
    assert [letter.subject for letter in mail.outbox] == [
        "Your account will be deleted tomorrow",
        "Your account has been deleted",
    ]
    assert mail.outbox[-1].to == [cast.member.user.email]
    assert not delete_if_due(cast.member.user_id)


def test_command_deletes_accounts_whose_task_was_lost(cast: Cast) -> None:
    request_deletion(cast.member)
    request_deletion(cast.newcomer)
    DBTaskResult.objects.all().delete()
    AccountDeletion.objects.filter(pk=cast.member.user_id).update(due_at=timezone.now() - timedelta(days=2))
    out = StringIO()
    call_command("delete_due_accounts", stdout=out)
    assert out.getvalue() == "Deleted 1 account(s).\n"
    assert not User.objects.filter(pk=cast.member.user_id).exists()
    assert User.objects.filter(pk=cast.newcomer.user_id).exists()


def test_periodic_job_deletes_accounts_whose_task_was_lost(cast: Cast) -> None:
    AccountDeletion.objects.create(person=cast.member.user, due_at=timezone.now())
    periodic.enqueue_due_tasks()
    run_tasks()
    assert not User.objects.filter(pk=cast.member.user_id).exists()


def test_failed_deletion_does_not_stop_other_deletions(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for person in (cast.member, cast.newcomer):
        AccountDeletion.request(person.user, {})
    make_due()
    carry_out = AccountDeletion.carry_out

    def fail_once(pk: int) -> User | None:
        if pk == cast.member.user_id:
            raise RuntimeError("expected by this test")
        return carry_out(pk)

    monkeypatch.setattr(AccountDeletion, "carry_out", fail_once)
    call_command("delete_due_accounts", stdout=StringIO())
    assert "it is tried again" in caplog.text
    assert User.objects.filter(pk=cast.member.user_id).exists()
    assert not User.objects.filter(pk=cast.newcomer.user_id).exists()


def test_account_is_deleted_although_the_last_mail_fails(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OSError("no mail today")

    monkeypatch.setattr("archives.tasks.write", refuse)
    delete_now(cast.member)
    assert not User.objects.filter(pk=cast.member.user_id).exists()
