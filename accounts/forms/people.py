"""Forms about the people of a team."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Parting, Role


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("What they may do"),
        choices=[
            (Role.MEMBER, _("Member: shares stories and answers them")),
            (Role.MODERATOR, _("Moderator: also decides which stories hang")),
            (Role.OWNER, _("Owner: also looks after the people and the rules of the team")),
        ],
        widget=forms.RadioSelect,
    )


class HandOverForm(forms.Form):
    then = forms.ChoiceField(
        label=_("And you?"),
        choices=[(Role.MODERATOR, _("I stay as a moderator")), (Role.MEMBER, _("I stay as a member"))],
        initial=Role.MODERATOR,
        widget=forms.RadioSelect,
    )


class LeaveForm(forms.Form):
    choice = forms.ChoiceField(
        label=_("Your published stories here"), choices=Parting.Choice.choices, widget=forms.RadioSelect
    )

    def __init__(self, data: QueryDict | None = None, *, wish: str) -> None:
        super().__init__(data, initial={"choice": wish})
