"""Taking one's own data along: everything, and nothing of anybody else's."""

import json
from collections.abc import Iterator
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
from django.utils import timezone

from accounts.models import Invitation, JoinLink, Membership, Parting, TeamEntry, User
from archives import mine
from archives.models import Export
from archives.models.export import LONGEST_PACKING, PART
from archives.packing import download
from stories.models import ReactionKind, Story
from tests.archives.conftest import confirmed, run_tasks
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_draft, make_story, make_user
from tests.kindwall.test_bridge import ask
from tests.pages import text_of


def whole(answer: Any) -> bytes:
    assert answer.status_code == 200, answer
    assert answer.streaming
    content: bytes = b"".join(answer.streaming_content)
    assert int(answer["Content-Length"]) == len(content)
    return content


def opened(answer: Any) -> ZipFile:
    return ZipFile(BytesIO(whole(answer)))


def data_in(archive: ZipFile) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(archive.read("data.json"))
    return data


def exported(person: Membership | User) -> ZipFile:
    return opened(confirmed(person).post("/me/data/export/"))


def relations() -> set[str]:
    """Every field by which a row belongs to a person."""
    fields: list[Any] = User._meta.get_fields(include_hidden=True)
    return {
        f"{field.related_model._meta.app_label}.{field.related_model.__name__}.{field.field.name}"
        for field in fields
        if field.auto_created and not field.concrete and not field.many_to_many
    }


def test_every_relation_to_a_person_is_exported_or_left_out_for_a_reason() -> None:
    assert relations() == set(mine.SECTIONS) | set(mine.NOT_EXPORTED_BECAUSE)
    assert not set(mine.SECTIONS) & set(mine.NOT_EXPORTED_BECAUSE)
    assert all(mine.NOT_EXPORTED_BECAUSE.values())
    assert len(relations()) > 15


def test_every_section_that_is_promised_is_there(cast: Cast) -> None:
    document = mine.document_of(cast.member.user)
    assert set(mine.SECTIONS.values()) <= set(document)


def test_no_relation_is_found_by_a_name_alone() -> None:
    """Every model that speaks of people is installed; a typing mistake in the table would not be seen otherwise."""
    for name in mine.SECTIONS:
        app, model, field = name.split(".")
        assert apps.get_model(app, model)._meta.get_field(field)


