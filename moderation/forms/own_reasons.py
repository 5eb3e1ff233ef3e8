"""The form for a reason of a moderator's own, and the letter that it fills in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import LineField
from accounts.models import Membership, Reason, Refused
from accounts.models.reason import ReasonLetter
from kindwall.numbers import read_number
from stories.forms import Words


def part(label: Any, rows: int, most: int, **options: Any) -> forms.CharField:
    widget = Words(attrs={"rows": rows, "dir": "auto"})
    return forms.CharField(label=label, max_length=most, widget=widget, **options)


class OwnReasonForm(forms.Form):
    name = LineField(
        label=_("Name"),
        max_length=80,
        help_text=_("Only you see it."),
        error_messages={"required": _("Give it a name by which you find it again.")},
    )
    words = part(
        _("What has to change"), 3, 600, error_messages={"required": _("Write what the letter says has to change.")}
    )
    saw = part(_("What you saw in it"), 2, 600, required=False)
    next_step = part(_("What happens next"), 2, 600, required=False)
    talk_to = part(_("Whom to talk to"), 1, 300, required=False)

    @classmethod
    def of(cls, reason: Reason) -> "OwnReasonForm":
        return cls(initial=reason.letter._asdict(), auto_id=f"reason-{reason.pk}-%s")

    @property
    def folded_parts(self) -> list[Any]:
        """The parts that a letter has anyway. A reason may leave them as they are."""
        return [self["saw"], self["next_step"], self["talk_to"]]

    def save(self, *, by: Membership) -> Reason | None:
        """Save the reason. Return None, with an error in the form, where it was refused."""
        try:
            letter = ReasonLetter(**self.cleaned_data)
            return Reason.save_own(letter, by=by, instead_of=read_number(self.data.get("reason", "")))
        except Refused as refused:
            self.add_error("name", str(refused))
        return None
