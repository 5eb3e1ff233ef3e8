"""Forms for links and invitations."""

from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.address_list import read_addresses
from accounts.models import Role

MOST_INVITATIONS = 100
MOST_PIECES_NAMED = 20
LONGEST_NAMED = 80

# Owners are chosen among the people of a team, on the page of a person and after a password.
JOINING_AS = [(Role.MEMBER, Role.MEMBER.label), (Role.MODERATOR, Role.MODERATOR.label)]


class LinkForm(forms.Form):
    role = forms.ChoiceField(label=_("They join as"), choices=JOINING_AS, initial=Role.MEMBER)
    days = forms.TypedChoiceField(
        label=_("The link works for"),
        choices=[("1", _("1 day")), ("7", _("7 days")), ("30", _("30 days")), ("", _("until we revoke it"))],
        coerce=int,
        empty_value=None,
        required=False,
        initial="7",
    )
    most_uses = forms.IntegerField(
        label=_("How many people"),
        help_text=_("Empty for any number."),
        required=False,
        min_value=1,
        max_value=10_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    @property
    def expires_at(self) -> datetime | None:
        days: int | None = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None


class InviteForm(forms.Form):
    emails = forms.CharField(
        label=_("E-mail addresses"),
        help_text=_("Paste as many as you like, up to a hundred at once, however they are separated."),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    role = forms.ChoiceField(label=_("They join as"), choices=JOINING_AS, initial=Role.MEMBER)

    def clean_emails(self) -> list[str]:
        """Return each address once, in its one form. An error names the pieces of the text that are not addresses."""
        found = read_addresses(self.cleaned_data["emails"])
        if found.unreadable:
            refusal = ngettext(
                "This is not an e-mail address: %(wrong)s.",
                "These are not e-mail addresses: %(wrong)s.",
                len(found.unreadable),
            )
            raise ValidationError(refusal % {"wrong": named_pieces(found.unreadable)})
        if len(found.addresses) > MOST_INVITATIONS:
            raise ValidationError(
                _("These are %(number)d addresses. Please invite at most %(most)d at once, or share a link."),
                params={"number": len(found.addresses), "most": MOST_INVITATIONS},
            )
        if not found.addresses:
            raise ValidationError(_("There is no address in this."))
        return found.addresses


def named_pieces(pieces: list[str]) -> str:
    """Return the first pieces, each in quotation marks and not at its whole length, and whether there are more."""
    named = [_("“%(text)s”") % {"text": piece[:LONGEST_NAMED]} for piece in pieces[:MOST_PIECES_NAMED]]
    return ", ".join(named) + (", …" if len(pieces) > MOST_PIECES_NAMED else "")
