"""Tests of the export of a person's own data: all of it, and nothing of other people."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import DepartureChoice, Invitation, JoinLink, Membership, Reason, TeamEntry, User
from accounts.models.reason import ReasonLetter
from archives import personal_export
from archives.models import Export
from archives.models.export import EXPORT_PART_BYTES, LONGEST_PACKING
from archives.zip_file import download
from kindwall import clock
from kindwall.downloads import WRITE
from stories.models import Assignment, Letter, ModeratorNote, ReactionKind, Report, Story
from syndication.models import FeedAddress
from tests.archives.conftest import confirmed, run_tasks
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_draft, make_edit, make_story, make_user
from tests.kindwall.bridges import send_request
from tests.pages import text_of

pytestmark = pytest.mark.mostly_once


def content_of(answer: Any) -> bytes:
    assert answer.status_code == 200, answer
    assert answer.streaming
    content: bytes = b"".join(answer.streaming_content)
    assert int(answer["Content-Length"]) == len(content)
    return content


def zip_in(answer: Any) -> ZipFile:
    return ZipFile(BytesIO(content_of(answer)))


def data_in(archive: ZipFile) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(archive.read("data.json"))
    return data


def export_of(person: Membership | User) -> ZipFile:
    return zip_in(confirmed(person).post("/me/data/export/"))


def relations_to_people() -> set[str]:
    """Return every field by which a row belongs to a person."""
    fields: list[Any] = User._meta.get_fields(include_hidden=True)
    return {
        f"{field.related_model._meta.app_label}.{field.related_model.__name__}.{field.field.name}"
        for field in fields
        if field.auto_created and not field.concrete and not field.many_to_many
    }


def test_every_relation_to_a_person_is_exported_or_left_out_for_a_reason() -> None:
    assert relations_to_people() == set(personal_export.SECTIONS) | set(personal_export.NOT_EXPORTED_BECAUSE)
    assert not set(personal_export.SECTIONS) & set(personal_export.NOT_EXPORTED_BECAUSE)
    assert all(personal_export.NOT_EXPORTED_BECAUSE.values())
    assert len(relations_to_people()) > 15


def test_document_has_every_section(cast: Cast) -> None:
    document = personal_export.document_of(cast.member.user)
    assert set(personal_export.SECTIONS.values()) <= set(document)


def test_every_listed_relation_exists() -> None:
    """Every model that speaks of people is installed; a typing mistake in the table would not be seen otherwise."""
    for name in personal_export.SECTIONS:
        app, model, field = name.split(".")
        assert apps.get_model(app, model)._meta.get_field(field)


def test_export_contains_everything_a_person_wrote_and_did(cast: Cast, story: Story) -> None:
    me, client = cast.member, Client()
    client.post("/accounts/login/", {"login": me.user.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    make_draft(author=me, body="Half a th")
    make_story(author=me, moderator=cast.moderator, state="returned", body="He was mean.")
    other = make_story(author=cast.newcomer, moderator=cast.moderator, body="Somebody else’s words.")
    other.toggle_uplift(by=me)
    other.toggle_reaction(ReactionKind.WARM, by=me)
    DepartureChoice.choose(me.user, cast.team, "unnamed")
    EmailAddress.objects.create(user=me.user, email="second@example.org", verified=False)
    SocialAccount.objects.create(user=me.user, provider="oidc", uid="mia-77")
    Authenticator.objects.create(user=me.user, type="totp", data={"secret": "SEED-OF-MINE"})
    TeamEntry.write(cast.team, cast.owner.user, TeamEntry.Action.ROLE, subject=me.user, detail={"from": "member"})
    archive = zip_in(client.post("/me/data/export/"))
    data = data_in(archive)
    assert (data["format"], data["version"]) == ("kindwall-person", 1)
    assert data["profile"]["name"] == "Mia Member"
    assert {address["email"] for address in data["email_addresses"]} == {me.user.email, "second@example.org"}
    assert [(team["team"], team["role"]) for team in data["teams"]] == [("harbour-team", "member")]
    assert [wish["choice"] for wish in data["partings"]] == ["unnamed"]
    assert [one["state"] for one in data["stories"]] == ["published", "draft", "returned"]
    assert data["stories"][0]["rounds"] == 1
    letter = data["stories"][2]["history"][-1]
    assert (letter["by"], letter["message"]) == ("the moderators", "Please say what happened.")
    assert [one["by"] for one in data["stories"][0]["history"]] == ["me", "the moderators"]
    assert [(one["team"], one["story"]) for one in data["uplifts"]] == [("harbour-team", other.pk)]
    assert [(one["kind"], one["story"]) for one in data["reactions"]] == [("warm", other.pk)]
    assert [account["uid"] for account in data["connected_accounts"]] == ["mia-77"]
    assert [factor["type"] for factor in data["second_factors"]] == ["totp"]
    assert [(entry["action"], entry["by_me"], entry["to_me"]) for entry in data["team_log"]] == [("role", False, True)]
    assert len(data["sessions"]) == 1
    page = archive.read("index.html").decode()
    assert "Half a th" in page
    assert "Please say what happened." in page
    assert "The moderators" in page


def test_export_contains_nothing_of_other_people(cast: Cast) -> None:
    me = cast.moderator
    story = make_story(author=cast.member, moderator=me, body="Mia’s own words.", state="returned")
    story.refresh_from_db()
    hung = make_story(author=cast.newcomer, moderator=me, body="Nia’s own words.")
    hung.toggle_uplift(by=me)
    Invitation.objects.create(team=cast.team, email="guest@example.org", invited_by=me.user, expires_at=timezone.now())
    Authenticator.objects.create(user=me.user, type="totp", data={"secret": "SEED-OF-MINE"})
    _link, token = JoinLink.make(by=cast.owner, role="member", expires_at=None, most_uses=None)
    archive = export_of(me)
    data = data_in(archive)
    assert data["invitations_sent"] == 1
    assert {one["action"] for one in data["decisions"]} == {"return", "publish"}
    assert "Please say what happened." in {one["message"] for one in data["decisions"]}
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    others = ("own words", "Mia", "Nia", "guest@example.org", "SEED-OF-MINE", cast.member.user.email, token)
    for secret in (*others, me.user.password):
        assert secret not in everything, secret


def actions_in_history(person: Membership, place: int = 0) -> list[str]:
    return [entry["action"] for entry in personal_export.document_of(person.user)["stories"][place]["history"]]


LETTER = Letter(
    saw="You saw her.", reason="Too long", message="Shorter.", next_step="Send it again.", talk_to="Ask Mo."
)


def test_export_contains_letters_with_all_their_parts(cast: Cast, pending: Story) -> None:
    with clock.at(timezone.now() - timedelta(minutes=1)):
        pending.decline(by=cast.moderator, revision=pending.revision, **LETTER)
    pending.stand_by(by=cast.member, message="It is short enough.")
    archive = export_of(cast.member)
    declined, stood_by = data_in(archive)["stories"][0]["history"][1:]
    assert {name: declined[name] for name in LETTER} == LETTER
    assert (stood_by["by"], stood_by["message"]) == ("me", "It is short enough.")
    (decision,) = personal_export.document_of(cast.moderator.user)["decisions"]
    assert {name: decision[name] for name in LETTER} == LETTER
    for page in (archive.read("index.html"), export_of(cast.moderator).read("index.html")):
        assert all(str(words) in page.decode() for words in LETTER.values())


@pytest.mark.parametrize("action", ["decline", "return", "remove"])
def test_export_of_an_author_has_no_unsettled_or_undone_decision(cast: Cast, action: str) -> None:
    story = make_story(
        author=cast.member, moderator=cast.moderator, state="published" if action == "remove" else "pending"
    )
    before = personal_export.document_of(cast.member.user)["stories"]
    decide = {"decline": story.decline, "return": story.return_for_change, "remove": story.remove}[action]
    decide(by=cast.moderator, revision=story.revision, **LETTER)
    assert story.is_settling
    assert personal_export.document_of(cast.member.user)["stories"] == before
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    assert personal_export.document_of(cast.member.user)["stories"] == before
    # A moderator knows what they have done, and has not done what they took back.
    done = [one["action"] for one in personal_export.document_of(cast.moderator.user)["decisions"]]
    assert done == (["publish"] if action == "remove" else [])
    with clock.at(timezone.now() - timedelta(minutes=1)):
        decide(by=cast.moderator, revision=story.revision, **LETTER)
    assert actions_in_history(cast.member)[-1] == action


def test_export_contains_a_fixed_typo_unless_it_was_undone(cast: Cast, pending: Story) -> None:
    before = actions_in_history(cast.member)
    pending.publish(by=cast.moderator, revision=pending.revision, fixed="Held the door.")
    assert actions_in_history(cast.member) == ["submit", "fix", "publish"]
    pending.undo(pending.audit_log.latest("pk"), by=cast.moderator)
    assert actions_in_history(cast.member) == before == ["submit"]


def test_export_contains_a_published_edit_unless_it_was_undone(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member, body="Held it open.")
    before = personal_export.document_of(cast.member.user)["stories"][0]["history"]
    edit.publish(by=cast.moderator, revision=edit.revision)
    assert personal_export.document_of(cast.member.user)["stories"][0]["history"][-1]["action"] == "edit"
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    told = personal_export.document_of(cast.member.user)["stories"][0]
    assert (told["history"], told["body"]) == (before, story.body)


def test_export_of_an_author_shows_spam_as_waiting(cast: Cast, pending: Story) -> None:
    before = personal_export.document_of(cast.member.user)["stories"]
    pending.mark_spam(by=cast.moderator, revision=pending.revision)
    assert personal_export.document_of(cast.member.user)["stories"] == before
    with clock.at(timezone.now() + timedelta(hours=1)):
        assert personal_export.document_of(cast.member.user)["stories"] == before
    archive = export_of(cast.member)
    pending.withdraw(by=cast.member)
    later = export_of(cast.member)
    (story,) = data_in(later)["stories"]
    last = story["history"][-1]
    assert (last["action"], last["from_state"], last["to_state"]) == ("withdraw", "pending", "draft")
    assert story["decided_at"] is None
    for file in (archive, later):
        everything = b"".join(file.read(name) for name in file.namelist()).decode()
        assert "spam" not in everything.lower()
    # To whoever decided so it is no secret.
    assert [one["action"] for one in personal_export.document_of(cast.moderator.user)["decisions"]] == ["spam"]


def test_export_of_an_author_has_no_trace_of_cleared_spam(cast: Cast, pending: Story) -> None:
    before = personal_export.document_of(cast.member.user)["stories"]
    pending.mark_spam(by=cast.moderator, revision=pending.revision)
    pending.clear_spam(by=cast.moderator, revision=pending.revision)
    assert personal_export.document_of(cast.member.user)["stories"] == before


def test_export_of_an_author_does_not_mention_reports(cast: Cast, story: Story) -> None:
    before = personal_export.document_of(cast.member.user)
    Report.make(story, by=cast.newcomer, reason="hurts", words="Puts me down.")
    story.dismiss_reports(by=cast.moderator, revision=story.revision)
    after = personal_export.document_of(cast.member.user)
    assert after["stories"] == before["stories"]
    assert after["reports"] == []
    assert "Puts me down." not in export_of(cast.member).read("data.json").decode()
    story.hide_for_review()
    story.remove(by=cast.moderator, revision=story.revision, **LETTER)
    with clock.at(timezone.now() + timedelta(minutes=1)):
        (told,) = personal_export.document_of(cast.member.user)["stories"]
    assert [entry["action"] for entry in told["history"]] == ["submit", "publish", "remove"]
    assert told["history"][-1]["from_state"] == "published"


def test_export_of_a_reporter_contains_the_report_and_its_outcome(cast: Cast, story: Story) -> None:
    Report.make(story, by=cast.newcomer, reason="private", words="She asked me not to tell.")
    story.remove(by=cast.moderator, revision=story.revision, **LETTER)

    def told() -> tuple[Any, ...]:
        (report,) = personal_export.document_of(cast.newcomer.user)["reports"]
        return tuple(report[name] for name in ("team", "story", "reason", "words", "outcome"))

    assert told() == ("harbour-team", story.pk, "private", "She asked me not to tell.", None)
    assert "Not answered yet." in export_of(cast.newcomer).read("index.html").decode()
    with clock.at(timezone.now() + timedelta(minutes=1)):
        assert told() == ("harbour-team", story.pk, "private", "She asked me not to tell.", "removed")
        archive = export_of(cast.newcomer)
        assert "A moderator took it down." in archive.read("index.html").decode()
    # The story's own words are its author's.
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert story.body not in everything
    assert "Mia" not in everything


def test_export_of_a_moderator_contains_own_reasons_and_notes(cast: Cast, pending: Story) -> None:
    Reason.save_own(ReasonLetter("Mine", "What a kind moment."), by=cast.moderator)
    Reason.save_own(ReasonLetter("Theirs", "Somebody else’s."), by=cast.owner)
    Assignment.assign(pending, by=cast.owner, to=cast.moderator, note="Words of the owner.")
    Assignment.assign(pending, by=cast.moderator, to=cast.owner, note="You know her better.")
    Assignment.assign(pending, by=cast.second_moderator, to=cast.moderator, note="Words of a colleague.")
    ModeratorNote.write(pending, by=cast.moderator, text="I asked her about it.")
    ModeratorNote.write(pending, by=cast.owner, text="Words of the owner.")
    cast.moderator.go_away_until(date(2031, 2, 3))
    archive = export_of(cast.moderator)
    data = data_in(archive)
    assert [(one["team"], one["words"]) for one in data["own_reasons"]] == [("harbour-team", "What a kind moment.")]
    assert [(one["action"], one["message"]) for one in data["decisions"]] == [("hand", "You know her better.")]
    assert [(one["team"], one["story"]) for one in data["assignments"]] == [("harbour-team", pending.pk)]
    assert [(one["story"], one["text"]) for one in data["moderator_notes"]] == [(pending.pk, "I asked her about it.")]
    assert "Words of" not in json.dumps(data)
    assert data["teams"][0]["away_until"] == "2031-02-03"
    page = archive.read("index.html").decode()
    assert "What a kind moment." in page
    assert "I asked her about it." in page
    assert "Somebody else" not in page
    # It is a word between moderators.
    assert actions_in_history(cast.member) == ["submit"]


def test_export_contains_trust(cast: Cast, story: Story) -> None:
    cast.member.set_trust("always", by=cast.moderator)
    (team,) = personal_export.document_of(cast.member.user)["teams"]
    assert (team["trust"], team["away_until"]) == ("always", None)
    assert team["trust_changed_at"] is not None


def test_export_names_the_moment_of_a_feed_address_alone(cast: Cast) -> None:
    (team,) = personal_export.document_of(cast.member.user)["teams"]
    assert team["feed_address_made_at"] is None
    address, secret = FeedAddress.renew(cast.member)
    document = str(personal_export.document_of(cast.member.user))
    assert f"'feed_address_made_at': '{address.created_at:%Y-%m-%d}" in document
    assert secret not in document
    assert address.digest not in document


def test_exported_edit_names_its_story(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    assert [(one["id"], one["edit_of"]) for one in personal_export.document_of(cast.member.user)["stories"]] == [
        (story.pk, None),
        (edit.pk, story.pk),
    ]


def test_document_needs_the_same_queries_for_any_number_of_rows(cast: Cast, django_assert_num_queries: Any) -> None:
    def report_one() -> None:
        make_story(author=cast.member, moderator=cast.moderator)
        other = make_story(author=cast.newcomer, moderator=cast.moderator)
        Report.make(other, by=cast.member, reason="other")
        other.dismiss_reports(by=cast.moderator, revision=other.revision)
        Reason.save_own(ReasonLetter(f"One more, {other.pk}."), by=cast.member)

    report_one()
    with CaptureQueriesContext(connection) as few:
        personal_export.document_of(cast.member.user)
    report_one()
    with django_assert_num_queries(len(few)):
        personal_export.document_of(cast.member.user)


def test_page_of_the_export_escapes_texts_and_loads_nothing(cast: Cast) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body='<script>alert("x")</script> & more')
    page = export_of(cast.member).read("index.html").decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert 'dir="auto"' in page
    for outside in ('src="http', 'href="http', "url(", "@import", "<link"):
        assert outside not in page, outside


def test_export_contains_the_picture(cast: Cast) -> None:
    cast.member.user.set_picture(b"a picture")
    archive = export_of(cast.member)
    assert archive.read("picture.webp") == b"a picture"
    assert data_in(archive)["profile"]["picture"] == "picture.webp"


def test_personal_export_needs_a_recent_password(cast: Cast) -> None:
    client = signed_in(cast.member)
    for path in ("/me/data/export/", "/me/data/download/"):
        answer = client.post(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Fme%2Fdata%2F")
    assert not Export.objects.exists()


def test_fourth_export_within_an_hour_is_refused(cast: Cast) -> None:
    client = confirmed(cast.member)
    answers = [client.post("/me/data/export/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    for answer in answers[:3]:
        content_of(answer)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_export, "MOST_ROWS_AT_ONCE", -1)


def test_large_export_is_packed_in_the_background(cast: Cast, story: Story, large: None) -> None:
    client = confirmed(cast.member)
    answer = client.post("/me/data/export/", follow=True)
    assert "Your export is being prepared." in text_of(answer)
    # Asking again while it is packed makes no second one.
    client.post("/me/data/export/")
    assert Export.objects.count() == 1
    assert client.post("/me/data/download/").status_code == 404
    run_tasks()
    run_tasks()
    (letter,) = mail.outbox
    assert letter.to == [cast.member.user.email]
    assert "/me/data/" in letter.body
    page = text_of(client.get("/me/data/"))
    assert "Your export is being prepared." not in page
    assert "Download" in page
    data = data_in(zip_in(client.post("/me/data/download/")))
    assert [one["id"] for one in data["stories"]] == [story.pk]


def test_export_is_readable_by_its_person_only(cast: Cast, story: Story, large: None) -> None:
    confirmed(cast.member).post("/me/data/export/")
    run_tasks()
    assert confirmed(cast.owner).post("/me/data/download/").status_code == 404


def test_export_is_stored_in_parts_and_deleted_after_a_week(cast: Cast) -> None:
    export, _new = Export.request(cast.member.user, None, "personal_export.zip")
    content = bytes(range(256)) * (EXPORT_PART_BYTES // 128) + b"end"
    export.store(BytesIO(content))
    export.store(BytesIO(content))  # a task that is run twice
    assert export.parts.count() == 3
    assert b"".join(export.read()) == content
    assert export.size == len(content)
    Export.objects.update(expires_at=timezone.now())
    assert not Export.objects.ready()
    Export.request(cast.owner.user, None, "another.zip")
    assert list(Export.objects.values_list("name", flat=True)) == ["another.zip"]


@pytest.mark.django_db(transaction=True)
def test_large_export_is_sent_part_by_part() -> None:
    export, _new = Export.request(make_user(), None, "large.zip")
    content = bytes(range(256)) * (EXPORT_PART_BYTES // 64)
    export.store(BytesIO(content))

    def pieces() -> Iterator[bytes]:
        for piece in export.read():
            connection.close()  # of the server's thread, which may be another one for each
            yield piece

    reader, _ = send_request(lambda request: download(pieces(), export.name, export.size))
    assert reader.body == content
    assert reader.complete
    assert reader.headers[b"content-length"] == b"%d" % len(content)
    assert max(len(message.get("body", b"")) for message in reader.sent) == WRITE


def test_failed_packing_is_shown_and_can_be_requested_again(
    cast: Cast, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("no space left")

    client = confirmed(cast.member)
    with monkeypatch.context() as broken:
        broken.setattr("archives.tasks.pack_personal_data", fail)
        client.post("/me/data/export/")
        with pytest.raises(OSError, match="no space"):
            run_tasks()
    assert "That did not work out." in text_of(client.get("/me/data/"))
    client.post("/me/data/export/")
    run_tasks()
    assert "Download" in text_of(client.get("/me/data/"))


def test_packing_that_never_ended_can_be_requested_again(cast: Cast, large: None) -> None:
    client = confirmed(cast.member)
    client.post("/me/data/export/")
    Export.objects.update(asked_at=timezone.now() - LONGEST_PACKING)
    assert "That did not work out." in text_of(client.get("/me/data/"))
    client.post("/me/data/export/")
    assert Export.objects.count() == 2


def test_export_page_needs_the_same_queries_for_any_size(
    cast: Cast, django_assert_num_queries: Any, large: None
) -> None:
    client = signed_in(cast.member)
    client.get("/me/data/")
    for _ in range(2):
        make_story(author=cast.member, moderator=cast.moderator)
        with django_assert_num_queries(5):
            client.get("/me/data/")


def test_visitor_is_sent_to_the_sign_in_page() -> None:
    assert Client().get("/me/data/")["Location"] == "/accounts/login/?next=/me/data/"
