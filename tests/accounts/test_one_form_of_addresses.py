"""The migration that writes addresses as browsers send them, on rows of earlier versions."""

from importlib import import_module

from allauth.account.models import EmailAddress
from django.apps import apps
from django.utils import timezone

from accounts.models import Invitation, Team, TeamDomain, User
from tests.conftest import Cast
from tests.factories import make_user

OLD, NEW = "jo@münchen.example", "jo@xn--mnchen-3ya.example"
write_in_one_form = import_module("accounts.migrations.0012_one_form_of_addresses").write_in_one_form


def make_old_user(email: str = OLD, *, verified: bool = True) -> User:
    """Make a person with an address as earlier versions stored it."""
    user = make_user()
    User.objects.filter(pk=user.pk).update(email=email)
    EmailAddress.objects.filter(user=user).update(email=email, verified=verified)
    user.refresh_from_db()
    return user


def make_old_invitation(team: Team, email: str) -> Invitation:
    return Invitation.objects.create(team=team, email=email, expires_at=timezone.now())


def migrate() -> None:
    write_in_one_form(apps, None)
    write_in_one_form(apps, None)  # repeating it changes nothing


def test_old_rows_are_written_in_the_one_form(cast: Cast) -> None:
    user, invitation = make_old_user(), make_old_invitation(cast.team, OLD)
    domain = TeamDomain.objects.create(team=cast.team, domain="münchen.example", automatic=True)
    second = EmailAddress.objects.create(user=cast.member.user, email="mia@bücher.example")
    migrate()
    for row in (user, invitation, domain, second):
        row.refresh_from_db()
    assert (user.email, invitation.email, domain.domain) == (NEW, NEW, "xn--mnchen-3ya.example")
    assert domain.automatic
    assert user.has_confirmed(NEW)
    assert (second.email, second.verified) == ("mia@xn--bcher-kva.example", False)
    assert User.objects.get(pk=cast.member.user_id).email == cast.member.user.email


def test_one_person_with_both_forms_keeps_one_address(cast: Cast) -> None:
    user = make_old_user(verified=False)
    EmailAddress.objects.create(user=user, email=NEW, verified=True)
    migrate()
    assert [(each.email, each.verified, each.primary) for each in EmailAddress.objects.filter(user=user)] == [
        (NEW, True, True)
    ]


def test_of_two_accounts_the_one_that_confirmed_the_address_has_it(cast: Cast) -> None:
    for confirmed_old, confirmed_new in ((True, False), (False, True), (True, True)):
        User.objects.filter(email__contains="nchen").delete()
        old, new = make_old_user(verified=confirmed_old), make_user(email=NEW)
        EmailAddress.objects.filter(user=new).update(verified=confirmed_new)
        migrate()
        owner, loser = (new, old) if confirmed_new else (old, new)
        owner.refresh_from_db()
        loser.refresh_from_db()
        assert owner.email == NEW
        assert owner.has_confirmed(NEW)
        assert loser.has_no_address
        assert not EmailAddress.objects.filter(user=loser, email=NEW).exists()


def test_newer_of_two_invitations_and_first_automatic_domain_stay(cast: Cast) -> None:
    older, newer = make_old_invitation(cast.team, OLD), make_old_invitation(cast.team, NEW)
    other = cast.foreign_owner.team
    TeamDomain.objects.create(team=cast.team, domain="xn--mnchen-3ya.example", automatic=True)
    TeamDomain.objects.create(team=cast.team, domain="münchen.example")
    TeamDomain.objects.create(team=other, domain="münchen.example", automatic=True)
    migrate()
    assert list(Invitation.objects.open()) == [newer]
    assert Invitation.objects.get(pk=older.pk).email == NEW
    assert list(TeamDomain.objects.order_by("pk").values_list("team", "domain", "automatic")) == [
        (cast.team.pk, "xn--mnchen-3ya.example", True),
        (other.pk, "xn--mnchen-3ya.example", False),
    ]
