"""A team goes out as a file and comes in elsewhere, with the same wall."""

import errno
import json
import stat
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from PIL import Image

from accounts.models import FormerSlug, Invitation, JoinLink, Membership, Parting, Reason, Team, TeamEntry, User
from accounts.models.team_domain import TeamDomain
from archives import fields
from archives import team_export as team_archive
from archives.import_team import NOWHERE, Arrival, SlugTaken, arrive
from archives.models.export import ExportPart
from archives.parse import open_archive
from archives.rows import Unreadable
from archives.team_export import pack_team
from kindwall import clock, outage
from stories.counters import drifted
from stories.demo.load import load
from stories.models import (
    Action,
    AuditEntry,
    Claim,
    OutboxEvent,
    Phrase,
    Reaction,
    ReactionKind,
    Report,
    State,
    Story,
    Uplift,
)
from stories.wall import read_page, shared_page_at
from tests.archives.conftest import confirmed, run_tasks
from tests.archives.test_my_data import opened
from tests.conftest import Cast, make_cast, signed_in
from tests.factories import PASSWORD, make_draft, make_edit, make_member, make_story, make_team, make_user
from tests.pages import text_of

HERE = "/harbour-team/settings/export/"


def packed(team: Team, *, with_drafts: bool = False) -> BytesIO:
    file = BytesIO()
    pack_team(team, file, with_drafts=with_drafts)
    file.seek(0)
    return file


def data_in(file: BytesIO) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(ZipFile(file).read("team.json"))
    return data


def repacked(file: BytesIO, change: Callable[[dict[str, Any]], None]) -> BytesIO:
    """The same archive with something else in its data."""
    data = data_in(file)
    change(data)
    return zipped({"team.json": json.dumps(data)})


def zipped(members: dict[str, str | bytes]) -> BytesIO:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def take_in(file: BytesIO, slug: str = "") -> Arrival:
    return arrive(open_archive(file), slug=slug)


def empty_installation() -> None:
    """As if nothing had ever been here; also its numbering begins anew."""
    User.objects.all().delete()
    Team.objects.all().delete()
    with connection.cursor() as cursor:
        for table in ("accounts_user", "accounts_team", "stories_story"):
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER SEQUENCE {table}_id_seq RESTART")
            else:
                cursor.execute("UPDATE sqlite_sequence SET seq = 0 WHERE name = %s", [table])
    shared_page_at.cache_clear()


def cards(team: Team) -> list[str]:
    """The wall as its owner reads it."""
    owner = Membership.objects.owners().filter(team=team).select_related("user", "team").get()
    return [str(card) for card in read_page(owner, "", OutboxEvent.objects.newest_id()).cards]


def lively_team(cast: Cast) -> Team:
    """A team with something in every part of its archive."""
    team = cast.team
    team.change(
        by=cast.owner, slug="harbour-now", tagline="Ropes & tea", accent="moss", visibility="public", indexed=True
    )
    team.change(by=cast.owner, set_aside_after=3)
    Reason.objects.replace([("Too long", "Shorter, please."), ("Another", "")], by=cast.owner)
    TeamDomain.objects.create(team=team, domain="harbour.example", automatic=True)
    cast.owner.user.set_picture(webp())
    Parting.choose(cast.member.user, team, "unnamed")
    for state in State:
        make_story(author=cast.member, moderator=cast.moderator, state=state, body=f"One that is {state}.")
    kept = make_story(author=cast.newcomer, moderator=cast.moderator, body="Left behind, under a name.")
    left = make_story(author=cast.second_moderator, moderator=cast.moderator, body="A signed one.")
    unnamed = make_story(author=cast.second_moderator, moderator=cast.moderator, body="An unnamed one.")
    Story.objects.filter(pk=left.pk).update(author=None, signature="Sam Second")
    Story.objects.filter(pk=unnamed.pk).update(author=None)
    for story in (kept, left, unnamed):
        story.refresh_from_db()
        story.toggle_uplift(by=cast.member)
        story.toggle_reaction(ReactionKind.TRY, by=cast.owner)
    kept.toggle_uplift(by=cast.second_moderator)
    moderated(cast, kept)
    cast.newcomer.leave()
    cast.second_moderator.change_role("member", by=cast.owner)
    JoinLink.make(by=cast.owner, role="member", expires_at=None, most_uses=None)
    Invitation.objects.create(team=team, email="guest@example.org", expires_at=timezone.now())
    return team


def moderated(cast: Cast, kept: Story) -> None:
    """What moderators and readers leave behind: letters, reports, an undone decision, a new text that waits, trust."""
    Report.make(kept, by=cast.owner, reason="private", words="She may not want it told.")
    kept.dismiss_reports(by=cast.moderator, revision=kept.revision)
    Report.make(kept, by=cast.newcomer if kept.author_id != cast.newcomer.user_id else cast.member, reason="other")
    hung = make_story(author=cast.member, moderator=cast.moderator, body="On the wall, and changing.")
    make_edit(hung, author=cast.member, body="On the wall, changed.")
    hung.remove(by=cast.moderator, revision=hung.revision, message="Taken down by mistake.")
    hung.undo(hung.audit_log.latest("pk"), by=cast.moderator)
    back = make_draft(author=cast.member, body="Back again.")
    back.submit(by=cast.member)
    letter: dict[str, Any] = {
        "saw": "You saw her.",
        "reason": "Too long",
        "message": "Shorter.",
        "next_step": "Send it.",
        "talk_to": "Mo",
    }
    with clock.at(timezone.now() - timedelta(minutes=1)):
        back.return_for_change(by=cast.moderator, revision=back.revision, **letter)
    back.stand_by(by=cast.member, message="It is short.")
    Claim.hand(back, by=cast.moderator, to=cast.owner, note="Yours?")
    Phrase.keep("What a kind moment.", by=cast.moderator)
    cast.member.set_trust("always", by=cast.moderator)
    cast.moderator.go_away_until(date(2031, 2, 3))


