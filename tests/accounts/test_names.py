"""Names of people and teams, taglines and reasons: one line that shows what it says."""

import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import Client, RequestFactory

from accounts.admin import UserAdmin
from accounts.claims import check_claims
from accounts.forms.fields import LineField
from accounts.forms.me import ProfileForm
from accounts.forms.reasons import ReasonForm, ReasonList
from accounts.forms.settings import AboutForm
from accounts.forms.signup import NameForm
from accounts.forms.teams import SetupForm, TeamForm
from accounts.models import User
from accounts.names import isolated, one_line, readable_name
from accounts.sso import name_in
from kindwall.admin_site import OperatorSite
from tests.conftest import Cast, signed_in

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

pytestmark = pytest.mark.once
NASTY = "  Mia\x00\x07 \u202eMember\u2069\n "
TYPED = NASTY.replace("\x00", "")  # forms refuse NUL
CLEAN = "Mia Member"
FLAG_OF_WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
STACK = "Zal" + "\u0301\u0302\u0303" * 5 + "go"
FORMS: list[Any] = [NameForm, ProfileForm, TeamForm, AboutForm, SetupForm, ReasonForm]

# As people write their names, and as they arrive here.
READABLE = {
    "Ana Ribeiro": "Ana Ribeiro",
    "Nguyê\u0303n Thi\u0323": "Nguyễn Thị",
    "น้ำฝน ที่รัก": "น้ำฝน ที่รัก",
    "श्री हिन्दी": "श्री हिन्दी",
    "מֹשֶׁה שָּׁ֑לוֹם": "מֹשֶׁה שָּׁ֑לוֹם",
    "မြို့": "မြို့",
    "བསྒྲུབས": "བསྒྲུབས",
    "می\u200cخواهم": "می\u200cخواهم",
    "مريم \u200fAna": "مريم \u200fAna",
    "3": "3",
    "👩\u200d🚀": "👩\u200d🚀",
    "❤\ufe0f": "❤\ufe0f",
    "1\ufe0f\u20e3": "1\ufe0f\u20e3",
    "🇩🇪": "🇩🇪",
    FLAG_OF_WALES: FLAG_OF_WALES,
    "Ana\u2028Ribeiro": "Ana Ribeiro",
    "\ud800Ana": "Ana",
    # Invisible letters that do nothing go.
    "Ana\u200b": "Ana",
    "\u2060A\u00adna\ufeff": "Ana",
    "Ana\u200d": "Ana",
    "Ana\u3164": "Ana",
    "Ana\U000e0067\U000e0062": "Ana",
    "\u0301Ana": "Ana",
}
UNREADABLE = ["\u202e", "\u200b\u200b", "\u3164", "\u2800", "\u00ad", "---", "“”", "\u0301\u0302", "\u200d", "\ue000"]


def name_fields() -> list[forms.Field]:
    return [form.base_fields[name] for form in FORMS for name in {"name", "team", "tagline"} & form.base_fields.keys()]


@pytest.mark.parametrize(("text", "line"), READABLE.items())
def test_readable_name_is_taken_at_every_entrance(text: str, line: str) -> None:
    assert one_line(text) == line
    assert [field.clean(text) for field in name_fields()] == [line] * len(name_fields())
    assert readable_name(text) == line
    assert name_in({"name": text}) == line


@pytest.mark.parametrize("text", UNREADABLE)
def test_name_without_anything_to_read_is_refused_by_forms_and_replaced_elsewhere(text: str) -> None:
    for field in name_fields():
        if field.required or one_line(text):
            with pytest.raises(forms.ValidationError):
                field.clean(text)
    data = {"name": text, "first_name": text, "username": text, "email": "mia@harbour.example"}
    assert name_in(data) == "mia"
    assert "name" not in check_claims("openid_connect", {"userinfo": {"sub": "1", "name": text}})["userinfo"]
    assert User(name=text, email="mia@harbour.example").initials


