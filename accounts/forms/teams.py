"""Forms that start a team, or an installation with its first person."""

import re
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.addresses import clean_address
from accounts.forms.fields import LineField
from accounts.forms.signup import NameForm
from accounts.models import User
from accounts.models.team import RESERVED_SLUGS, slug_is_free

LONGEST_SLUG = 50


def free_slug(name: str) -> str:
    """Return a free slug for a team of that name: harbour-studio, or harbour-studio-2."""
    wanted = slugify(name)[:LONGEST_SLUG].strip("-_")
    if len(wanted) < 2 or wanted.isdigit() or wanted in RESERVED_SLUGS:
        wanted = f"team-{wanted}".strip("-")
    number, slug = 1, wanted
    while slug in RESERVED_SLUGS or not slug_is_free(slug):
        number += 1
        end = f"-{number}"
        slug = wanted[: LONGEST_SLUG - len(end)] + end
    return slug


class TeamForm(forms.Form):
    """Starts a team. An empty slug is made from the name."""

    name = LineField(
        label=_("The team’s name"),
        max_length=80,
        help_text=_("The name your team goes by. It is shown at the top of the wall."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    slug = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_SLUG,
        required=False,
        help_text=_("Lower-case letters, digits and hyphens. Left empty, it is made from the name."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    tagline = LineField(
        label=_("Tagline"), max_length=140, required=False, help_text=_("Optional. You can change it later.")
    )

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].strip().lower()
        if slug:
            validate_slug(slug)
        if slug and not slug_is_free(slug):
            raise ValidationError(_("Another team has this address. Please choose another."))
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not cleaned["slug"]:
            cleaned["slug"] = free_slug(cleaned["name"])
        return cleaned


def validate_slug(slug: str) -> None:
    """Raise ValidationError with a text for people where the slug cannot be used."""
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("This address is needed for Kindwall itself. Please choose another."))
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise ValidationError(_("Use lower-case letters, digits, and single hyphens between them."))
    if len(slug) < 2 or slug.isdigit():
        raise ValidationError(_("Use at least two characters, one of them a letter."))


class SetupTeamForm(forms.Form):
    """Sets up the first team, for a person who is signed in."""

    team = LineField(
        label=_("Your team’s name"),
        max_length=80,
        help_text=_("The name your team goes by. It is shown at the top of the wall."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    demo = forms.BooleanField(label=_("Also add a demo team with sixty stories, to look around in"), required=False)


class SetupForm(NameForm, SetupTeamForm):
    """Sets up the first person and the first team."""

    email = forms.EmailField(
        label=_("Your e-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        label=_("A password"),
        strip=False,
        help_text=_("At least eight characters. Choose one that others cannot guess."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    field_order = ("name", "email", "password", "team", "demo")

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            person = User(name=cleaned.get("name", ""), email=cleaned.get("email", ""))
            try:
                password_validation.validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned
