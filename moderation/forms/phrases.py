"""The form for a moderator's own phrases."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Refused
from stories.models import Phrase
from stories.text import is_readable, tidy

LONGEST_PHRASE = 500


class PhraseForm(forms.Form):
    """A phrase. Its field has the name of the composer's, so that it is kept over a sign-in in the same way."""

    body = forms.CharField(
        label=_("A phrase to begin from"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"required": _("Write the words you want to have at hand.")},
    )

    def clean_body(self) -> str:
        words = tidy(self.cleaned_data["body"])
        if over := max(0, len(words) - LONGEST_PHRASE):
            raise forms.ValidationError(
                gettext("A phrase holds %(most)d characters. This one is %(over)d over.")
                % {"most": LONGEST_PHRASE, "over": over}
            )
        if not is_readable(words):
            raise forms.ValidationError(gettext("Write the words you want to have at hand."))
        return words

    def save(self, *, by: Membership) -> bool | None:
        """Save the phrase. Return whether it is new, or None with an error in the form where it was refused."""
        try:
            return Phrase.add(self.cleaned_data["body"], by=by)[1]
        except Refused as refused:
            self.add_error("body", str(refused))
        return None