def test_stack_of_accents_is_refused_by_forms_and_cut_elsewhere() -> None:
    cut = "Zaĺ\u0302\u0303\u0301\u0302go"
    for field in name_fields():
        with pytest.raises(forms.ValidationError, match="too many accents"):
            field.clean(STACK)
    assert readable_name(STACK) == one_line(cut)
    assert name_in({"name": STACK}) == one_line(cut)
    joined = "a" + "\u0301\u200d" * 9 + "b"
    with pytest.raises(forms.ValidationError, match="too many accents"):
        LineField().clean(joined)


def test_long_run_of_accents_takes_no_time() -> None:
    """Normal form C would sort these marks in quadratic time."""
    with pytest.raises(forms.ValidationError):
        LineField(max_length=80).clean("a" + "\u0301\u0323" * 60_000)
    assert len(readable_name("a" + "\u0301\u0323" * 60_000)) < 10


@pytest.mark.parametrize("form", FORMS)
def test_every_form_cleans_names(form: type[forms.Form]) -> None:
    for name in {"name", "team", "tagline"} & form.base_fields.keys():
        field = form.base_fields[name]
        assert field.clean(TYPED) == CLEAN
        with pytest.raises(forms.ValidationError):
            field.clean(NASTY)


def test_profile_refuses_a_name_that_cannot_be_read_and_gives_it_back(cast: Cast) -> None:
    client = signed_in(cast.member)
    response = client.post("/me/", {"name": "-- --", "language": "", "time_zone": "", "theme": ""})
    assert response.status_code == 422
    page = response.content.decode()
    assert "at least one letter, digit or emoji" in page
    assert 'value="-- --"' in page


def test_profile_admin_and_command_store_a_clean_name(cast: Cast) -> None:
    client = signed_in(cast.member)
    client.post("/me/", {"name": TYPED, "language": "", "time_zone": "", "theme": ""})
    cast.member.user.refresh_from_db()
    assert cast.member.user.name == CLEAN
    assert User.objects.create_user("new@harbour.example", name=NASTY).name == CLEAN
    assert User.objects.create_user("empty@harbour.example", name="\u200b").name == "empty"
    admin = UserAdmin(User, OperatorSite())
    field = admin.formfield_for_dbfield(User._meta.get_field("name"), request=RequestFactory().get("/"))
    assert field is not None
    assert field.clean(TYPED) == CLEAN


def test_sign_up_stores_a_clean_name(db: None) -> None:
    fields = {"name": TYPED, "email": "mia@harbour.example", "password1": "a-long-password-of-hers"}
    Client().post("/accounts/signup/", fields)
    assert User.objects.get().name == CLEAN


def test_initials_are_whole_characters() -> None:
    assert User(name="Ana Ribeiro").initials == "AR"
    assert User(name="👩\u200d🚀 🇩🇪").initials == "👩\u200d🚀🇩🇪"
    assert User(name="Be\u0301\u0302 ที่").initials == "Bท"


def test_name_in_a_sentence_has_its_own_direction() -> None:
    drawn = Template("{{ name|bdi }} {{ name|isolated }}").render(Context({"name": "<مريم>"}))
    assert drawn == "<bdi>&lt;مريم&gt;</bdi> \u2068&lt;مريم&gt;\u2069"
    assert isolated("Ana Ribeiro, 3é") == "Ana Ribeiro, 3é"


def test_every_sentence_isolates_the_names_in_it() -> None:
    """A mail is plain text of one direction, and a provider's name is the operator's."""
    tag = re.compile(r"{%\s*blocktranslate\b([^%]*)%}")
    name = re.compile(
        r"\w+=[\w.]*(?:\.name|author_name|actor_name|\.user|\.team|made_by|invited_by|offered_by)(?=\s|$)"
    )
    bare = [
        f"{path.relative_to(TEMPLATES)}: {found[0]}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        if path.parts[-2] not in ("socialaccount", "snippets")
        for block in tag.finditer(path.read_text())
        for found in name.finditer(block[1])
    ]
    assert bare == []


def test_list_of_reasons_says_once_what_is_wrong_with_a_name(cast: Cast) -> None:
    reasons = ReasonList([("---", "Please ask them."), ("A private detail", "")], by=cast.owner)
    assert not reasons.is_valid()
    assert [len(row.errors.get("name", [])) for row in reasons.rows] == [1, 0]
