"""Commands of the operator for people who are locked out."""

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from accounts.models import TeamEntry
from tests.conftest import Cast, signed_in
from tests.factories import give_second_factor
from tests.pages import text_of


def run(*arguments: str) -> str:
    said = StringIO()
    call_command(*arguments, stdout=said)
    return said.getvalue()


def test_team_gets_an_owner_who_can(cast: Cast) -> None:
    member = cast.member
    assert "owns Harbour now" in run("make_owner", "harbour-team", member.user.email.upper())
    member.refresh_from_db()
    assert (member.role, cast.owner.role) == ("owner", "owner")
    assert TeamEntry.objects.get(action="role").subject == member.user
    log = text_of(signed_in(cast.owner).get("/harbour-team/settings/log/"))
    assert re.search(r"The operator.*changed the role of.*Mia Member", log, re.DOTALL)


def test_only_person_of_the_team_can_be_made_its_owner(cast: Cast) -> None:
    with pytest.raises(CommandError, match="No team has the address nowhere"):
        run("make_owner", "nowhere", cast.member.user.email)
    with pytest.raises(CommandError, match="Nobody in Harbour"):
        run("make_owner", "harbour-team", cast.stranger.email)


def test_person_who_has_lost_their_second_factor_signs_in_without(cast: Cast) -> None:
    give_second_factor(cast.owner.user)
    give_second_factor(cast.moderator.user)
    assert "password alone" in run("drop_second_factor", cast.owner.user.email)
    assert Authenticator.objects.get().user == cast.moderator.user
    assert "has no second factor" in run("drop_second_factor", cast.owner.user.email)
    with pytest.raises(CommandError, match="Nobody here"):
        run("drop_second_factor", "nobody@example.org")
