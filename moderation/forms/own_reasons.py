"""The form for a reason of a moderator's own, and the letter that it fills in."""

from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import LineField
from accounts.forms.reasons import ReasonForm, letter_part
from accounts.models import Membership, Reason, Refused
from accounts.models.reason import ReasonLetter
from kindwall.numbers import read_number


class OwnReasonForm(ReasonForm):
    name = LineField(
        label=_("Name"),
        max_length=80,
        help_text=_("Only you see it."),
        error_messages={"required": _("Give it a name by which you find it again.")},
    )
    words = letter_part(
        _("What has to change"),
        600,
        required=True,
        error_messages={"required": _("Write what the letter says has to change.")},
    )

    @classmethod
    def of(cls, reason: Reason) -> "OwnReasonForm":
        return cls(initial=reason.letter._asdict(), auto_id=f"reason-{reason.pk}-%s")

    def save(self, *, by: Membership) -> Reason | None:
        """Save the reason. Return None, with an error in the form, where it was refused."""
        try:
            letter = ReasonLetter(**self.cleaned_data)
            return Reason.save_own(letter, by=by, instead_of=read_number(self.data.get("reason", "")))
        except Refused as refused:
            self.add_error("name", str(refused))
        return None
