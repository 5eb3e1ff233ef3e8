"""Tests of the import of a team: its page, its address and its domains."""

from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client

from accounts.models import Membership, Team, TeamEntry
from accounts.models.team_domain import TeamDomain
from accounts.names import readable_name
from archives.import_team import SlugTaken
from stories.models import (
    Story,
)
from tests.archives.conftest import confirmed
from tests.archives.team_archives import (
    empty_the_installation,
    import_file,
    make_operator,
    packed_team,
    upload,
    with_changed_data,
)
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_user
from tests.pages import text_of


def test_imported_domains_let_nobody_join_automatically(cast: Cast) -> None:
    def open_wide(data: dict[str, Any]) -> None:
        data["team"]["joining"] = "domain"
        for domain in ("gmail.com", "example.org"):
            data["domains"].append({"domain": domain, "automatic": True, "created_at": "2020-01-01T00:00:00Z"})

    result = import_file(with_changed_data(packed_team(cast.team), open_wide), "harbour-again")
    assert [(one.domain, one.automatic) for one in TeamDomain.objects.of(result.team)] == [("example.org", False)]
    assert (result.domains_left_out, result.domains_switched_off) == (["gmail.com"], ["example.org"])
    for email in ("new@gmail.com", "new@example.org"):
        new = make_user(email=email)
        Client().post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert not Membership.objects.filter(user=new).exists()


def test_imported_names_can_be_read(cast: Cast) -> None:
    """Their people are not there to choose others, and have to get in."""

    def spoil(data: dict[str, Any]) -> None:
        data["team"] |= {"name": "\u202e", "tagline": " Kind\u200b\u2069 words "}
        data["reasons"] = [{"position": 0, "name": "---", "words": "Please"}]
        for person in data["people"]:
            person["name"] = "\u3164" if person["email"] == cast.member.user.email else "Z" + "\u0301\u0302" * 9

    email = cast.member.user.email
    file = packed_team(cast.team)
    empty_the_installation()
    team = import_file(with_changed_data(file, spoil), "harbour-again").team
    assert (team.name, team.tagline) == (cast.team.slug, "Kind words")
    assert [reason.name for reason in team.reasons.all()] == ["1"]
    names = dict(team.memberships.values_list("user__email", "user__name"))
    assert names.pop(email) == email.partition("@")[0]
    assert set(names.values()) == {readable_name("Z" + "\u0301\u0302" * 9)}


def test_import_is_refused_for_a_taken_or_invalid_slug(cast: Cast) -> None:
    file = packed_team(cast.team)
    for slug in ("", "elsewhere", "settings", "not a slug"):
        with pytest.raises(SlugTaken):
            import_file(file, slug)
    assert Team.objects.count() == 2


def test_operator_imports_a_team(cast: Cast, story: Story) -> None:
    file, client = packed_team(cast.team), confirmed(make_operator())
    assert client.get("/teams/import/").status_code == 200
    taken = upload(client, file)
    assert taken.status_code == 422
    assert "is taken here" in text_of(taken)
    answer = upload(client, file, "harbour-two")
    assert answer.status_code == 200
    assert "<bdi>Harbour</bdi> has arrived" in text_of(answer)
    assert "all of them have new ones" in text_of(answer)
    for person, role in ((cast.owner, "Owner"), (cast.moderator, "Moderator")):
        shown = " ".join(text_of(answer).split())
        assert f"{person.user.name}</bdi></strong> ({person.user.email}): {role}" in shown
    assert cast.member.user.email not in text_of(answer)
    assert TeamEntry.objects.get(action="import").actor is not None
    assert signed_in(cast.member).get("/harbour-two/").status_code == 200
    refused = upload(client, BytesIO(b"something else"))
    assert refused.status_code == 422
    assert "no archive that Kindwall has packed" in text_of(refused)


def test_import_needs_an_operator_with_a_recent_password(cast: Cast) -> None:
    assert signed_in(cast.owner).get("/teams/import/").status_code == 403
    person = make_operator()
    assert signed_in(person).get("/teams/import/")["Location"].startswith("/accounts/reauthenticate/")


def test_import_needs_the_second_factor_in_this_session(cast: Cast) -> None:
    person, file = make_operator(), packed_team(cast.team)
    older = Client()
    older.force_login(person)
    for answer in (older.get("/teams/import/"), upload(older, file, "harbour-two")):
        assert answer["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fteams%2Fimport%2F"
    Authenticator.objects.all().delete()
    client = confirmed(person)
    for answer in (client.get("/teams/import/"), upload(client, file, "harbour-two")):
        assert answer.status_code == 403
        assert "Set up a second factor." in text_of(answer)
    assert not Team.objects.filter(slug="harbour-two").exists()


def test_page_and_command_report_domains_that_were_changed(cast: Cast, tmp_path: Path) -> None:
    for domain in ("gmail.com", "harbour.example"):
        TeamDomain.objects.create(team=cast.team, domain=domain, automatic=True)
    file, client = packed_team(cast.team), confirmed(make_operator())
    page = text_of(upload(client, file, "harbour-two"))
    assert "Anybody can have an address at gmail.com" in page
    assert "at harbour.example do not join by themselves any more" in page
    path, out = tmp_path / "harbour.zip", StringIO()
    path.write_bytes(file.getvalue())
    call_command("import_team", str(path), "--slug", "harbour-three", stdout=out)
    assert "Anybody can have an address at gmail.com" in out.getvalue()
    assert "at harbour.example do not join by themselves any more" in out.getvalue()