def webp() -> bytes:
    file = BytesIO()
    Image.new("RGB", (192, 192), "teal").save(file, "WEBP")
    return file.getvalue()


# Out and in


def test_a_team_arrives_in_an_empty_installation_with_the_same_wall(cast: Cast) -> None:
    team = lively_team(cast)
    first, before = packed(team), cards(team)
    numbers = list(Story.objects.exclude(state="draft").order_by("pk").values_list("pk", "published_at", "updated_at"))
    empty_installation()
    assert Story.objects.count() == 0
    arrival = take_in(first)
    assert not arrival.renumbered
    assert len(before) == 6
    assert cards(arrival.team) == before
    assert list(Story.objects.order_by("pk").values_list("pk", "published_at", "updated_at")) == numbers
    assert not list(drifted(Story.objects.all()))
    assert not OutboxEvent.objects.filter(team=arrival.team).exists()
    assert Team.objects.at("harbour-team") == arrival.team
    owner = Membership.objects.owners().get(team=arrival.team).user
    assert owner.picture_digest
    assert TeamEntry.objects.of(arrival.team).filter(action="import", actor=None).count() == 1


def test_what_has_arrived_goes_out_again_as_it_was(cast: Cast) -> None:
    team = lively_team(cast)
    first = data_in(packed(team))
    file = packed(team)
    empty_installation()
    second = data_in(packed(take_in(file).team))
    # Whom a domain lets in by themselves is for an owner here to say.
    assert [domain.pop("automatic") for part in (first, second) for domain in part["domains"]] == [True, False]
    assert first.pop("exported_at") < second.pop("exported_at")
    assert first == second
    assert len(first["stories"]) == 15
    assert all(first[part] for part in first), "something of everything"
    for name in (*fields.ADDED, "undoes"):
        rows = [*first["stories"], *first["audit"], *(person["membership"] or {} for person in first["people"])]
        assert any(row.get(name) for row in rows) or name == "watching", name


