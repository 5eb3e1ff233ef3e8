"""Tests of the weekly look at a wall: its stories, its hour, and who gets it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from kindwall import mail as mail_module
from kindwall.mail import MailRefused
from notices import digests, tasks
from notices.models import DigestPace, WallDigest
from stories.models import ReactionKind, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story
from tests.notices.mails import HOUR, html_of, mails_to, run_jobs
from tests.task_backend import run_due

pytestmark = pytest.mark.once

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
MONDAY = datetime(2026, 6, 8, 8, tzinfo=UTC)


@pytest.fixture
def cast(cast: Cast) -> Cast:
    cast.team.change(by=cast.owner, wall_digest=True)
    for person in Membership.objects.filter(team=cast.team).select_related("user"):
        person.user.time_zone = "UTC"
        person.user.save()
    return cast


def published(cast: Cast, at: datetime, body: str = "Held the door.", author: Membership | None = None) -> Story:
    with clock.at(at):
        return make_story(author=author or cast.member, moderator=cast.moderator, body=body)


def digests_to(person: Membership) -> list[str]:
    return [str(message.body) for message in mails_to(person) if " wall of " in str(message.subject)]


def test_members_get_what_they_have_not_seen_on_monday_morning(cast: Cast) -> None:
    published(cast, MONDAY - 8 * DAY, "Older than a week.")
    published(cast, MONDAY - 2 * DAY, "Carried the boxes.")
    lifted = published(cast, MONDAY - 3 * DAY, "Made tea for all.")
    lifted.set_uplift(by=cast.owner, wanted=True)
    run_jobs(MONDAY - MINUTE)
    assert digests_to(cast.newcomer) == []
    for minutes in (0, 15, 120, 24 * 60):
        run_jobs(MONDAY + minutes * MINUTE)
    [body] = digests_to(cast.newcomer)
    assert body.index("Made tea") < body.index("Carried the boxes")
    assert "1 uplift" in body
    assert "Older than a week" not in body
    assert digests_to(cast.member) == [], "these stories are theirs"
    assert len(digests_to(cast.moderator)) == 1


def test_digest_leaves_out_stories_that_its_reader_has_seen(cast: Cast) -> None:
    with clock.at(MONDAY - DAY):
        Membership.objects.filter(pk=cast.newcomer.pk).update(wall_seen_at=MONDAY - 2 * DAY)
        Membership.objects.filter(pk=cast.moderator.pk).update(wall_seen_at=MONDAY - HOUR)
    published(cast, MONDAY - 3 * DAY, "Before the visit.")
    published(cast, MONDAY - DAY, "After the visit.")
    reacted = published(cast, MONDAY - DAY, "Reacted to by its address.")
    reacted.set_reaction(ReactionKind.SEE, by=cast.newcomer, wanted=True)
    run_jobs(MONDAY)
    [body] = digests_to(cast.newcomer)
    assert "After the visit" in body
    assert "Before the visit" not in body
    assert "Reacted to" not in body
    assert digests_to(cast.moderator) == []


def test_story_that_was_removed_meanwhile_is_not_in_the_digest(cast: Cast) -> None:
    story = published(cast, MONDAY - DAY)
    digest = WallDigest.objects.create(membership=cast.newcomer, due_on=MONDAY.date())
    with clock.at(MONDAY):
        assert list(digest.stories) == [story]
        story.remove(by=cast.moderator, revision=story.revision, message="Not here.")
        tasks.mail_digest.func(cast.newcomer.pk)
    assert digests_to(cast.newcomer) == []


def test_no_digest_comes_where_the_owner_has_not_turned_it_on(cast: Cast) -> None:
    cast.team.change(by=cast.owner, wall_digest=False)
    published(cast, MONDAY - DAY)
    run_jobs(MONDAY)
    assert digests_to(cast.newcomer) == []


def test_each_person_chooses_the_pace(cast: Cast) -> None:
    WallDigest.choose(cast.newcomer, DigestPace.NEVER)
    WallDigest.choose(cast.moderator, DigestPace.DAILY)
    published(cast, MONDAY - 4 * DAY, "On Thursday.")
    run_jobs(MONDAY - 3 * DAY)
    run_jobs(MONDAY - 2 * DAY)
    assert len(digests_to(cast.moderator)) == 1
    published(cast, MONDAY - HOUR, "On Monday, early.")
    run_jobs(MONDAY)
    assert "On Thursday" not in digests_to(cast.moderator)[1]
    assert "On Thursday" in digests_to(cast.owner)[0]
    assert digests_to(cast.newcomer) == []


@pytest.mark.parametrize(
    ("zone", "mondays"),
    [
        # Clocks go forward on 29 March 2026 in Berlin, and on 8 March in New York.
        ("Europe/Berlin", (datetime(2026, 3, 23, 7, tzinfo=UTC), datetime(2026, 3, 30, 6, tzinfo=UTC))),
        ("America/New_York", (datetime(2026, 3, 2, 13, tzinfo=UTC), datetime(2026, 3, 9, 12, tzinfo=UTC))),
        ("Asia/Kathmandu", (datetime(2026, 3, 2, 2, 15, tzinfo=UTC), datetime(2026, 3, 9, 2, 15, tzinfo=UTC))),
        ("Nowhere/Atlantis", (datetime(2026, 3, 2, 8, tzinfo=UTC),)),
    ],
)
def test_digest_comes_at_eight_by_the_clock_of_its_reader(cast: Cast, zone: str, mondays: tuple[datetime, ...]) -> None:
    cast.newcomer.user.time_zone = zone
    cast.newcomer.user.save()
    for monday in mondays:
        mail.outbox.clear()
        published(cast, monday - DAY)
        run_jobs(monday - 15 * MINUTE)
        assert digests_to(cast.newcomer) == []
        run_jobs(monday)
        assert len(digests_to(cast.newcomer)) == 1


def test_digest_is_in_the_language_of_its_reader(cast: Cast) -> None:
    cast.newcomer.user.language = "de"
    cast.newcomer.user.save()
    published(cast, MONDAY - DAY)
    run_jobs(MONDAY)
    [message] = mails_to(cast.newcomer)
    assert 'lang="de"' in html_of(message)


def test_refused_digest_is_tried_again_and_sent_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    published(cast, MONDAY - DAY)
    write, refusals = mail_module.write, [MailRefused(OSError(), "")]

    def refuse_once(*args: object, **kwargs: object) -> None:
        if refusals and args[0] == cast.newcomer.user.email:
            raise refusals.pop()
        write(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(digests, "write", refuse_once)
    run_jobs(MONDAY)
    assert digests_to(cast.newcomer) == []
    assert len(digests_to(cast.owner)) == 1, "one refused address keeps nobody else waiting"
    for _time in range(2):
        with clock.at(timezone.now() + HOUR):
            run_due()
        assert len(digests_to(cast.newcomer)) == 1


def test_long_story_is_cut_and_the_others_are_counted(cast: Cast) -> None:
    published(cast, MONDAY - HOUR, "word " * 200)
    for number in range(6):
        published(cast, MONDAY - DAY, f"Number {number}.")
    run_jobs(MONDAY)
    [body] = digests_to(cast.newcomer)
    assert "And 2 more" in body
    assert "…" in body
    assert len(body) < 2_500


def test_search_for_digests_costs_the_same_for_many_people(cast: Cast) -> None:
    def queries() -> int:
        with clock.at(MONDAY + HOUR), CaptureQueriesContext(connection) as asked:
            digests.enqueue_due_digests()
        return len(asked)

    published(cast, MONDAY - DAY)
    run_jobs(MONDAY)
    few = queries()
    for _number in range(5):
        WallDigest.objects.create(membership=make_member(team=cast.team), due_on=MONDAY.date())
    assert queries() == few <= 3


# When somebody has seen a wall


def seen(person: Membership) -> datetime | None:
    return Membership.objects.values_list("wall_seen_at", flat=True).get(pk=person.pk)


def test_wall_records_at_most_once_an_hour_that_somebody_sees_it(cast: Cast) -> None:
    client = signed_in(cast.newcomer)
    for minutes, recorded in ((0, 0), (59, 0), (61, 61)):
        with clock.at(MONDAY + minutes * MINUTE):
            client.get("/harbour-team/")
        assert seen(cast.newcomer) == MONDAY + recorded * MINUTE
    with clock.at(MONDAY + DAY):
        client.get("/harbour-team/reactions/")
    assert seen(cast.newcomer) == MONDAY + DAY


def test_nothing_is_recorded_where_the_team_mails_no_digest(cast: Cast) -> None:
    cast.team.change(by=cast.owner, wall_digest=False)
    signed_in(cast.newcomer).get("/harbour-team/")
    assert seen(cast.newcomer) is None


def test_wall_is_shown_while_nothing_can_be_written(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError
    from django.db.models import QuerySet

    def refuse(*_args: object, **_kwargs: object) -> int:
        raise OperationalError("database is locked")

    client = signed_in(cast.newcomer)
    monkeypatch.setattr(QuerySet, "update", refuse)
    assert client.get("/harbour-team/").status_code == 200
