"""Forms about the people of a team."""

from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import DepartureChoice, Role

LONGEST_AWAY = timedelta(days=366)


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[
            (Role.MEMBER, _("Member: shares stories, uplifts them and reacts to them")),
            (Role.MODERATOR, _("Moderator: also decides which stories are published")),
            (Role.OWNER, _("Owner: also manages the people and the rules of the team")),
        ],
        widget=forms.RadioSelect,
    )


class AwayForm(forms.Form):
    """The day until which a moderator pauses; empty ends the pause."""

    until = forms.DateField(
        label=_("Away until"),
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("This is not a date. Write it like 2026-05-31.")},
    )

    def clean_until(self) -> date | None:
        until: date | None = self.cleaned_data["until"]
        today = timezone.localdate()
        if until and until <= today:
            raise ValidationError(gettext("Choose a day after today: the one on which you are back."))
        if until and until > today + LONGEST_AWAY:
            raise ValidationError(gettext("You can be away for a year at most. After that, you can set it again."))
        return until


class HandOverForm(forms.Form):
    then = forms.ChoiceField(
        label=_("And you?"),
        choices=[(Role.MODERATOR, _("I stay as a moderator")), (Role.MEMBER, _("I stay as a member"))],
        initial=Role.MODERATOR,
        widget=forms.RadioSelect,
    )


class LeaveForm(forms.Form):
    choice = forms.ChoiceField(
        label=_("Your published stories here"), choices=DepartureChoice.Choice.choices, widget=forms.RadioSelect
    )

    def __init__(self, data: QueryDict | None = None, *, wish: str) -> None:
        super().__init__(data, initial={"choice": wish})
