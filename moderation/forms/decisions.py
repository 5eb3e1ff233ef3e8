"""The forms of the decisions, and of the letters that come with them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Reason
from stories.forms import StoryTextarea, grouped
from stories.models import Letter
from stories.models.story import MOST_CHARACTERS, MOST_CODE_POINTS
from stories.text import count_characters, is_readable, tidy

LONGEST_REASON = 80
NUMBER_KEYS = 9
LETTER_PARTS = ("message", "saw", "next_step", "talk_to")  # in the order of a ReasonLetter


def reason_value(reason: Reason) -> str:
    """Return the value that stands for this reason in a form: its name in the team, or the number of one's own.

    No name begins with a space.
    """
    return f" own:{reason.pk}" if reason.is_own else reason.name


class DecisionForm(forms.Form):
    """A decision. `revision` is the text that the moderator read, `instead_of` the entry that it supersedes."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    instead_of = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class ReasonChoice:
    id: str
    value: str
    label: str
    chosen: bool
    reason: Reason | None = None  # whose letter it fills in
    number: int | None = None  # the key that chooses it


class MessageForm(DecisionForm):
    """A letter to the author, in its parts."""

    PARTS = ("saw", "reason", "message", "next_step", "talk_to")

    saw = forms.CharField(
        label=_("What you saw in it"),
        help_text=_("Something true and specific: what the story did well."),
        required=False,
        max_length=600,
        widget=StoryTextarea(attrs={"rows": 2, "dir": "auto"}),
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
        widget=StoryTextarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={"required": _("Write what has to change: the author reads it.")},
    )
    next_step = forms.CharField(
        label=_("What happens next"),
        required=False,
        max_length=600,
        widget=StoryTextarea(attrs={"rows": 2, "dir": "auto"}),
    )
    talk_to = forms.CharField(
        label=_("Whom to talk to"),
        required=False,
        max_length=300,
        widget=StoryTextarea(attrs={"rows": 1, "dir": "auto"}),
    )

    def __init__(self, *args: Any, reasons: Iterable[Reason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reasons = {reason_value(reason): reason for reason in reasons}
        choices = [(value, reason.name) for value, reason in self.reasons.items()]
        self.fields["reason"].choices = [*choices, ("", _("None of these"))]  # type: ignore[attr-defined]

    @property
    def choices(self) -> Iterator[ReasonChoice]:
        """Yield each reason with its letter and its key. A widget would take too long to draw them."""
        field = self["reason"]
        chosen = field.value()
        for place, (value, label) in enumerate(self.fields["reason"].choices):  # type: ignore[attr-defined]
            reason = self.reasons.get(value)
            number = place + 1 if reason and place < NUMBER_KEYS else None
            yield ReasonChoice(f"{field.auto_id}_{place}", value, label, value == chosen, reason, number)

    @property
    def folded_parts(self) -> list[Any]:
        """The parts that have good words already, or may be left out."""
        return [self["saw"], self["next_step"], self["talk_to"]]

    @property
    def is_unfolded(self) -> bool:
        return any(part.errors for part in self.folded_parts)

    def word_for_several(self) -> None:
        """Word the labels for a letter to the authors of several stories."""
        self.fields["saw"].label = _("What you saw in them")
        self.fields["saw"].help_text = _("Something true of every one of these stories.")
        self.fields["message"].label = _("What has to change in each of them")

    def clean_reason(self) -> str:
        """Return the name of the team's reason. The name of a reason of one's own is for its moderator alone."""
        value: str = self.cleaned_data["reason"]
        return "" if value in self.reasons and self.reasons[value].is_own else value

    def fill(self, value: str, usual: Mapping[str, str] | None = None) -> None:
        """Fill in the letter of this reason, where nothing but the usual words is written yet."""
        reason, usual = self.reasons.get(value), usual or self.initial
        if reason is None:
            return
        # Not read through the fields, which would keep what they had before.
        typed = self.data if self.is_bound else self.initial
        written: dict[str, Any] = {part: str(typed.get(part) or "").strip() for part in LETTER_PARTS}
        for part, words in zip(LETTER_PARTS, reason.letter[1:], strict=True):
            is_untouched = written[part] in ("", str(usual.get(part, "")).strip())
            written[part] = words if words and is_untouched else written[part]
        self.initial = {**self.initial, **written, "reason": value, "revision": typed.get("revision")}
        self.is_bound, self.data = False, {}

    def letter(self) -> Letter:
        """Return the letter as it is at the moment, finished or not."""
        parts = {part: str(self[part].value() or "").strip() for part in self.PARTS}
        return Letter(**parts)  # type: ignore[typeddict-item, no-any-return]

    def preview(self) -> Letter:
        """Return the letter with each part cut to the length that can be sent, so that drawing it stays bounded."""
        parts = {part: words[: self.most(part)] for part, words in self.letter().items()}  # type: ignore[index]
        reason = self.reasons.get(parts["reason"])
        parts["reason"] = "" if reason and reason.is_own else parts["reason"]
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
        widget=StoryTextarea(attrs={"rows": 8, "dir": "auto"}),
        error_messages={"required": _("A story needs its words.")},
    )

    def clean_body(self) -> str:
        body = tidy(self.cleaned_data["body"])
        if not is_readable(body):
            raise ValidationError(gettext("A story needs its words."))
        if count_characters(body) > MOST_CHARACTERS:
            raise ValidationError(gettext("A note holds %(most)s characters.") % {"most": grouped(MOST_CHARACTERS)})
        return body