def test_a_new_text_that_was_taken_back_goes_out_and_arrives(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    edit.publish(by=cast.moderator, revision=edit.revision)
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    file = packed(cast.team)
    before = data_in(file)["audit"]
    empty_installation()
    arrived = take_in(file).team
    assert data_in(packed(arrived))["audit"] == before
    log = AuditEntry.objects.of(arrived).filter(story__edit_of=None).oldest_first()
    assert [entry.action for entry in log] == ["submit", "publish", "edit", "undo"]
    assert log[3].undoes == log[2]


def test_the_demo_makes_the_round(db: None) -> None:
    load(timezone.now())
    team = Team.objects.get(slug="harbour")
    file, before = packed(team), cards(team)
    first = data_in(file)
    empty_installation()
    arrived = take_in(file).team
    assert cards(arrived) == before
    second = data_in(packed(arrived))
    assert first | {"exported_at": ""} == second | {"exported_at": ""}
    assert len(first["stories"]) > 20


def test_what_comes_next_gets_a_number_of_its_own(cast: Cast) -> None:
    team = lively_team(cast)
    file = packed(team)
    empty_installation()
    arrived = take_in(file).team
    highest = Story.objects.latest("pk").pk
    owner = Membership.objects.owners().get(team=arrived)
    assert make_draft(author=owner).pk > highest
    assert make_user(name="Next").pk > owner.user_id


def test_beside_other_teams_stories_get_new_numbers_and_people_are_known_again(cast: Cast) -> None:
    team = lively_team(cast)
    file, before = packed(team), Story.objects.of(team).count()
    drafts = Story.objects.of(team).filter(state="draft").count()
    people = User.objects.count()
    arrival = take_in(file, slug="harbour-again")
    assert arrival.renumbered
    assert arrival.team.slug == "harbour-again"
    # The four who are in it are known by their address; Nia, who had left, by nothing.
    assert (arrival.people_found, arrival.people_new) == (4, 1)
    assert User.objects.count() == people + 1
    assert arrival.slugs_left_out == ["harbour-team"]
    assert Story.objects.of(team).count() == before
    assert Story.objects.of(arrival.team).count() == before - drafts
    assert not list(drifted(Story.objects.all()))
    owner = Membership.objects.get(team=arrival.team, role="owner")
    assert owner.user == cast.owner.user


def test_whoever_had_left_comes_along_without_an_address(cast: Cast) -> None:
    file = packed(lively_team(cast))
    (nia,) = [person for person in data_in(file)["people"] if person["name"] == "Nia Newcomer"]
    assert (nia["email"], nia["membership"]) == (None, None)
    assert cast.newcomer.user.email.encode() not in ZipFile(file).read("team.json")
    empty_installation()
    take_in(file)
    person = User.objects.get(name="Nia Newcomer")
    assert person.email.endswith(NOWHERE)
    assert not person.is_active
    assert not EmailAddress.objects.filter(user=person).exists()


def test_a_story_that_stayed_unnamed_says_nowhere_whose_it_was(cast: Cast) -> None:
    mine = make_draft(author=cast.moderator)
    mine.submit(by=cast.moderator)
    mine.publish(by=cast.second_moderator, revision=mine.revision)
    theirs = make_story(author=cast.member, moderator=cast.moderator)
    cast.moderator.leave(choice="unnamed")
    data = data_in(packed(cast.team))
    (story,) = [story for story in data["stories"] if story["id"] == mine.pk]
    assert (story["author"], story["signature"]) == (None, "")

    def done(pk: int) -> list[tuple[str, int | None]]:
        return [(entry["action"], entry["actor"]) for entry in data["audit"] if entry["story"] == pk]

    assert done(mine.pk) == [("submit", None), ("publish", cast.second_moderator.user_id)]
    assert done(theirs.pk) == [("submit", cast.member.user_id), ("publish", cast.moderator.user_id)]


def test_links_invitations_and_drafts_stay_here(cast: Cast) -> None:
    team = lively_team(cast)
    text = ZipFile(packed(team)).read("team.json").decode()
    assert "guest@example.org" not in text
    assert "One that is draft." not in text
    assert JoinLink.objects.get().digest not in text
    assert "One that is draft." in ZipFile(packed(team, with_drafts=True)).read("team.json").decode()


def test_phrases_and_claims_stay_with_whoever_has_them(cast: Cast) -> None:
    team = lively_team(cast)
    assert (Phrase.objects.count(), Claim.objects.count()) == (1, 1)
    file = packed(team)
    assert b"What a kind moment." not in ZipFile(file).read("team.json")
    empty_installation()
    take_in(file)
    assert not Claim.objects.exists()


def renumbered(data: dict[str, Any]) -> None:
    """New texts have smaller numbers than what they are for, and come first."""
    for rows, name in ((data["stories"], "id"), (data["stories"], "edit_of")):
        for row in rows:
            if row[name] is not None and (name == "edit_of" or row["edit_of"] is None):
                row[name] += 1_000
    edits = {row["id"] for row in data["stories"] if row["edit_of"]}
    for part in ("audit", "uplifts", "reactions", "reports"):
        for row in data[part]:
            row["story"] += 0 if row["story"] in edits else 1_000
    data["stories"].reverse()


@pytest.mark.parametrize("beside", [False, True])
def test_a_new_text_finds_its_story_whatever_their_numbers_are(cast: Cast, beside: bool) -> None:
    file = repacked(packed(lively_team(cast)), renumbered)
    first = data_in(file)["stories"][0]
    assert first["edit_of"] > first["id"]
    if not beside:
        empty_installation()
    arrival = take_in(file, "harbour-again")
    assert arrival.renumbered == beside
    edits = Story.objects.of(arrival.team).exclude(edit_of=None).order_by("state").values_list("edit_of__body", "body")
    taken = "One that is accepted."
    assert list(edits) == [(taken, taken), ("On the wall, and changing.", "On the wall, changed.")]


def test_what_was_undone_or_answered_is_so_there_too(cast: Cast) -> None:
    file = packed(lively_team(cast))
    arrived = take_in(file, "harbour-again").team
    (undoing,) = AuditEntry.objects.filter(story__team=arrived, action=Action.UNDO)
    assert undoing.undoes is not None
    assert (undoing.undoes.action, undoing.undoes.story_id) == ("remove", undoing.story_id)
    assert undoing.undoes.pk < undoing.pk
    answered, still_open = Report.objects.filter(story__team=arrived).order_by("pk")
    assert answered.answer is not None
    assert (answered.answer.action, answered.answer.story_id) == ("keep", answered.story_id)
    assert answered.story.team == arrived
    assert still_open.answer is None
    log = AuditEntry.objects.filter(story__team=arrived).order_by("pk")
    there = AuditEntry.objects.filter(story__team=cast.team).exclude(story__state="draft").order_by("pk")
    assert list(log.values_list("action", "created_at")) == list(there.values_list("action", "created_at"))


def test_what_can_still_be_undone_here_is_settled_there(cast: Cast) -> None:
    pending = make_story(author=cast.member, state="pending")
    pending.decline(by=cast.moderator, revision=pending.revision, message="Not ours to tell.")
    assert pending.settles_at is not None
    story = Story.objects.get(team=take_in(packed(cast.team), "harbour-again").team)
    assert (story.state, story.settles_at) == ("declined", None)


# What version 1 held of each row, as it was written then.
VERSION_1 = {
    "team": (
        *("name", "slug", "tagline", "accent", "visibility", "indexed", "joining", "policy", "newcomer_until"),
        *("answer_hours", "two_factor_required", "created_at"),
    ),
    "membership": ("role", "joined_at", "role_changed_at"),
    "stories": (
        *("id", "author", "kind", "body", "first_quality", "second_quality", "third_quality", "signature", "state"),
        *("revision", "created_at", "updated_at", "submitted_at", "decided_at", "published_at"),
    ),
    "audit": (
        *("story", "actor", "action", "from_state", "to_state", "reason", "message", "revision", "kind", "qualities"),
        *("body", "created_at"),
    ),
}
NEWER = {"aside", "spam", "accepted", "stand-by", "undo", "keep", "hand"}  # states and actions


def as_version_1(data: dict[str, Any]) -> None:
    def only(row: dict[str, Any], kind: str) -> dict[str, Any]:
        return {name: row[name] for name in VERSION_1[kind]}

    data["version"] = 1
    del data["reports"]
    data["team"] = only(data["team"], "team")
    for person in data["people"]:
        person["membership"] = person["membership"] and only(person["membership"], "membership")
    older = [row for row in data["stories"] if row["state"] not in NEWER and row["edit_of"] is None]
    kept = {row["id"] for row in older}
    data["stories"] = [only(row, "stories") for row in older]
    for part in ("audit", "uplifts", "reactions"):
        data[part] = [row for row in data[part] if row["story"] in kept and row.get("action") not in NEWER]
    data["audit"] = [only(row, "audit") for row in data["audit"]]
    data["log"] = [row for row in data["log"] if row["action"] != "trust"]


def test_an_archive_of_the_first_version_still_arrives(cast: Cast) -> None:
    file = repacked(packed(lively_team(cast)), as_version_1)
    empty_installation()
    arrival = take_in(file)
    assert arrival.stories == 11
    assert arrival.team.set_aside_after is None
    assert set(Membership.objects.values_list("trust", "away_until")) == {("", None)}
    assert set(Story.objects.values_list("edit_of", "stood_by_at")) == {(None, None)}
    assert set(AuditEntry.objects.values_list("saw", "next_step", "talk_to", "watching")) == {("", "", "", False)}
    # How often a story was put forward is counted from the log.
    assert set(Story.objects.values_list("rounds", flat=True)) == {1}
    assert not Report.objects.exists()
    assert data_in(packed(arrival.team))["version"] == 2


def test_its_page_is_the_wall_to_read(cast: Cast) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body="<b>Bold</b> of her.")
    make_story(author=cast.member, state="pending", body="Not yet.")
    page = ZipFile(packed(cast.team)).read("index.html").decode()
    assert "&lt;b&gt;Bold&lt;/b&gt; of her." in page
    assert "Mia Member" in page
    assert "Not yet." not in page
    assert page.count("<html") == page.count("</html>") == 1
    assert "<script" not in page


