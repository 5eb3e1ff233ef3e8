"""The filter of the log."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Reason
from kindwall.numbers import read_number
from stories.models import Action, AuditEntry
from stories.models.audit import AuditQuerySet
from stories.models.choices import DECISIONS

LARGEST_STORY_NUMBER = 2**63 - 1
ALL_DECISIONS = "decisions"
# Days that every database and time zone can count with.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)


class DayField(forms.DateField):
    """A day in the format of browsers."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def __init__(self, **kwargs: Any) -> None:
        far = _("Choose a day between 2000 and 2999.")
        within = [MinValueValidator(FIRST_DAY, message=far), MaxValueValidator(LAST_DAY, message=far)]
        invalid = {"invalid": _("This is not a date. Write it like 2026-05-31.")}
        super().__init__(
            required=False, input_formats=["%Y-%m-%d"], validators=within, error_messages=invalid, **kwargs
        )


class LogFilter(forms.Form):
    """The filter of the log. An entry has to match every field that is filled in."""

    action = forms.ChoiceField(
        label=pgettext_lazy("the filter of a log", "What"),
        required=False,
        choices=[("", _("Everything")), (ALL_DECISIONS, _("All decisions")), *Action.choices],
        error_messages={"invalid_choice": _("Please choose from the list.")},
    )
    moderator = forms.ChoiceField(
        label=pgettext_lazy("the filter of a log", "Who"),
        required=False,
        error_messages={"invalid_choice": _("Please choose somebody from the list.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=80,
        widget=forms.Select,
        error_messages={"max_length": _("A reason has at most 80 characters.")},
    )
    since = DayField(label=pgettext_lazy("the filter of a log", "From"))
    until = DayField(label=pgettext_lazy("the filter of a log", "To"))
    author = forms.CharField(label=_("Author’s name or number"), required=False, max_length=80)
    story = forms.IntegerField(
        label=_("Story’s number"),
        required=False,
        min_value=1,
        max_value=LARGEST_STORY_NUMBER,
        error_messages={
            "min_value": _("A story’s number is 1 or more."),
            "max_value": _("There is no story with this number."),
        },
    )

    def __init__(self, data: QueryDict, *, by: Membership) -> None:
        super().__init__(data)
        self.fields["moderator"].choices = self.people(by, data.get("moderator", ""))  # type: ignore[attr-defined]
        asked, names = data.get("reason", ""), [reason.name for reason in Reason.objects.of(by.team)]
        # A reason that was removed from the list is still in the log.
        names += [asked] if asked and asked not in names else []
        self.fields["reason"].widget.choices = [("", _("Any")), *((name, name) for name in names)]

    @staticmethod
    def people(by: Membership, asked: str) -> list[tuple[str, Any]]:
        """Return the present moderators, and the person asked for if they have done something here."""
        here = Membership.objects.in_team(by.team).moderators()
        people = {str(moderator.user_id): moderator.user.name for moderator in here}
        if number := read_number(asked):
            acted = AuditEntry.objects.filter(actor=number, story__team=by.team_id).select_related("actor").first()
            if acted and acted.actor:
                people.setdefault(str(number), acted.actor.name)
        return [("", _("Anybody")), *people.items()]

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", gettext("This is before the first day."))
        return given

    def narrow(self, entries: AuditQuerySet) -> AuditQuerySet:
        """Return the entries that match. The form has to be valid."""
        given = self.cleaned_data
        if action := given["action"]:
            entries = entries.filter(action__in=DECISIONS if action == ALL_DECISIONS else [action])
        if moderator := given["moderator"]:
            entries = entries.filter(actor=moderator)
        if reason := given["reason"]:
            entries = entries.filter(reason=reason)
        if given["since"]:
            entries = entries.filter(created_at__gte=day_beginning(given["since"]))
        if given["until"]:
            entries = entries.filter(created_at__lt=day_beginning(given["until"] + timedelta(days=1)))
        if author := given["author"]:
            entries = entries.filter(by_author(author))
        if given["story"]:
            entries = entries.filter(story=given["story"])
        return entries


def by_author(words: str) -> Q:
    if number := read_number(words):
        return Q(story__author=number)
    return Q(story__author__name__icontains=words) | Q(story__author=None, story__signature__icontains=words)


def day_beginning(day: date) -> datetime:
    """Return the beginning of that day in the reader's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))
