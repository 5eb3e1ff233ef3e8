"""Two e-mail addresses are the same only if they have the same characters."""

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.addresses import clean_address, normal_address
from accounts.forms.invitations import InviteForm
from accounts.models import Invitation, User
from accounts.models.team_domain import has_address_at
from tests.conftest import Cast
from tests.factories import make_user

LOOKALIKES = [
    ("kim@harbour.example", "\u212aim@harbour.example"),  # the sign for kelvin
    ("sam@harbour.example", "\u017fam@harbour.example"),  # the long s
    ("mia@harbour.example", "m\u0131a@harbour.example"),  # the i without a dot
    ("mia@harbour.example", "m\u0130a@harbour.example"),  # the capital I with one
    ("mia@harbour.example", "\uff4dia@harbour.example"),  # full width
    ("mia@kind.example", "mia@\u212aind.example"),
    ("mia@kind.example", "mia@\uff4bind.example"),
]


@pytest.mark.parametrize(
    ("email", "normal"),
    [
        ("Mia@Harbour.Example", "mia@harbour.example"),
        ("mia@BÜCHER.example", "mia@bücher.example"),
        ("\u212aim@harbour.example", "\u212aim@harbour.example"),
        ("\u0130@harbour.example", "i\u0307@harbour.example"),
    ],
)
def test_address_is_compared_in_lower_case_and_never_becomes_ascii(email: str, normal: str) -> None:
    assert normal_address(email) == normal


@pytest.mark.parametrize(("plain", "lookalike"), LOOKALIKES)
def test_address_that_looks_like_another_is_none(plain: str, lookalike: str) -> None:
    assert clean_address(plain.upper()) == plain
    assert normal_address(lookalike) != plain
    with pytest.raises(ValidationError):
        clean_address(lookalike)


@pytest.mark.parametrize(
    "email", ['"a\x01b"@harbour.example', f"{'x' * 250}@harbour.example", "", "mia", "a\x00@b.example"]
)
def test_text_that_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        clean_address(email)


def test_international_domain_is_one() -> None:
    assert clean_address("Mia@Bücher.example") == "mia@bücher.example"


@pytest.mark.parametrize(("plain", "lookalike"), LOOKALIKES)
def test_database_takes_no_lookalike_for_the_address(db: None, plain: str, lookalike: str) -> None:
    """The comparison does not use the database's own, because PostgreSQL's would make capitals of both."""
    person = make_user(email=plain)
    assert person.has_confirmed(plain.upper())
    assert not person.has_confirmed(lookalike)
    assert not User.objects.filter(pk=person.pk, email=normal_address(lookalike)).exists()
    assert User.objects.get_by_natural_key(plain.upper()) == person
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(lookalike)
    other = make_user()
    EmailAddress.objects.filter(user=other).update(email=lookalike)
    assert not other.has_confirmed(plain)
    assert not has_address_at(other, "kind.example")


@pytest.mark.parametrize(("plain", "lookalike"), LOOKALIKES)
def test_lookalike_is_not_invited_and_opens_no_invitation(cast: Cast, plain: str, lookalike: str) -> None:
    form = InviteForm({"emails": lookalike, "role": "member"})
    assert not form.is_valid()
    Invitation.invite(by=cast.owner, emails=[plain], role="member")
    other = make_user()
    EmailAddress.objects.filter(user=other).update(email=lookalike)
    assert not Invitation.objects.get().is_for(other)


@pytest.mark.parametrize("lookalike", ["\u017fam@harbour.example", "m\u0131a@harbour.example", "mia@\uff4bind.example"])
def test_nobody_signs_up_with_a_lookalike(db: None, lookalike: str) -> None:
    fields = {"name": "Mia", "email": lookalike, "password1": "a-long-password-of-hers"}
    answer = Client().post("/accounts/signup/", fields)
    assert answer.status_code != 302
    assert not User.objects.exists()
