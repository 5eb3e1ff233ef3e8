"""Tests of the page on which people choose what they are told, and of the links in mails that stop them."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, TeamEntry
from accounts.notice_kinds import MailPace, notice_kinds
from archives import personal_export
from kindwall import clock
from notices.models import DigestPace, NoticePause, NoticePreference, WallDigest, Wish
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_member, make_story, make_team
from tests.forms import sent_by
from tests.notices.mails import HOUR, run_jobs
from tests.pages import elements, text_of

pytestmark = pytest.mark.once

PAGE = "/me/notices/"
NINE = datetime(2026, 6, 3, 9, tzinfo=UTC)


def fields_of(client: Client) -> dict[str, str]:
    """Return what a browser would send of the page as it is."""
    page = elements(text_of(client.get(PAGE)))
    sent = next(sent for form in page if form.name == "form" and "pause_until" in (sent := sent_by(form)))
    return {name: values[0] for name, values in sent.items() if values and values[0]}


def wish(person: Membership, kind: str) -> Wish:
    return NoticePreference.objects.wishes_of(person.user, [notice_kinds[kind]])[kind]


def test_page_shows_the_kinds_that_the_persons_roles_make_possible(cast: Cast) -> None:
    shown = {
        name: set(re.findall(r'id="kind-([\w-]+)"', text_of(signed_in(person).get(PAGE))))
        for name, person in (("member", cast.member), ("moderator", cast.moderator), ("owner", cast.owner))
    }
    assert "decision" in shown["member"]
    assert "waiting" not in shown["member"]
    assert {"decision", "waiting"} < shown["moderator"]
    assert "joined" not in shown["moderator"]
    assert {"decision", "waiting", "joined"} < shown["owner"]
    assert "You are in no team" in text_of(signed_in(cast.stranger).get(PAGE))


def test_page_saved_as_it_is_stores_nothing(cast: Cast) -> None:
    client = signed_in(cast.owner)
    assert client.post(PAGE, fields_of(client)).status_code == 302
    assert not NoticePreference.objects.exists()
    assert wish(cast.owner, "decision") == Wish(True, MailPace.AT_ONCE)
    assert wish(cast.owner, "waiting") == Wish(True, MailPace.HOURLY)


def test_choices_are_stored_and_shown_again(cast: Cast) -> None:
    client = signed_in(cast.owner)
    wanted = fields_of(client) | {"mail-moderator": "daily", "mail-joined": "on"}
    del wanted["mail-decision"], wanted["product-reactions"]
    client.post(PAGE, wanted)
    assert wish(cast.owner, "decision") == Wish(True, MailPace.NEVER)
    assert wish(cast.owner, "reactions").in_product is False
    assert wish(cast.owner, "joined").mail == MailPace.DAILY
    assert {wish(cast.owner, kind).mail for kind in ("waiting", "reported", "overdue")} == {MailPace.DAILY}
    assert fields_of(client) == wanted
    client.post(PAGE, wanted | {"mail-decision": "on"})
    assert not NoticePreference.objects.filter(kind="decision").exists()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("mail-moderator", "sometimes", "Select a valid choice"),
        ("pause_until", "2020-01-01", "Choose a day after today"),
        ("pause_until", "9999-12-31", "Choose a day within a year"),
        ("pause_until", "soon", "Enter a valid date"),
    ],
)
def test_bad_choice_gets_a_sentence_and_changes_nothing(cast: Cast, field: str, value: str, says: str) -> None:
    client = signed_in(cast.owner)
    response = client.post(PAGE, fields_of(client) | {"mail-joined": "on", field: value})
    assert response.status_code == 422
    assert says in text_of(response)
    assert "Not saved yet" in text_of(response)
    assert not NoticePreference.objects.exists()


def test_pause_lasts_until_its_day_in_the_persons_time_zone(cast: Cast) -> None:
    cast.member.user.time_zone = "Asia/Tokyo"
    cast.member.user.save()
    client = signed_in(cast.member)
    day = clock.today_began().date() + timedelta(days=9)
    client.post(PAGE, fields_of(client) | {"pause_until": day.isoformat()})
    assert NoticePause.objects.get().until == datetime(day.year, day.month, day.day, tzinfo=UTC) - 9 * HOUR
    assert "You get no mail until" in text_of(client.get(PAGE))
    assert fields_of(client)["pause_until"] == day.isoformat()
    for _time in range(2):
        assert client.post("/me/notices/pause/end/").status_code == 302
    assert NoticePause.objects.of(cast.member.user) is None
    assert "You get no mail until" not in text_of(client.get(PAGE))


def test_page_tells_that_nothing_is_mailed_to_an_unconfirmed_address(cast: Cast) -> None:
    EmailAddress.objects.filter(user=cast.member.user).update(verified=False)
    assert "is not confirmed yet" in text_of(signed_in(cast.member).get(PAGE))


def test_page_of_an_account_without_an_address_shows_none(cast: Cast) -> None:
    cast.member.user.email = "0@nowhere.invalid"
    cast.member.user.save()
    shown = text_of(signed_in(cast.member).get(PAGE))
    assert "has no e-mail address" in shown
    assert "nowhere.invalid" not in shown


def test_page_costs_the_same_number_of_queries_in_many_teams(cast: Cast) -> None:
    def queries() -> int:
        client = signed_in(cast.member)
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE)
        return len(asked)

    few = queries()
    for _number in range(4):
        team = make_team()
        team.memberships.create(user=cast.member.user)
        team.wall_digest = True
        team.save()
    assert queries() == few


# The weekly look


def test_owner_offers_the_weekly_look_and_each_person_chooses(cast: Cast) -> None:
    client, member = signed_in(cast.owner), signed_in(cast.member)
    field = f"digest-{cast.team.pk}"
    assert field not in fields_of(member)
    assert client.post("/harbour-team/settings/mail/", {"wall_digest": "on"}).status_code == 302
    assert TeamEntry.objects.filter(team=cast.team, actor=cast.owner.user, detail__field="wall_digest").exists()
    assert fields_of(member)[field] == "weekly"
    member.post(PAGE, fields_of(member) | {field: "daily"})
    assert fields_of(member)[field] == "daily"
    assert WallDigest.objects.get().pace == DigestPace.DAILY


# Stopping mails by their link


def link_in(message: EmailMessage) -> str:
    found = re.search(r"<https?://[^/]+(/me/notices/stop/[^>]+)>", message.extra_headers["List-Unsubscribe"])
    assert found
    return found[1]


def mail_of_a_decision(cast: Cast) -> EmailMessage:
    with clock.at(NINE):
        story = make_story(author=cast.member, state="pending")
        story.publish(by=cast.moderator, revision=1)
    run_jobs(NINE + HOUR / 60)
    return next(message for message in mail.outbox if message.to == [cast.member.user.email])


def test_link_stops_mails_of_a_role_without_signing_in_and_starts_them_again(cast: Cast) -> None:
    NoticePreference.store(cast.member.user, {notice_kinds["reactions"]: Wish(False, MailPace.DAILY)})
    link, client = link_in(mail_of_a_decision(cast)), Client()
    assert "mails about your stories" in text_of(client.get(link))
    assert wish(cast.member, "decision").mail == MailPace.AT_ONCE, "programs open links"
    for _time in range(2):
        assert client.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert {wish(cast.member, kind).mail for kind in ("decision", "reactions")} == {MailPace.NEVER}
    assert wish(cast.member, "decision").in_product is True
    for _time in range(2):
        client.post(link, {"mails": "resume"})
        assert wish(cast.member, "decision").mail == MailPace.AT_ONCE
        assert wish(cast.member, "reactions") == Wish(False, MailPace.DAILY)


def test_later_choice_outlasts_the_undoing_of_a_link(cast: Cast) -> None:
    client = Client()
    link = link_in(mail_of_a_decision(cast))
    client.post(link)
    NoticePreference.store(cast.member.user, {notice_kinds["decision"]: Wish(True, MailPace.NEVER)})
    client.post(link, {"mails": "resume"})
    assert wish(cast.member, "decision").mail == MailPace.NEVER


def test_link_in_a_digest_stops_that_of_its_wall_alone(cast: Cast) -> None:
    monday = datetime(2026, 6, 8, 8, tzinfo=UTC)
    other = make_team(name="Elsewhere")
    there = other.memberships.create(user=cast.newcomer.user)
    for team in (cast.team, other):
        team.wall_digest = True
        team.save()
        with clock.at(monday - 24 * HOUR):
            author = make_member(team=team, role="owner")
            make_story(author=author, moderator=make_member(team=team, role="moderator"))
    WallDigest.choose(cast.newcomer, DigestPace.DAILY)
    run_jobs(monday)
    [message] = [
        one for one in mail.outbox if one.to == [cast.newcomer.user.email] and "wall of Harbour" in one.subject
    ]
    client, link = Client(), link_in(message)
    assert "the wall of Harbour" in text_of(client.get(link))
    for _time in range(2):
        client.post(link)
    paces = WallDigest.objects.paces_of(cast.newcomer.user)
    assert {member.pk: pace for member, pace in paces.items()} == {
        cast.newcomer.pk: DigestPace.NEVER,
        there.pk: DigestPace.WEEKLY,
    }
    client.post(link, {"mails": "resume"})
    assert WallDigest.objects.paces_of(cast.newcomer.user)[cast.newcomer] == DigestPace.DAILY
    cast.newcomer.leave()
    assert client.get(link).status_code == 404


# What belongs to a person


def test_choices_are_exported_and_go_with_membership_and_account(cast: Cast) -> None:
    user = cast.member.user
    NoticePreference.store(user, {notice_kinds["decision"]: Wish(False, MailPace.NEVER)})
    NoticePause.begin(user, date(2099, 1, 1))
    WallDigest.choose(cast.member, DigestPace.DAILY)
    document = personal_export.document_of(user)
    assert document["notice_preferences"] == [{"kind": "decision", "in_product": False, "mail": "never"}]
    assert document["notice_pause"].startswith(("2098-12-31", "2099-01-01"))
    assert [one["pace"] for one in document["wall_digests"]] == ["daily"]
    cast.member.leave()
    assert not WallDigest.objects.exists()
    assert NoticePreference.objects.filter(user=user).exists()
    user.delete()
    assert not NoticePreference.objects.exists()
    assert not NoticePause.objects.exists()


def test_mail_to_a_moderator_stops_for_moderators_alone(cast: Cast) -> None:
    run_jobs(NINE - HOUR)
    with clock.at(NINE):
        make_draft(author=cast.member).submit(by=cast.member)
    run_jobs(NINE + HOUR)
    [message] = [one for one in mail.outbox if one.to == [cast.moderator.user.email]]
    Client().post(link_in(message))
    assert wish(cast.moderator, "waiting").mail == MailPace.NEVER
    assert wish(cast.moderator, "decision").mail == MailPace.AT_ONCE