def test_it_holds_what_somebody_wrote_and_did(cast: Cast, story: Story) -> None:
    me, client = cast.member, Client()
    client.post("/accounts/login/", {"login": me.user.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    make_draft(author=me, body="Half a th")
    make_story(author=me, moderator=cast.moderator, state="returned", body="He was mean.")
    other = make_story(author=cast.newcomer, moderator=cast.moderator, body="Somebody else’s words.")
    other.toggle_uplift(by=me)
    other.toggle_reaction(ReactionKind.WARM, by=me)
    Parting.choose(me.user, cast.team, "unnamed")
    EmailAddress.objects.create(user=me.user, email="second@example.org", verified=False)
    SocialAccount.objects.create(user=me.user, provider="oidc", uid="mia-77")
    Authenticator.objects.create(user=me.user, type="totp", data={"secret": "SEED-OF-MINE"})
    TeamEntry.write(cast.team, cast.owner.user, TeamEntry.Action.ROLE, subject=me.user, detail={"from": "member"})
    archive = opened(client.post("/me/data/export/"))
    data = data_in(archive)
    assert (data["format"], data["version"]) == ("kindwall-person", 1)
    assert data["profile"]["name"] == "Mia Member"
    assert {address["email"] for address in data["email_addresses"]} == {me.user.email, "second@example.org"}
    assert [(team["team"], team["role"]) for team in data["teams"]] == [("harbour-team", "member")]
    assert [wish["choice"] for wish in data["partings"]] == ["unnamed"]
    assert [one["state"] for one in data["stories"]] == ["published", "draft", "returned"]
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


def test_it_holds_nothing_of_anybody_else(cast: Cast) -> None:
    me = cast.moderator
    story = make_story(author=cast.member, moderator=me, body="Mia’s own words.", state="returned")
    story.refresh_from_db()
    hung = make_story(author=cast.newcomer, moderator=me, body="Nia’s own words.")
    hung.toggle_uplift(by=me)
    Invitation.objects.create(team=cast.team, email="guest@example.org", invited_by=me.user, expires_at=timezone.now())
    Authenticator.objects.create(user=me.user, type="totp", data={"secret": "SEED-OF-MINE"})
    _link, token = JoinLink.make(by=cast.owner, role="member", expires_at=None, most_uses=None)
    archive = exported(me)
    data = data_in(archive)
    assert data["invitations_sent"] == 1
    assert {one["action"] for one in data["decisions"]} == {"return", "publish"}
    assert "Please say what happened." in {one["message"] for one in data["decisions"]}
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    others = ("own words", "Mia", "Nia", "guest@example.org", "SEED-OF-MINE", cast.member.user.email, token)
    for secret in (*others, me.user.password):
        assert secret not in everything, secret


def test_its_page_needs_nothing_and_escapes_everything(cast: Cast) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body='<script>alert("x")</script> & more')
    page = exported(cast.member).read("index.html").decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert 'dir="auto"' in page
    for outside in ('src="http', 'href="http', "url(", "@import", "<link"):
        assert outside not in page, outside


def test_the_picture_is_in_it(cast: Cast) -> None:
    cast.member.user.set_picture(b"a picture")
    archive = exported(cast.member)
    assert archive.read("picture.webp") == b"a picture"
    assert data_in(archive)["profile"]["picture"] == "picture.webp"


def test_it_asks_who_it_is_first(cast: Cast) -> None:
    client = signed_in(cast.member)
    for path in ("/me/data/export/", "/me/data/download/"):
        answer = client.post(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Fme%2Fdata%2F")
    assert not Export.objects.exists()


def test_three_in_an_hour_are_enough(cast: Cast) -> None:
    client = confirmed(cast.member)
    answers = [client.post("/me/data/export/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    for answer in answers[:3]:
        whole(answer)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mine, "MOST_AT_ONCE", -1)


def test_what_is_large_is_packed_in_the_background_and_fetched_later(cast: Cast, story: Story, large: None) -> None:
    client = confirmed(cast.member)
    answer = client.post("/me/data/export/", follow=True)
    assert "Being packed." in text_of(answer)
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
    assert "Being packed." not in page
    assert "Download" in page
    data = data_in(opened(client.post("/me/data/download/")))
    assert [one["id"] for one in data["stories"]] == [story.pk]


def test_an_export_is_only_its_persons(cast: Cast, story: Story, large: None) -> None:
    confirmed(cast.member).post("/me/data/export/")
    run_tasks()
    assert confirmed(cast.owner).post("/me/data/download/").status_code == 404


def test_an_export_lies_in_parts_and_goes_after_a_week(cast: Cast) -> None:
    export, _new = Export.ask(cast.member.user, None, "mine.zip")
    content = bytes(range(256)) * (PART // 128) + b"end"
    export.keep(BytesIO(content))
    export.keep(BytesIO(content))  # a task that is run twice
    assert export.parts.count() == 3
    assert b"".join(export.read()) == content
    assert export.size == len(content)
    Export.objects.update(expires_at=timezone.now())
    assert not Export.objects.ready()
    Export.ask(cast.owner.user, None, "another.zip")
    assert list(Export.objects.values_list("name", flat=True)) == ["another.zip"]


@pytest.mark.django_db(transaction=True)
def test_a_large_one_is_sent_part_by_part() -> None:
    export, _new = Export.ask(make_user(), None, "large.zip")
    content = bytes(range(256)) * (PART // 64)
    export.keep(BytesIO(content))

    def pieces() -> Iterator[bytes]:
        try:
            yield from export.read()
        finally:
            connection.close()  # of the server's thread

    reader, _ = ask(lambda request: download(pieces(), export.name, export.size))
    assert reader.body == content
    assert reader.complete
    assert reader.headers[b"content-length"] == b"%d" % len(content)
    assert max(len(message.get("body", b"")) for message in reader.sent) == PART


def test_packing_that_fails_says_so_and_may_be_tried_again(
    cast: Cast, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("no space left")

    client = confirmed(cast.member)
    with monkeypatch.context() as broken:
        broken.setattr("archives.tasks.pack_mine", fail)
        client.post("/me/data/export/")
        with pytest.raises(OSError, match="no space"):
            run_tasks()
    assert "That did not work out." in text_of(client.get("/me/data/"))
    client.post("/me/data/export/")
    run_tasks()
    assert "Download" in text_of(client.get("/me/data/"))


def test_packing_that_never_ended_may_be_asked_for_again(cast: Cast, large: None) -> None:
    client = confirmed(cast.member)
    client.post("/me/data/export/")
    Export.objects.update(asked_at=timezone.now() - LONGEST_PACKING)
    assert "That did not work out." in text_of(client.get("/me/data/"))
    client.post("/me/data/export/")
    assert Export.objects.count() == 2


def test_the_page_costs_the_same_however_much_there_is(cast: Cast, django_assert_num_queries: Any, large: None) -> None:
    client = signed_in(cast.member)
    client.get("/me/data/")
    for _ in range(2):
        make_story(author=cast.member, moderator=cast.moderator)
        with django_assert_num_queries(3):
            client.get("/me/data/")


def test_a_visitor_signs_in_first() -> None:
    assert Client().get("/me/data/")["Location"] == "/accounts/login/?next=/me/data/"
