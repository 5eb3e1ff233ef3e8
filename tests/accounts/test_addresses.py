"""Two e-mail addresses are the same only if they have the same characters."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.addresses import clean_address, normal_address, normal_domain, readable_domain
from accounts.admission import join_automatically
from accounts.claims import check_claims
from accounts.forms.invitations import InviteForm
from accounts.forms.settings import DomainForm
from accounts.models import Invitation, Membership, Team, User
from accounts.models.team_domain import has_address_at
from tests.accounts.invitation_mails import invitation_path
from tests.accounts.test_entrance import NEW, sign_in
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_user
from tests.pages import BREAK, part, words

LOOKALIKES = [
    ("kim@harbour.example", "\u212aim@harbour.example"),  # the sign for kelvin
    ("sam@harbour.example", "\u017fam@harbour.example"),  # the long s
    ("mia@harbour.example", "m\u0131a@harbour.example"),  # the i without a dot
    ("mia@harbour.example", "m\u0130a@harbour.example"),  # the capital I with one
    ("mia@harbour.example", "\uff4dia@harbour.example"),  # full width
    ("mia@kind.example", "mia@\u212aind.example"),
    ("mia@kind.example", "mia@\uff4bind.example"),
]


@pytest.mark.once
@pytest.mark.parametrize(
    ("email", "normal"),
    [
        ("Mia@Harbour.Example", "mia@harbour.example"),
        ("mia@BÜCHER.example", "mia@xn--bcher-kva.example"),
        ("mia@bu\u0308cher.example", "mia@xn--bcher-kva.example"),
        ("mia@XN--bcher-KVA.example", "mia@xn--bcher-kva.example"),
        ("mia@bücher。example", "mia@xn--bcher-kva.example"),
        ("mia@straße.example", "mia@xn--strae-oqa.example"),
        ("mia@harbour.example.", "mia@harbour.example"),
        ("jose\u0301@harbour.example", "jos\xe9@harbour.example"),
        ("\u212aim@harbour.example", "\u212aim@harbour.example"),
        ("\u0130@harbour.example", "i\u0307@harbour.example"),
    ],
)
def test_address_is_compared_in_lower_case_and_never_becomes_ascii(email: str, normal: str) -> None:
    assert normal_address(email) == normal


@pytest.mark.once
@pytest.mark.parametrize(("plain", "lookalike"), LOOKALIKES)
def test_address_that_looks_like_another_is_none(plain: str, lookalike: str) -> None:
    assert clean_address(plain.upper()) == plain
    assert normal_address(lookalike) != plain
    with pytest.raises(ValidationError):
        clean_address(lookalike)


@pytest.mark.once
@pytest.mark.parametrize(
    "email", ['"a\x01b"@harbour.example', f"{'x' * 250}@harbour.example", "", "mia", "a\x00@b.example"]
)
def test_text_that_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        clean_address(email)


@pytest.mark.once
@pytest.mark.parametrize(
    "email",
    ["Mia@Bücher.example", "mia@xn--bcher-kva.example", "\u200bmia@bücher.example\ufeff", " mia@bücher.example. "],
)
def test_international_domain_is_stored_as_browsers_send_it(email: str) -> None:
    assert clean_address(email) == "mia@xn--bcher-kva.example"


@pytest.mark.once
@pytest.mark.parametrize(
    ("domain", "shown"),
    [
        ("bücher.example", "bücher.example"),
        ("例え.jp", "例え.jp"),
        ("пример.рф", "пример.рф"),
        ("пример.example", "xn--e1afmkfd.example"),  # some of its letters look like Latin ones
        ("\u0430pple.com", "xn--pple-43d.com"),
        ("xn--a.example", "xn--a.example"),
    ],
)
def test_domain_is_shown_in_its_own_letters_where_they_cannot_be_taken_for_others(domain: str, shown: str) -> None:
    assert readable_domain(normal_domain(domain)) == shown


def test_invitation_to_an_international_address_is_met_by_what_a_browser_sends(cast: Cast, client: Client) -> None:
    owner = signed_in(cast.owner)
    owner.post("/harbour-team/people/invite/send/", {"emails": "Jo <jo@münchen.example>", "role": "member"})
    page = owner.get("/harbour-team/people/invite/")
    assert "jo@münchen.example Member Sent" in words(part(page, "main")).replace(BREAK, "")
    [letter] = mail.outbox
    assert letter.to == ["jo@xn--mnchen-3ya.example"]
    path = invitation_path(letter)
    client.post(path, {"as": "new"})
    answer = client.post("/accounts/signup/", {**NEW, "email": "jo@xn--mnchen-3ya.example"})
    assert answer["Location"] == "/harbour-team/"
    assert EmailAddress.objects.get(email="jo@xn--mnchen-3ya.example").verified
    for typed in ("jo@münchen.example", "JO@xn--mnchen-3ya.example", "jo@mu\u0308nchen.example"):
        again = Client()
        assert sign_in(again, typed, NEW["password1"]).status_code == 302
        assert again.get("/harbour-team/").status_code == 200
        mail.outbox.clear()
        Client().post("/accounts/password/reset/", {"email": typed})
        assert [message.to for message in mail.outbox] == [["jo@xn--mnchen-3ya.example"]]


def test_domain_of_a_team_is_met_by_either_form(cast: Cast) -> None:
    mine = make_user(email="mia@bücher.example")
    assert has_address_at(mine, "xn--bcher-kva.example")
    assert DomainForm({"domain": "@Bücher.example"}).is_valid()
    Team.objects.filter(pk=cast.team.pk).update(joining="domain")
    owner = Membership.objects.create(team=cast.team, user=mine, role="owner")
    form = DomainForm({"domain": "Bücher.example", "automatic": "on"})
    assert form.is_valid()
    assert form.save(by=owner)
    jo = make_user(email="jo@BÜCHER.example")
    assert [membership.team for membership in join_automatically(jo)] == [cast.team]
    page = signed_in(owner).get("/harbour-team/settings/joining/")
    assert "bücher.example" in words(part(page, "main"))


@pytest.mark.once
def test_provider_names_an_address_in_either_form() -> None:
    claims = {"sub": "1", "email": "mia@bücher.example", "email_verified": True}
    assert check_claims("openid_connect", {"userinfo": claims})["userinfo"]["email"] == "mia@xn--bcher-kva.example"


def test_owner_finds_a_person_by_either_form(cast: Cast) -> None:
    make_member(team=cast.team, name="Jo Bookshop", email="jo@bücher.example")
    for words_typed in ("jo@bücher.example", "xn--bcher"):
        page = signed_in(cast.owner).get("/harbour-team/people/", {"q": words_typed})
        assert "Jo Bookshop" in words(part(page, "main"))


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


@pytest.mark.once
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
