"""How far the stories of a person are trusted."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from accounts.models import Trust


class TrustForm(forms.Form):
    """One of the choices of `Trust`, and for "always review" whether the person is told."""

    trust = forms.ChoiceField(choices=Trust.choices, required=False)
    told = forms.BooleanField(required=False)

    def clean_trust(self) -> str:
        """Refuse a form without the choice: the value of the team's rule is empty too, and has to be chosen."""
        trust: str = self.cleaned_data["trust"]
        if "trust" not in self.data:
            raise ValidationError(gettext("Choose one of these."))
        return trust
