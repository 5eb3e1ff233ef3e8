"""The forms of the decisions, and of the letters that come with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Reason
from accounts.names import isolated
from moderation.people import TeamPerson
from stories.forms import Words, grouped
from stories.models import Letter
from stories.models.story import MOST_CHARACTERS, MOST_CODE_POINTS
from stories.text import count_characters, is_readable, tidy

LONGEST_REASON = 80


class DecisionForm(forms.Form):
    """A decision. `revision` is the text that the moderator read, `instead_of` the entry that it supersedes."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    instead_of = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class PublishForm(DecisionForm):
    """A publication. With `watching`, the author's next stories have to wait for review."""

    watching = forms.BooleanField(required=False)


@dataclass(frozen=True, slots=True)
class ReasonChoice:
    id: str
    value: str
    label: str
    words: str
    chosen: bool


class MessageForm(DecisionForm):
    """A letter to the author, in its parts."""

    PARTS = ("saw", "reason", "message", "next_step", "talk_to")

    saw = forms.CharField(
        label=_("What you saw in it"),
        help_text=_("Something true and specific: what the story did well."),
        max_length=600,
        widget=Words(attrs={"rows": 2, "dir": "auto"}),
        error_messages={"required": _("Begin with something that you saw in it.")},
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("This reason is no longer on the team’s list. Please choose again.")},
    )
    message = forms.CharField(
        label=_("What has to change"),
        max_length=2_000,
        widget=Words(attrs={"rows": 4, "dir": "auto"}),
        error_messages={"required": _("Write a few words: the author will read why, and what comes next.")},
    )
    next_step = forms.CharField(
        label=_("What happens next"),
        max_length=600,
        widget=Words(attrs={"rows": 2, "dir": "auto"}),
        error_messages={"required": _("Say what the author can do now.")},
    )
    talk_to = forms.CharField(
        label=_("Whom to talk to"),
        max_length=300,
        widget=Words(attrs={"rows": 1, "dir": "auto"}),
        error_messages={"required": _("Name somebody whom the author can talk to.")},
    )

    def __init__(self, *args: Any, reasons: Iterable[Reason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reasons = list(reasons)
        choices = [(reason.name, reason.name) for reason in self.reasons]
        self.fields["reason"].choices = [*choices, ("", _("None of these"))]  # type: ignore[attr-defined]

    @property
    def choices(self) -> Iterator[ReasonChoice]:
        """Yield each reason with its suggested words. A widget would take too long to draw them."""
        words = {reason.name: reason.words for reason in self.reasons}
        field = self["reason"]
        chosen = field.value()
        for place, (value, label) in enumerate(self.fields["reason"].choices):  # type: ignore[attr-defined]
            yield ReasonChoice(f"{field.auto_id}_{place}", value, label, words.get(value, ""), value == chosen)

    @property
    def first_part(self) -> Any:
        return self["saw"]

    @property
    def last_parts(self) -> list[Any]:
        return [self["next_step"], self["talk_to"]]

    def letter(self) -> Letter:
        """Return the letter as it is at the moment, finished or not."""
        parts = {part: str(self[part].value() or "").strip() for part in self.PARTS}
        return Letter(**parts)  # type: ignore[typeddict-item, no-any-return]

    def preview(self) -> Letter:
        """Return the letter with each part cut to the length that can be sent, so that drawing it stays bounded."""
        parts = {part: words[: self.most(part)] for part, words in self.letter().items()}  # type: ignore[index]
        return Letter(**parts)  # type: ignore[typeddict-item, no-any-return]

    def most(self, part: str) -> int:
        """Return the most characters of this part."""
        return getattr(self.fields[part], "max_length", LONGEST_REASON) or LONGEST_REASON


class FixForm(DecisionForm):
    """The text with a typo fixed."""

    body = forms.CharField(
        label=_("The text, with the typo fixed"),
        strip=False,
        max_length=MOST_CODE_POINTS,
        widget=Words(attrs={"rows": 8, "dir": "auto"}),
        error_messages={"required": _("A story needs its words.")},
    )

    def clean_body(self) -> str:
        body = tidy(self.cleaned_data["body"])
        if not is_readable(body):
            raise ValidationError(gettext("A story needs its words."))
        if count_characters(body) > MOST_CHARACTERS:
            raise ValidationError(gettext("A note holds %(most)s characters.") % {"most": grouped(MOST_CHARACTERS)})
        return body


class HandForm(forms.Form):
    """Handing a story to a colleague, with a note."""

    colleague = forms.ModelChoiceField(
        label=_("To"),
        queryset=Membership.objects.none(),
        error_messages={"required": _("Choose a colleague."), "invalid_choice": _("Choose a colleague.")},
    )
    note = forms.CharField(
        label=_("A note for them"),
        required=False,
        max_length=300,
        widget=Words(attrs={"rows": 2, "dir": "auto"}),
    )

    def __init__(self, *args: Any, colleagues: Iterable[TeamPerson], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = list(colleagues)
        field: Any = self.fields["colleague"]
        field.queryset = Membership.objects.filter(pk__in=[one.pk for one in able])
        field.choices = [("", "…"), *((one.pk, name_and_absence(one)) for one in able)]


def name_and_absence(colleague: TeamPerson) -> str:
    if not colleague.is_away:
        return colleague.name
    assert colleague.away_until is not None
    until = date_format(colleague.away_until, "DATE_FORMAT")
    return gettext("%(name)s, away until %(day)s") % {"name": isolated(colleague.name), "day": until}
