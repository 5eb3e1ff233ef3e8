"""The form for what a person is told, and how."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from accounts.models import Role, Team, User
from accounts.notice_kinds import MailPace, NoticeKind, notice_kinds
from kindwall import clock
from notices.models import DigestPace, NoticePause, NoticePreference, WallDigest, Wish
from notices.models.preference import LONGEST_PAUSE
from notices.models.shown import ROLES, teams_by_role

ROLE_TITLES: dict[Role, Promise] = {
    Role.MEMBER: gettext_lazy("Your stories, and the wall"),
    Role.MODERATOR: gettext_lazy("For moderators"),
    Role.OWNER: gettext_lazy("For owners"),
}
BY_MAIL: dict[MailPace, Promise] = {
    MailPace.AT_ONCE: gettext_lazy("By mail"),
    MailPace.HOURLY: gettext_lazy("By mail, hourly"),
    MailPace.DAILY: gettext_lazy("By mail, daily"),
    MailPace.WEEKLY: gettext_lazy("By mail, weekly"),
}


@dataclass(frozen=True, slots=True)
class KindRow:
    """The fields for one kind of notice. `by_mail` is None where it is not mailed, or shares the pace of its group."""

    kind: NoticeKind
    in_product: BoundField
    by_mail: BoundField | None


@dataclass(frozen=True, slots=True)
class KindGroup:
    role: Role
    rows: Sequence[KindRow]
    pace: BoundField | None  # at which the kinds with a choice of paces are mailed together

    @property
    def title(self) -> str:
        return str(ROLE_TITLES[self.role])


class PreferencesForm(forms.Form):
    """Lets a person choose among the kinds that their roles make possible, and the digests that their teams offer."""

    pause_until = forms.DateField(
        label=gettext_lazy("Pause all mail until"),
        required=False,
        help_text=gettext_lazy("On that day it starts again by itself. Notices in Kindwall go on. Empty: no pause."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: QueryDict | None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self.kinds = kinds_shown_to(user)
        self.wishes = NoticePreference.objects.wishes_of(user, self.kinds)
        self.digests = WallDigest.objects.paces_of(user)
        self.pause = NoticePause.objects.of(user)
        for kind in self.kinds:
            self._add_kind(kind, self.wishes[kind.name])
        for membership, pace in self.digests.items():
            self.fields[f"digest-{membership.team_id}"] = forms.ChoiceField(
                label=membership.team.name, choices=DigestPace.choices, initial=pace
            )
        self.fields["pause_until"].initial = self.pause.day if self.pause else None
        if self.pause is None:
            self.fields["pause_until"].widget.attrs["min"] = (timezone.localdate() + timedelta(days=1)).isoformat()

    def _add_kind(self, kind: NoticeKind, wish: Wish) -> None:
        self.fields[f"product-{kind.name}"] = forms.BooleanField(
            label=gettext("In Kindwall"), required=False, initial=wish.in_product
        )
        if shares_pace(kind):
            self.fields.setdefault(
                f"mail-{kind.audience}",
                forms.ChoiceField(
                    label=gettext("By mail, all in one"),
                    choices=[(pace.value, pace.label) for pace in kind.paces],
                    initial=wish.mail,
                ),
            )
        elif pace := only_pace(kind):
            self.fields[f"mail-{kind.name}"] = forms.BooleanField(
                label=str(BY_MAIL[pace]), required=False, initial=wish.mail != MailPace.NEVER
            )

    @property
    def groups(self) -> Iterator[KindGroup]:
        for role in ROLES:
            rows = [
                KindRow(kind, self[f"product-{kind.name}"], self._field(f"mail-{kind.name}"))
                for kind in self.kinds
                if kind.audience == role
            ]
            if rows:
                yield KindGroup(role, rows, self._field(f"mail-{role}"))

    @property
    def digest_fields(self) -> list[tuple[Team, BoundField]]:
        return [(membership.team, self[f"digest-{membership.team_id}"]) for membership in self.digests]

    def clean_pause_until(self) -> Any:
        day, today = self.cleaned_data["pause_until"], timezone.localdate(clock.now())
        if day and day <= today:
            raise ValidationError(gettext("Choose a day after today."))
        if day and day > today + LONGEST_PAUSE:
            raise ValidationError(gettext("Choose a day within a year."))
        return day

    def save(self) -> None:
        with transaction.atomic():
            NoticePreference.store(self.user, {kind: self._wish(kind) for kind in self.kinds})
            for membership in self.digests:
                WallDigest.choose(membership, DigestPace(self.cleaned_data[f"digest-{membership.team_id}"]))
            if day := self.cleaned_data["pause_until"]:
                NoticePause.begin(self.user, day)
            else:
                NoticePause.end(self.user)

    def _wish(self, kind: NoticeKind) -> Wish:
        chosen: Mapping[str, Any] = self.cleaned_data
        mail = MailPace.NEVER
        if shares_pace(kind):
            mail = MailPace(chosen[f"mail-{kind.audience}"])
        elif (pace := only_pace(kind)) and chosen[f"mail-{kind.name}"]:
            mail = pace
        return Wish(chosen[f"product-{kind.name}"], mail)

    def _field(self, name: str) -> BoundField | None:
        return self[name] if name in self.fields else None


def kinds_shown_to(user: User) -> list[NoticeKind]:
    """Return the kinds of notices that this person can get in any of their teams."""
    roles = [ROLES.index(role) for role in teams_by_role(user)]
    highest = max(roles, default=-1)
    return [kind for kind in notice_kinds.values() if ROLES.index(kind.audience) <= highest]


def shares_pace(kind: NoticeKind) -> bool:
    """Return whether there is a choice of paces, which the kinds for one role share: they come in one mail."""
    return len(set(kind.paces) - {MailPace.NEVER}) > 1


def only_pace(kind: NoticeKind) -> MailPace | None:
    """Return the one pace at which this kind can be mailed; None where it cannot."""
    return next((pace for pace in kind.paces if pace != MailPace.NEVER), None)
