"""Teams in the operator's admin: to look at. What a team decides is its owners' to change."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import Membership, Role, User
from tests.conftest import Cast, signed_in
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.once


@pytest.fixture
def operator(cast: Cast) -> Client:
    boss = User.objects.create_superuser("boss@example.org", name="Boss")
    TOTP.activate(boss, generate_totp_secret())
    return signed_in(boss)


def test_team_is_shown_with_its_people_and_changed_by_its_owners(cast: Cast, operator: Client) -> None:
    path = f"/admin/accounts/team/{cast.team.pk}/change/"
    page = operator.get(path)
    assert page.status_code == 200
    shown = words(part(page, "memberships-group"))
    assert "Olu Owner" in shown
    assert "changed by the team’s owners" in shown.lower()
    typed = {attribute(element, "name") for element in elements(text_of(page)) if element.name in ("input", "select")}
    assert not {name for name in typed if name and ("role" in name or "policy" in name)}
    assert operator.post(path, {"name": "Mine now", "memberships-0-role": "member"}).status_code == 403
    assert Membership.objects.get(pk=cast.owner.pk).role == Role.OWNER
    assert operator.get("/admin/accounts/team/add/").status_code == 403


def test_log_can_be_read_and_nothing_of_it_changed(cast: Cast, operator: Client) -> None:
    cast.team.change(by=cast.owner, name="Quay Nine")
    entry = cast.team.log.get()
    log = words(text_of(operator.get("/admin/accounts/teamentry/")))
    assert "What happened" in log
    assert "Olu Owner" in log
    assert operator.get(f"/admin/accounts/teamentry/{entry.pk}/change/").status_code == 200
    for what in ("add/", f"{entry.pk}/delete/"):
        assert operator.get(f"/admin/accounts/teamentry/{what}").status_code == 403
    assert operator.post(f"/admin/accounts/teamentry/{entry.pk}/change/", {"action": "start"}).status_code == 403
    assert cast.team.log.get().action == "change"


@pytest.mark.parametrize("model", ["joinlink", "invitation", "picture"])
def test_links_and_invitations_are_not_in_the_admin(model: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:accounts_{model}_changelist")
