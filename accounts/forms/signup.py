"""Fields of the sign-up form beyond allauth's own."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import LineField
from accounts.models import User


class NameForm(forms.Form):
    name = LineField(
        label=_("Your name"),
        max_length=80,
        help_text=_("The name your colleagues call you by. It is shown under your stories."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    field_order: tuple[str, ...] = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Do nothing: allauth requires this method, and the adapter has set the name already."""
