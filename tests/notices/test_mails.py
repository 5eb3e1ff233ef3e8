"""Tests of mails about notices: who gets one, when, once, and with no words of a story in it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from accounts.notice_kinds import MailPace, notice_kinds
from kindwall import clock
from kindwall import mail as mail_module
from kindwall.mail import MailRefused
from notices import gathered_mails, notice_mails, tasks
from notices.models import Notice, NoticePause, NoticePreference, Wish
from stories.models import Claim, Report, Story
from tests.conftest import Cast
from tests.factories import make_draft, make_member, make_story
from tests.notices.mails import HOUR, SETTLED, html_of, mails_to, run_jobs
from tests.task_backend import run_due

pytestmark = pytest.mark.once

NINE = datetime(2026, 6, 3, 9, tzinfo=UTC)  # a Wednesday
MINUTE = timedelta(minutes=1)


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """The cast, after the first run of the periodic jobs."""
    run_jobs(NINE - HOUR)
    mail.outbox.clear()
    return cast


def submitted(author: Membership, *, at: datetime) -> Story:
    with clock.at(at):
        story = make_draft(author=author)
        story.submit(by=author)
    return story


def choose(person: Membership, kind: str, pace: MailPace, *, in_product: bool = True) -> None:
    NoticePreference.store(person.user, {notice_kinds[kind]: Wish(in_product, pace)})


# Decisions on one's own story


def decide(story: Story, moderator: Membership, decision: str) -> None:
    now: dict[str, Any] = {"by": moderator, "revision": story.revision}
    letter: dict[str, Any] = {"message": "A secret letter.", "saw": "Something true."}
    match decision:
        case "publish":
            story.publish(**now)
        case "return":
            story.return_for_change(**now, **letter)
        case "decline":
            story.decline(**now, **letter)
        case "remove":
            story.remove(**now, **letter)
        case "restore":
            story.restore(**now)


@pytest.mark.parametrize(
    ("state", "decision", "words"),
    [
        ("pending", "publish", "Your story is published"),
        ("pending", "return", "A moderator returned your story"),
        ("pending", "decline", "Your story was declined"),
        ("published", "remove", "A moderator removed your story from the wall"),
        ("removed", "restore", "Your story is on the wall again"),
    ],
)
def test_author_is_mailed_once_about_a_settled_decision(cast: Cast, state: str, decision: str, words: str) -> None:
    with clock.at(NINE - MINUTE):
        story = make_story(author=cast.member, moderator=cast.moderator, state=state, body="A body of its own.")
        run_due()
        mail.outbox.clear()
    with clock.at(NINE):
        decide(story, cast.second_moderator, decision)
    run_jobs(NINE + MINUTE / 60)
    assert mails_to(cast.member) == []
    run_jobs(NINE + SETTLED)
    [message] = mails_to(cast.member)
    assert message.subject == f"Harbour: {words}"
    said = str(message.message())
    assert "A body of its own" not in said
    assert "secret letter" not in said
    assert "Something true" not in said
    assert f"/harbour-team/stories/{story.pk}/" in message.body
    assert "/me/notices/stop/" in message.extra_headers["List-Unsubscribe"]
    [notice] = Notice.objects.filter(user=cast.member.user, kind="decision")
    with clock.at(NINE + MINUTE):
        tasks.mail_notice.func(notice.pk)
    assert len(mails_to(cast.member)) == 1


def test_undone_decision_is_not_mailed(cast: Cast) -> None:
    with clock.at(NINE):
        story = make_story(author=cast.member, state="pending")
        decide(story, cast.moderator, "return")
    with clock.at(NINE + MINUTE / 20):
        story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    run_jobs(NINE + SETTLED)
    assert mails_to(cast.member) == []


def returned(cast: Cast, *, at: datetime = NINE) -> Story:
    with clock.at(at):
        story = make_story(author=cast.member, state="pending")
        decide(story, cast.moderator, "return")
    return story


@pytest.fixture
def refused_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server that is down when the first mail about a story is sent, and a minute later."""
    write, refusals = mail_module.write, [MailRefused(OSError(), "") for _time in range(2)]

    def refuse(*args: Any, **kwargs: Any) -> None:
        if refusals:
            raise refusals.pop()
        write(*args, **kwargs)

    monkeypatch.setattr(notice_mails, "write", refuse)


def test_refused_mail_is_tried_again(cast: Cast, refused_twice: None) -> None:
    now = timezone.now()  # from which the next attempt is counted
    returned(cast, at=now)
    run_jobs(now + SETTLED)
    assert mails_to(cast.member) == []
    for minutes in (2, 10, 60):
        run_jobs(now + minutes * MINUTE)
    assert len(mails_to(cast.member)) == 1


def test_nothing_is_mailed_that_was_read_in_the_product_meanwhile(cast: Cast, refused_twice: None) -> None:
    now = timezone.now()
    returned(cast, at=now)
    run_jobs(now + SETTLED)
    Notice.objects.filter(user=cast.member.user).mark_read(cast.member.user)
    for minutes in (2, 10, 60):
        run_jobs(now + minutes * MINUTE)
    assert mails_to(cast.member) == []


@pytest.mark.parametrize("reason", ["never", "paused", "unconfirmed", "inactive", "removed"])
def test_nothing_is_mailed_to_people_who_do_not_want_it_or_may_not(cast: Cast, reason: str) -> None:
    user = cast.member.user
    returned(cast)
    match reason:
        case "never":
            choose(cast.member, "decision", MailPace.NEVER)
        case "paused":
            with clock.at(NINE):
                NoticePause.begin(user, date(2026, 6, 5))
        case "unconfirmed":
            EmailAddress.objects.filter(user=user).update(verified=False)
        case "inactive":
            user.is_active = False
            user.save()
        case "removed":
            cast.member.remove(by=cast.owner)
    run_jobs(NINE + SETTLED)
    assert mails_to(cast.member) == []


def test_pause_ends_by_itself(cast: Cast) -> None:
    with clock.at(NINE):
        NoticePause.begin(cast.member.user, date(2026, 6, 3))
    returned(cast)
    run_jobs(NINE + SETTLED)
    assert len(mails_to(cast.member)) == 1


def test_mail_is_in_the_language_of_its_reader(cast: Cast) -> None:
    cast.member.user.language = "de"
    cast.member.user.save()
    returned(cast)
    run_jobs(NINE + SETTLED)
    [message] = mails_to(cast.member)
    assert 'lang="de"' in html_of(message)


def test_person_who_wants_mail_alone_has_nothing_in_the_product(cast: Cast) -> None:
    choose(cast.member, "decision", MailPace.AT_ONCE, in_product=False)
    returned(cast)
    run_jobs(NINE + SETTLED)
    assert len(mails_to(cast.member)) == 1
    assert not Notice.objects.shown_to(cast.member.user).exists()


def test_news_of_last_week_is_not_mailed(cast: Cast) -> None:
    """As of the demo, whose stories happened over weeks and are made at once."""
    returned(cast, at=NINE - 7 * 24 * HOUR)
    run_jobs(NINE)
    assert mails_to(cast.member) == []


# Moderators


def test_moderator_gets_one_hourly_mail_for_three_stories(cast: Cast) -> None:
    for minutes in (5, 20, 40):
        submitted(cast.member, at=NINE + minutes * MINUTE)
    run_jobs(NINE + 50 * MINUTE)
    assert mails_to(cast.moderator) == []
    for hours in (1, 2, 3):
        run_jobs(NINE + hours * HOUR)
    [message] = mails_to(cast.moderator)
    assert message.subject == "Harbour: 3 stories wait for review"
    assert "/harbour-team/moderation/" in message.body
    assert mails_to(cast.member) == []


def test_moderator_gets_no_mail_when_a_colleague_reads_the_stories(cast: Cast) -> None:
    stories = [submitted(cast.member, at=NINE + minutes * MINUTE) for minutes in (5, 20)]
    with clock.at(NINE + 30 * MINUTE):
        for story in stories:
            Claim.take(story, by=cast.second_moderator)
    run_jobs(NINE + HOUR)
    run_jobs(NINE + 2 * HOUR)
    assert mails_to(cast.moderator) == []
    # Nobody has decided for a day.
    run_jobs(NINE + 26 * HOUR)
    assert len(mails_to(cast.moderator)) == 1


def test_moderator_gets_no_mail_when_nothing_waits_any_more(cast: Cast) -> None:
    story, withdrawn = submitted(cast.member, at=NINE), submitted(cast.newcomer, at=NINE)
    with clock.at(NINE + MINUTE):
        story.publish(by=cast.second_moderator, revision=1)
        withdrawn.withdraw(by=cast.newcomer)
    run_jobs(NINE + HOUR)
    assert mails_to(cast.moderator) == []


def test_moderator_who_is_away_gets_no_mail(cast: Cast) -> None:
    submitted(cast.member, at=NINE)
    with clock.at(NINE):
        cast.moderator.go_away_until(date(2099, 6, 9))
    run_jobs(NINE + HOUR)
    assert mails_to(cast.moderator) == []
    assert len(mails_to(cast.second_moderator)) == 1


def test_moderator_is_mailed_at_once_or_never(cast: Cast) -> None:
    choose(cast.moderator, "waiting", MailPace.AT_ONCE)
    choose(cast.second_moderator, "waiting", MailPace.NEVER)
    submitted(cast.member, at=NINE)
    assert len(mails_to(cast.moderator)) == 1
    run_jobs(NINE + HOUR)
    assert len(mails_to(cast.moderator)) == 1
    assert mails_to(cast.second_moderator) == []


def test_reports_and_second_opinions_come_in_the_same_mail(cast: Cast, story: Story) -> None:
    with clock.at(NINE):
        refused = make_story(author=cast.member, moderator=cast.second_moderator, state="declined")
        refused.stand_by(by=cast.member, message="Please read it again.")
        Report.make(story, by=cast.newcomer, reason="untrue", words="It was not like that.")
    submitted(cast.member, at=NINE)
    run_jobs(NINE + HOUR)
    [message] = mails_to(cast.moderator)
    assert "second opinion" in message.body
    assert "1 reported story" in message.body
    assert "stories wait for review" in message.body
    assert "Please read it again" not in message.body
    assert "not like that" not in message.body


@pytest.mark.parametrize(
    ("zone", "first", "second"),
    [
        # Clocks go forward on 29 March 2026 in Berlin, and on 8 March in New York.
        ("Europe/Berlin", datetime(2026, 3, 28, 7, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 7, 13, tzinfo=UTC), datetime(2026, 3, 8, 12, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 3, 7, 3, tzinfo=UTC), datetime(2026, 3, 8, 3, tzinfo=UTC)),
    ],
)
def test_daily_mail_comes_in_the_morning_of_its_reader(
    cast: Cast, zone: str, first: datetime, second: datetime
) -> None:
    user = cast.moderator.user
    user.time_zone = zone
    user.save()
    choose(cast.moderator, "waiting", MailPace.DAILY)
    for morning in (first, second):
        mail.outbox.clear()
        submitted(cast.member, at=morning - 9 * HOUR)
        for hours in (-8, -3, -1):
            run_jobs(morning + hours * HOUR)
        assert mails_to(cast.moderator) == []
        run_jobs(morning)
        run_jobs(morning + HOUR)
        assert len(mails_to(cast.moderator)) == 1


def test_gathering_costs_the_same_number_of_queries_for_many_people(cast: Cast) -> None:
    def queries() -> int:
        with clock.at(NINE + HOUR), CaptureQueriesContext(connection) as asked:
            gathered_mails.enqueue_due_mails()
        return len(asked)

    for person in (cast.owner, cast.moderator, cast.second_moderator):
        choose(person, "waiting", MailPace.DAILY)
    submitted(cast.member, at=NINE)
    few = queries()
    for _number in range(5):
        person = make_member(team=cast.team, role="moderator")
        choose(person, "waiting", MailPace.DAILY)
    submitted(cast.member, at=NINE)
    assert queries() == few <= 5
    assert mail.outbox == []