def test_somebody_new_comes_in_by_a_forgotten_password(cast: Cast) -> None:
    file = packed(cast.team)
    empty_installation()
    take_in(file)
    member = User.objects.get(name="Mia Member")
    assert not member.has_usable_password()
    client = Client()
    assert client.post("/accounts/login/", {"login": member.email, "password": PASSWORD}).status_code == 200
    client.post("/accounts/password/reset/", {"email": member.email})
    run_tasks()
    (letter,) = [letter for letter in mail.outbox if letter.to == [member.email]]
    path = next(word for word in letter.body.split() if "/password/reset/key/" in word).partition("example.com")[2]
    path = path or "/" + next(word for word in letter.body.split() if "/key/" in word).split("/", 3)[3]
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "a-new-horse-battery", "password2": "a-new-horse-battery"})
    answer = client.post("/accounts/login/", {"login": member.email, "password": "a-new-horse-battery"}, follow=True)
    if "confirm" in answer.request["PATH_INFO"]:
        run_tasks()
        link = next(word for word in mail.outbox[-1].body.split() if "/confirm-email/" in word)
        client.post("/" + link.split("/", 3)[3])
    assert client.get("/harbour-team/").status_code == 200


def test_an_address_that_was_only_claimed_lets_nobody_in(cast: Cast) -> None:
    file = packed(cast.team)
    email = cast.member.user.email
    empty_installation()
    claimed = User.objects.create_user(email, "the-claimers-password", name="Claimer")
    take_in(file)
    claimed.refresh_from_db()
    assert Membership.objects.filter(user=claimed).exists()
    assert not claimed.has_usable_password()


def test_whatever_was_set_up_for_a_claimed_address_opens_it_to_nobody(cast: Cast) -> None:
    file = packed(cast.team)
    email = cast.member.user.email
    empty_installation()
    claimed = User.objects.create_user(email, "the-claimers-password", name="Claimer")
    for address in (email, "claimer@example.org"):
        EmailAddress.objects.create(user=claimed, email=address, verified=False, primary=address == email)
    SocialAccount.objects.create(user=claimed, provider="oidc", uid="666")
    Authenticator.objects.create(user=claimed, type="webauthn", data={})
    half_way = Client()
    half_way.post("/accounts/login/", {"login": email, "password": "the-claimers-password"})
    assert half_way.session["account_login"]
    take_in(file)
    assert Membership.objects.filter(user=claimed).exists()
    assert not SocialAccount.objects.filter(user=claimed).exists()
    assert not Authenticator.objects.filter(user=claimed).exists()
    assert [address.email for address in EmailAddress.objects.filter(user=claimed)] == [email]
    assert "account_login" not in half_way.session


def test_whoever_has_confirmed_their_address_keeps_all_they_sign_in_with(cast: Cast) -> None:
    member = cast.member.user
    SocialAccount.objects.create(user=member, provider="oidc", uid="1")
    Authenticator.objects.create(user=member, type="totp", data={})
    EmailAddress.objects.create(user=member, email="second@example.org", verified=False)
    client = signed_in(member)
    take_in(packed(cast.team), "harbour-again")
    member.refresh_from_db()
    assert member.has_usable_password()
    assert SocialAccount.objects.filter(user=member).exists()
    assert Authenticator.objects.filter(user=member).exists()
    assert EmailAddress.objects.filter(user=member).count() == 2
    assert client.get("/harbour-again/").status_code == 200


def test_an_operator_who_has_confirmed_nothing_is_not_taken_for_somebody_of_the_file(cast: Cast) -> None:
    file = packed(cast.team)
    email = cast.member.user.email
    empty_installation()
    User.objects.create_superuser(email, PASSWORD, name="Opal")
    with pytest.raises(Unreadable, match="has not confirmed"):
        take_in(file)
    assert User.objects.get().has_usable_password()


def test_nobody_becomes_an_operator_by_an_import(cast: Cast) -> None:
    rights = {"is_staff": True, "is_superuser": True, "is_active": True, "user_permissions": [1], "groups": [1]}

    def grant(data: dict[str, Any]) -> None:
        for person in data["people"]:
            person.update(rights)
            if person["membership"]:
                person["membership"].update(rights)

    file = repacked(packed(lively_team(cast)), grant)
    take_in(file, "harbour-again")
    assert not User.objects.filter(Q(is_staff=True) | Q(is_superuser=True)).exists()
    empty_installation()
    take_in(file)
    assert User.objects.exists()
    assert not User.objects.filter(Q(is_staff=True) | Q(is_superuser=True)).exists()


