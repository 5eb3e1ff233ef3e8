"""Forms for links and invitations."""

import re
from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.addresses import clean_address, normal_address
from accounts.models import Role

MOST_INVITATIONS = 100
# “Ana Ribeiro <ana@example.org>”, “"Ribeiro, Ana" <ana@example.org>”: an address in brackets, a name or a part of it,
# and what ends a name. Each piece begins where the last one ended, so the whole text is read once.
PIECES = re.compile(r'<(?P<address>[^<>\n]*)>|(?P<name>"[^"<>\n]*"|[^<>,;\n"]+)|(?P<end>.|\n)')
BETWEEN = re.compile(r"[\s,;]+")


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
        """Return each address once, in lower case. An error names the words that are not addresses."""
        emails = addresses_in(self.cleaned_data["emails"])
        wrong = [email for email in emails if not is_address(email)]
        if wrong:
            refusal = ngettext(
                "This is not an e-mail address: %(wrong)s.", "These are not e-mail addresses: %(wrong)s.", len(wrong)
            )
            raise ValidationError(
                refusal % {"wrong": ", ".join(_("“%(text)s”") % {"text": word[:80]} for word in wrong)}
            )
        if len(emails) > MOST_INVITATIONS:
            raise ValidationError(
                _("These are %(number)d addresses. Please invite at most %(most)d at once, or share a link."),
                params={"number": len(emails), "most": MOST_INVITATIONS},
            )
        if not emails:
            raise ValidationError(_("There is no address in this."))
        return emails


def addresses_in(text: str) -> list[str]:
    """Return the words in the places of addresses, each once, in the order of the text."""
    plain = without_names(text)
    return list(
        dict.fromkeys(normal_address(word.strip("<>\"'")) for word in BETWEEN.split(plain) if word.strip("<>\"'"))
    )


def without_names(text: str) -> str:
    """Return the text without the names before addresses in brackets, and without the brackets."""
    plain: list[str] = []
    name: list[str] = []
    for piece in PIECES.finditer(text):
        if piece["name"]:
            name.append(piece[0])
            continue
        plain += [f" {piece['address']} "] if piece["end"] is None else [*name, piece["end"]]
        name = []
    return "".join(plain + name)


def is_address(word: str) -> bool:
    try:
        clean_address(word)
    except ValidationError:
        return False
    return True
