"""What signing up asks for beyond allauth's own fields."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import LineField
from accounts.models import User


class NameForm(forms.Form):
    name = LineField(
        label=_("Your name"),
        max_length=80,
        help_text=_("As your colleagues call you. It stands under your stories."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    field_order: tuple[str, ...] = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth after the person exists; the adapter has set the name already."""