def test_domains_of_the_file_let_nobody_in_by_themselves(cast: Cast) -> None:
    def open_wide(data: dict[str, Any]) -> None:
        data["team"]["joining"] = "domain"
        for domain in ("gmail.com", "example.org"):
            data["domains"].append({"domain": domain, "automatic": True, "created_at": "2020-01-01T00:00:00Z"})

    arrival = take_in(repacked(packed(cast.team), open_wide), "harbour-again")
    assert [(one.domain, one.automatic) for one in TeamDomain.objects.of(arrival.team)] == [("example.org", False)]
    assert (arrival.domains_left_out, arrival.domains_asking) == (["gmail.com"], ["example.org"])
    for email in ("new@gmail.com", "new@example.org"):
        new = make_user(email=email)
        Client().post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert not Membership.objects.filter(user=new).exists()


def test_an_address_in_use_that_nobody_has_confirmed_is_for_the_operator_to_settle(cast: Cast) -> None:
    file = packed(cast.team)
    email = cast.member.user.email
    empty_installation()
    User.objects.create_user(email, name="User", last_login=timezone.now())
    with pytest.raises(Unreadable, match="has not confirmed"):
        take_in(file)
    assert not Team.objects.exists()


# What a file may not be


def test_an_address_that_is_taken_needs_another(cast: Cast) -> None:
    file = packed(cast.team)
    for slug in ("", "elsewhere", "settings", "not a slug"):
        with pytest.raises(SlugTaken):
            take_in(file, slug)
    assert Team.objects.count() == 2


def set_in(part: str, name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        rows = data[part] if isinstance(data[part], list) else [data[part]]
        for row in rows:
            row[name] = value

    return change


def drop(part: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data.pop(part)


def twice(part: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data[part].append(data[part][0])


def log_row(action: str, detail: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    row = {"actor": None, "subject": None, "action": action, "detail": detail, "created_at": "2026-01-01T00:00:00Z"}
    return lambda data: data["log"].append(row)


def story_row(index: Callable[[dict[str, Any]], bool], **values: Any) -> Callable[[dict[str, Any]], None]:
    """The first story of the file of which that is so, with other values."""
    return lambda data: next(row for row in data["stories"] if index(row)).update(values)


def is_edit(row: dict[str, Any]) -> bool:
    return row["edit_of"] is not None


def edits_of_each_other(data: dict[str, Any]) -> None:
    one, other = (row for row in data["stories"] if is_edit(row))
    one["edit_of"], other["edit_of"] = other["id"], one["id"]


def edit_of_itself(data: dict[str, Any]) -> None:
    edit = next(row for row in data["stories"] if is_edit(row))
    edit["edit_of"] = edit["id"]


def edit_of_somebody_elses(data: dict[str, Any]) -> None:
    edit = next(row for row in data["stories"] if is_edit(row))
    others = (row for row in data["stories"] if row["author"] not in (None, edit["author"]))
    edit["edit_of"] = next(others)["id"]


def edit_of_nobodys(data: dict[str, Any]) -> None:
    edit = next(row for row in data["stories"] if is_edit(row))
    edit["edit_of"] = next(row["id"] for row in data["stories"] if row["author"] is None)


def two_open_edits(data: dict[str, Any]) -> None:
    edit = next(row for row in data["stories"] if is_edit(row) and row["state"] == "pending")
    data["stories"].append({**edit, "id": 10_000})


def undoing(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: next(row for row in data["audit"] if row["action"] == "undo").update(values)


def undoing_of(wanted: Callable[[dict[str, Any], dict[str, Any]], bool]) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        undo = next(row for row in data["audit"] if row["action"] == "undo")
        undo["undoes"] = next(row["id"] for row in data["audit"] if wanted(row, undo))

    return change


def undone_twice(data: dict[str, Any]) -> None:
    undo = next(row for row in data["audit"] if row["action"] == "undo")
    data["audit"].append({**undo, "id": 10_000})


def undone_before_it_was_done(data: dict[str, Any]) -> None:
    undo = next(row for row in data["audit"] if row["action"] == "undo")
    data["audit"].remove(undo)
    data["audit"].insert(0, undo)


def undoes_without_being_an_undoing(data: dict[str, Any]) -> None:
    undo = next(row for row in data["audit"] if row["action"] == "undo")
    undo["action"] = "edit"


def answered_with(wanted: Callable[[dict[str, Any], dict[str, Any]], bool]) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        report = data["reports"][0]
        report["answer"] = next(row["id"] for row in data["audit"] if wanted(row, report))

    return change


def member(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: next(row for row in data["people"] if row["membership"])["membership"].update(values)


WRONG = [
    drop("stories"),
    drop("team"),
    drop("people"),
    twice("stories"),
    twice("people"),
    twice("uplifts"),
    twice("reactions"),
    twice("reasons"),
    set_in("team", "name", ""),
    set_in("team", "name", 7),
    set_in("team", "policy", "whatever"),
    set_in("team", "slug", "../etc"),
    set_in("team", "created_at", "yesterday"),
    set_in("team", "created_at", "2026-01-01T00:00:00"),
    set_in("stories", "published_at", "0001-01-01T00:00:00Z"),
    set_in("stories", "published_at", "0001-01-01T00:00:00+14:00"),
    set_in("stories", "published_at", "9999-12-31T23:59:59-14:00"),
    set_in("stories", "created_at", "1999-12-31T23:59:59Z"),
    set_in("uplifts", "created_at", (timezone.now() + timedelta(days=30)).isoformat()),
    set_in("team", "indexed", "yes"),
    set_in("people", "email", "nonsense"),
    set_in("people", "email", None),
    set_in("people", "id", "1"),
    set_in("people", "membership", None),
    set_in("people", "membership", {"role": "member", "joined_at": "2026-01-01T00:00:00Z"}),
    set_in("people", "name", "nul\x00"),
    set_in("people", "parting", "never"),
    set_in("stories", "id", 2**62),
    set_in("stories", "author", 10**6),
    set_in("stories", "state", "pinned"),
    set_in("stories", "state", "pending"),
    set_in("stories", "published_at", None),
    set_in("stories", "body", ""),
    set_in("stories", "body", "x" * 20_000),
    set_in("stories", "revision", True),
    set_in("stories", "second_quality", "hope"),
    set_in("stories", "third_quality", "love"),
    set_in("team", "visibility", "members"),
    set_in("audit", "message", ""),
    set_in("audit", "story", 10**6),
    set_in("audit", "actor", 10**6),
    set_in("audit", "action", "burn"),
    set_in("uplifts", "person", None),
    set_in("reactions", "kind", "shrug"),
    set_in("log", "detail", "text"),
    set_in("log", "action", "import"),
    log_row("invite", {"people": "x"}),
    log_row("invite", {"people": True}),
    log_row("invite", {"role": {}}),
    log_row("reasons", {"from": 1}),
    log_row("reasons", {"to": [[]]}),
    log_row("change", {"field": []}),
    log_row("change", {"to": {}}),
    log_row("domain-add", {"automatic": "yes"}),
    log_row("join", {"by": []}),
    log_row("role", {"to": "emperor"}),
    log_row("leave", {"whatever": "x"}),
    set_in("domains", "domain", "UPPER.example"),
    lambda data: data.update(format="kindwall-person"),
    lambda data: data.update(version=3),
    lambda data: data.update(version=[]),
    drop("reports"),
    twice("reports"),
    twice("audit"),
    edits_of_each_other,
    edit_of_itself,
    edit_of_somebody_elses,
    edit_of_nobodys,
    two_open_edits,
    story_row(is_edit, edit_of=10**6),
    story_row(is_edit, edit_of="1"),
    story_row(is_edit, edit_of=None, state="accepted"),
    story_row(is_edit, state="published", published_at="2026-01-01T00:00:00Z"),
    story_row(is_edit, state="aside", published_at="2026-01-01T00:00:00Z"),
    story_row(lambda row: row["state"] == "aside", published_at=None),
    set_in("stories", "rounds", -1),
    set_in("stories", "rounds", None),
    undoing(undoes=None),
    undoing(undoes=10**6),
    undoing(undoes=[]),
    undoing_of(lambda row, undo: row["story"] != undo["story"] and row["action"] == "publish"),
    undoing_of(lambda row, undo: row["story"] == undo["story"] and row["action"] == "submit"),
    undone_twice,
    undone_before_it_was_done,
    undoes_without_being_an_undoing,
    set_in("audit", "id", 1),
    set_in("audit", "id", {}),
    set_in("audit", "saw", None),
    set_in("audit", "watching", "yes"),
    set_in("reports", "answer", 10**6),
    answered_with(lambda row, report: row["story"] != report["story"] and row["action"] == "remove"),
    answered_with(lambda row, report: row["story"] == report["story"] and row["action"] == "publish"),
    set_in("reports", "reason", "dull"),
    set_in("reports", "person", 10**6),
    set_in("reports", "story", 10**6),
    member(trust="king"),
    member(trust=None),
    member(away_until="soon"),
    member(away_until="1999-12-31"),
    member(away_until="9999-12-31"),
    set_in("team", "set_aside_after", 0),
    set_in("team", "set_aside_after", "3"),
    log_row("trust", {"to": "king"}),
    log_row("trust", {"from": []}),
    lambda data: data.update(former_slugs=["/"]),
]


@pytest.fixture(scope="module")
def lively_file(django_db_setup: None, django_db_blocker: Any) -> bytes:
    """Packed once; of the team nothing stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        file = packed(lively_team(make_cast()))
        transaction.set_rollback(True)
    return file.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("change", WRONG)
def test_of_a_file_with_something_wrong_in_it_nothing_arrives(
    lively_file: bytes, change: Callable[[dict[str, Any]], None]
) -> None:
    file = repacked(BytesIO(lively_file), change)
    # All of it is seen before anything is written; that the database would refuse it too is another matter.
    with pytest.raises(Unreadable):
        open_archive(file)


def test_the_same_file_unchanged_would_have_arrived(cast: Cast) -> None:
    file = repacked(packed(lively_team(cast)), lambda data: None)
    empty_installation()
    assert take_in(file).stories == 15


BAD_FILES = [
    BytesIO(b""),
    BytesIO(b"not a zip file at all"),
    zipped({"data.json": "{}"}),
    zipped({"team.json": "{}", "../../etc/passwd": "x"}),
    zipped({"team.json": "{}", "pictures/../x.webp": "x"}),
    zipped({"team.json": "[" * 200_000}),
    zipped({"team.json": "[]"}),
    zipped({"team.json": '{"format": NaN}'}),
    zipped({"team.json": b"\xff\xfe"}),
    zipped({"team.json": '{"format": "\\ud800"}'}),
]


@pytest.mark.parametrize("file", BAD_FILES)
def test_what_is_no_archive_is_refused(db: None, file: BytesIO) -> None:
    file.seek(0)
    with pytest.raises(Unreadable):
        open_archive(file)


def test_a_picture_that_is_none_is_refused(cast: Cast) -> None:
    data = ZipFile(packed(cast.team)).read("team.json")
    with pytest.raises(Unreadable, match="picture"):
        open_archive(zipped({"team.json": data, f"pictures/{cast.owner.user_id}.webp": b"<svg onload=alert()>"}))


# No column is forgotten

NOT_KEPT = {
    Team: {"id"},
    Reason: {"id", "team"},
    TeamDomain: {"id", "team"},
    Membership: {"id", "team", "user"},  # written with the person
    Parting: {"id", "team", "user", "choice"},  # so is this
    FormerSlug: {"id", "team", "slug"},  # written as a list
    AuditEntry: {"id", "story", "actor", "undoes"},
    Uplift: {"id", "story", "user"},
    Reaction: {"id", "story", "user"},
    Report: {"id", "story", "reporter", "answer"},
    TeamEntry: {"id", "team", "actor", "subject"},
    # Counts are made anew; which composer wrote it matters only while it is open; undoing is over in ten seconds.
    Story: {
        *("id", "team", "author", "edit_of", "composer", "saved_from", "saved_turn", "settles_at"),
        *("uplift_count", "see_count", "high_five_count", "smile_count", "warm_count", "try_count"),
    },
}
OF_ITS_STORIES = {"AuditEntry", "Uplift", "Reaction", "Report"}
KEPT: dict[type, tuple[str, ...]] = {
    Team: fields.TEAM,
    Reason: fields.REASON,
    TeamDomain: fields.DOMAIN,
    Membership: fields.MEMBERSHIP,
    Parting: (),
    FormerSlug: (),
    AuditEntry: fields.AUDIT,
    Uplift: fields.UPLIFT,
    Reaction: fields.REACTION,
    Report: fields.REPORT,
    TeamEntry: fields.LOG,
    Story: fields.STORY,
}


@pytest.mark.parametrize("model", KEPT)
def test_every_column_is_in_the_archive_or_left_out_on_purpose(model: Any) -> None:
    columns = {field.name for field in model._meta.concrete_fields}
    assert columns == set(KEPT[model]) | NOT_KEPT[model]


def test_every_model_of_a_team_is_in_the_archive_or_left_out_on_purpose() -> None:
    """Ways in, what the live wall is told, and exports are this installation's own. Phrases are each moderator's."""
    relations: list[Any] = Team._meta.get_fields(include_hidden=True)
    of_a_team = {field.related_model.__name__ for field in relations if field.one_to_many}
    own = {"JoinLink", "Invitation", "OutboxEvent", "Export", "Phrase"}
    assert of_a_team == {model.__name__ for model in KEPT} - {"Team"} - OF_ITS_STORIES | own


def test_every_model_of_a_story_is_in_the_archive_or_left_out_on_purpose() -> None:
    """Claims lapse. New texts are stories themselves."""
    relations: list[Any] = Story._meta.get_fields(include_hidden=True)
    of_a_story = {field.related_model.__name__ for field in relations if field.auto_created and not field.concrete}
    assert of_a_story == OF_ITS_STORIES | {"Claim", "Story"}


# The pages


def test_an_owner_takes_the_team_with_them(cast: Cast, story: Story) -> None:
    client = confirmed(cast.owner)
    page = text_of(client.get(HERE))
    assert "Drafts are not in it" in page
    archive = opened(client.post(HERE))
    assert set(archive.namelist()) == {"team.json", "index.html"}
    assert TeamEntry.objects.of(cast.team).filter(action="export", actor=cast.owner.user).count() == 1


def test_its_page_costs_the_same_however_large_the_team_is(cast: Cast) -> None:
    client = signed_in(cast.owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(HERE).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for _ in range(3):
        make_story(author=make_member(team=cast.team), moderator=cast.moderator)
    assert queries() == few


def test_it_asks_who_it_is_first(cast: Cast) -> None:
    client = signed_in(cast.owner)
    assert client.get(HERE).status_code == 200
    for path in (HERE, f"{HERE}download/"):
        assert client.post(path)["Location"].startswith("/accounts/reauthenticate/?next=%2Fharbour-team%2Fsettings")
    assert not TeamEntry.objects.filter(action="export").exists()


def test_a_large_team_is_packed_in_the_background(cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team_archive, "MOST_AT_ONCE", -1)
    client = confirmed(cast.owner)
    assert "Being packed." in text_of(client.post(HERE, follow=True))
    assert client.post(f"{HERE}download/").status_code == 404
    run_tasks()
    run_tasks()
    assert mail.outbox[-1].to == [cast.owner.user.email]
    assert HERE in mail.outbox[-1].body
    assert "Download" in text_of(client.get(HERE))
    assert "team.json" in opened(client.post(f"{HERE}download/")).namelist()
    # Neither under another team's name, nor for another owner, nor for one who is none any more.
    second = make_member(team=cast.team, name="Second", role="owner")
    assert confirmed(second).post(f"{HERE}download/").status_code == 404
    cast.owner.change_role("member", by=second)
    assert client.post(f"{HERE}download/").status_code == 403


def operator() -> User:
    person = make_user(name="Opal Operator")
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    return User.objects.get(pk=person.pk)


def upload(client: Client, file: BytesIO, slug: str = "") -> Any:
    file.name = "team.zip"
    file.seek(0)
    return client.post("/teams/import/", {"file": file, "slug": slug})


def test_the_operator_takes_a_team_in(cast: Cast, story: Story) -> None:
    file, client = packed(cast.team), confirmed(operator())
    assert client.get("/teams/import/").status_code == 200
    taken = upload(client, file)
    assert taken.status_code == 422
    assert "is taken here" in text_of(taken)
    answer = upload(client, file, "harbour-two")
    assert answer.status_code == 200
    assert "Harbour has arrived" in text_of(answer)
    assert "all of them have new ones" in text_of(answer)
    for person, role in ((cast.owner, "Owner"), (cast.moderator, "Moderator")):
        assert f"{person.user.name}</strong> ({person.user.email}): {role}" in text_of(answer)
    assert cast.member.user.email not in text_of(answer)
    assert TeamEntry.objects.get(action="import").actor is not None
    assert signed_in(cast.member).get("/harbour-two/").status_code == 200
    refused = upload(client, BytesIO(b"something else"))
    assert refused.status_code == 422
    assert "no archive that Kindwall has packed" in text_of(refused)


def test_only_a_confirmed_operator_does(cast: Cast) -> None:
    assert signed_in(cast.owner).get("/teams/import/").status_code == 403
    person = operator()
    assert signed_in(person).get("/teams/import/")["Location"].startswith("/accounts/reauthenticate/")


def test_nor_does_an_operator_without_a_second_factor_or_whose_session_has_not_shown_it(cast: Cast) -> None:
    person, file = operator(), packed(cast.team)
    older = Client()
    older.force_login(person)
    for answer in (older.get("/teams/import/"), upload(older, file, "harbour-two")):
        assert answer["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fteams%2Fimport%2F"
    Authenticator.objects.all().delete()
    client = confirmed(person)
    for answer in (client.get("/teams/import/"), upload(client, file, "harbour-two")):
        assert answer.status_code == 403
        assert "A second factor, please." in text_of(answer)
    assert not Team.objects.filter(slug="harbour-two").exists()


# By hand


def test_the_commands_make_the_round(cast: Cast, story: Story, tmp_path: Path) -> None:
    file, out = tmp_path / "harbour.zip", StringIO()
    call_command("export_team", "harbour-team", str(file), stdout=out)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert TeamEntry.objects.get(action="export").detail == {"by": "command"}
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_team", "harbour-team", str(file))
    with pytest.raises(CommandError, match="no team"):
        call_command("export_team", "nowhere", str(tmp_path / "x.zip"))
    with pytest.raises(CommandError, match="--slug"):
        call_command("import_team", str(file))
    call_command("import_team", str(file), "--slug", "harbour-two", stdout=out)
    assert "is at /harbour-two/: 1 stories; 0 new people, 5 who were here already." in out.getvalue()
    assert "new ones" in out.getvalue()
    assert f"owner: {cast.owner.user.name} <{cast.owner.user.email}>" in out.getvalue()
    assert cast.member.user.email not in out.getvalue()
    assert TeamEntry.objects.get(action="import").detail == {"by": "command"}
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_team", str(tmp_path / "none.zip"))


def test_disk_that_is_full_leaves_no_half_file_behind(
    cast: Cast, story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "harbour.zip"
    with monkeypatch.context() as patch:
        patch.setattr("archives.team_export.page", fill)
        with pytest.raises(CommandError, match="No space left"):
            call_command("export_team", "harbour-team", str(file))
        client = confirmed(cast.owner)
        client.raise_request_exception = False
        answer = client.post(HERE)
        assert (answer.status_code, "In a moment, please." in text_of(answer)) == (503, True)
    assert not file.exists()
    assert not TeamEntry.objects.filter(detail={"by": "command"}).exists()
    call_command("export_team", "harbour-team", str(file), stdout=StringIO())
    assert data_in(BytesIO(file.read_bytes()))["stories"]
    outage.failed_writes.latest = None


def test_export_that_finds_the_disk_full_can_be_asked_for_again(
    cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team_archive, "MOST_AT_ONCE", -1)
    monkeypatch.setattr("archives.models.export.PART", 100)
    client, store = confirmed(cast.owner), ExportPart.save
    stored: list[ExportPart] = []

    def fill(part: ExportPart, *arguments: Any, **options: Any) -> None:
        if len(stored) == 2:
            raise OperationalError("database or disk is full")
        stored.append(part)
        store(part, *arguments, **options)

    client.post(HERE)
    with monkeypatch.context() as patch:
        patch.setattr(ExportPart, "save", fill)
        with pytest.raises(OperationalError):
            run_tasks()
    assert len(stored) == 2
    assert not ExportPart.objects.exists()
    page = text_of(client.get(HERE))
    assert "Being packed." not in page
    assert "did not work out" in page
    DBTaskResult.objects.all().delete()
    client.post(HERE)
    run_tasks()
    assert "team.json" in opened(client.post(f"{HERE}download/")).namelist()


def test_lock_or_full_disk_is_no_fault_of_the_file(cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fill(*_: object, **__: object) -> None:
        raise OperationalError("database or disk is full")

    path = tmp_path / "harbour.zip"
    path.write_bytes(packed(cast.team).getvalue())
    monkeypatch.setattr("archives.import_team.create_in_order", fill)
    with pytest.raises(OperationalError):
        take_in(BytesIO(path.read_bytes()), "harbour-two")
    with pytest.raises(CommandError, match="database could not keep it"):
        call_command("import_team", str(path), "--slug", "harbour-two")
    assert not Team.objects.filter(slug="harbour-two").exists()


def test_pages_and_command_tell_of_domains(cast: Cast, tmp_path: Path) -> None:
    for domain in ("gmail.com", "harbour.example"):
        TeamDomain.objects.create(team=cast.team, domain=domain, automatic=True)
    file, client = packed(cast.team), confirmed(operator())
    page = text_of(upload(client, file, "harbour-two"))
    assert "Anybody can have an address at gmail.com" in page
    assert "at harbour.example do not join by themselves any more" in page
    path, out = tmp_path / "harbour.zip", StringIO()
    path.write_bytes(file.getvalue())
    call_command("import_team", str(path), "--slug", "harbour-three", stdout=out)
    assert "Anybody can have an address at gmail.com" in out.getvalue()
    assert "at harbour.example do not join by themselves any more" in out.getvalue()


def test_times_are_kept_to_the_microsecond(cast: Cast, story: Story) -> None:
    moment = timezone.now().replace(microsecond=123457) - timedelta(days=1)
    Story.objects.filter(pk=story.pk).update(published_at=moment)
    file = packed(cast.team)
    empty_installation()
    assert Story.objects.get(team=take_in(file).team).published_at == moment


def test_an_import_of_nothing_but_people_is_fine(db: None) -> None:
    owner = make_member(team=make_team(slug="quiet"), name="Ona", role="owner")
    file = packed(owner.team)
    empty_installation()
    assert take_in(file).stories == 0
