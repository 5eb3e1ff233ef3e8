"""The forms for what moderators arrange among themselves: assignments and notes."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.names import isolated
from moderation.people import TeamPerson
from stories.forms import StoryTextarea
from stories.models.assignment import LONGEST_ASSIGNMENT_NOTE
from stories.models.moderator_note import LONGEST_NOTE


class AssignmentForm(forms.Form):
    """Assigning a story. `assigned` is the user whom it was assigned to when the page was drawn."""

    assigned = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    colleague = forms.ModelChoiceField(
        label=_("To"),
        queryset=Membership.objects.none(),
        error_messages={"required": _("Choose a colleague."), "invalid_choice": _("Choose a colleague.")},
    )
    note = forms.CharField(
        label=_("A note for them"),
        required=False,
        max_length=LONGEST_ASSIGNMENT_NOTE,
        widget=StoryTextarea(attrs={"rows": 2, "dir": "auto"}),
    )

    def __init__(self, *args: Any, me: Membership, colleagues: Iterable[TeamPerson], **kwargs: Any) -> None:
        """Offer these colleagues. One may also take the story oneself, by a button of its own."""
        super().__init__(*args, **kwargs)
        able = list(colleagues)
        field: Any = self.fields["colleague"]
        field.queryset = Membership.objects.filter(pk__in=[me.pk, *(one.pk for one in able)])
        field.choices = [("", "…"), *((one.pk, name_and_absence(one)) for one in able)]


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Your note"),
        max_length=LONGEST_NOTE,
        widget=StoryTextarea(attrs={"rows": 2, "dir": "auto"}),
        error_messages={"required": _("Write the note first.")},
    )


def name_and_absence(colleague: TeamPerson) -> str:
    if not colleague.is_away:
        return colleague.name
    assert colleague.away_until is not None
    until = date_format(colleague.away_until, "DATE_FORMAT")
    return gettext("%(name)s, away until %(day)s") % {"name": isolated(colleague.name), "day": until}
