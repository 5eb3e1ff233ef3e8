"""Names of people and teams: one line that shows what it says."""

import pytest
from django import forms
from django.test import Client, RequestFactory

from accounts.admin import UserAdmin
from accounts.forms.me import ProfileForm
from accounts.forms.settings import AboutForm
from accounts.forms.signup import NameForm
from accounts.forms.teams import SetupForm, TeamForm
from accounts.models import User
from accounts.names import one_line
from kindwall.admin_site import OperatorSite
from tests.conftest import Cast, signed_in

pytestmark = pytest.mark.once

NASTY = "  Mia\x00\x07 \u202eMember\u2069\n "
TYPED = NASTY.replace("\x00", "")  # forms refuse NUL
CLEAN = "Mia Member"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (NASTY, CLEAN),
        ("\x00", ""),
        ("Ana\u2028Ribeiro", "Ana Ribeiro"),
        ("\ud800Ana", "Ana"),
        ("مريم \u200fAna", "مريم \u200fAna"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_line_has_no_control_characters(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize("form", [NameForm, ProfileForm, TeamForm, AboutForm, SetupForm])
def test_every_form_cleans_names(form: type[forms.Form]) -> None:
    for name in {"name", "team", "tagline"} & form.base_fields.keys():
        field = form.base_fields[name]
        assert field.clean(TYPED) == CLEAN
        with pytest.raises(forms.ValidationError):
            field.clean(NASTY)
        if field.required:
            with pytest.raises(forms.ValidationError):
                field.clean("\u202e")


def test_profile_admin_and_command_store_a_clean_name(cast: Cast) -> None:
    client = signed_in(cast.member)
    client.post("/me/", {"name": TYPED, "language": "", "time_zone": "", "theme": ""})
    cast.member.user.refresh_from_db()
    assert cast.member.user.name == CLEAN
    assert User.objects.create_user("new@harbour.example", name=NASTY).name == CLEAN
    admin = UserAdmin(User, OperatorSite())
    field = admin.formfield_for_dbfield(User._meta.get_field("name"), request=RequestFactory().get("/"))
    assert field is not None
    assert field.clean(TYPED) == CLEAN


def test_sign_up_stores_a_clean_name(db: None) -> None:
    fields = {"name": TYPED, "email": "mia@harbour.example", "password1": "a-long-password-of-hers"}
    Client().post("/accounts/signup/", fields)
    assert User.objects.get().name == CLEAN
