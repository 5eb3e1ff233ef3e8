"""What authors and moderators fill in."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Reason
from stories.models import Kind, Letter, Quality, Report, Story
from stories.models.columns import MOST_QUALITIES
from stories.models.story import MOST_CHARACTERS, MOST_CODE_POINTS
from stories.text import count_characters, is_readable, tidy

LONGEST_REASON = 80
MOST_TURNS = 2**53  # a script's greatest whole number

KIND_LABELS = [
    (Kind.GIVEN, _("I gave it")),
    (Kind.RECEIVED, _("I received it")),
    (Kind.WITNESSED, _("I witnessed it")),
]


class Words(forms.Textarea):
    """A textarea that is drawn without a template: the desk has ten of them, drawn anew with each answer."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        drawn = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<textarea{}>\n{}</textarea>", drawn, self.format_value(value) or "")


class StoryForm(forms.Form):
    """The composer. A draft may be unfinished; only submitting asks for all of it."""

    kind = forms.ChoiceField(label=_("This kindness"), choices=KIND_LABELS, required=False, widget=forms.RadioSelect)
    body = forms.CharField(
        label=_("What happened?"), required=False, strip=False, widget=Words(attrs={"rows": 7, "dir": "auto"})
    )
    qualities = forms.MultipleChoiceField(
        label=_("It carried"), choices=Quality.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    composer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    # Added by the composer's script to each request, with a greater number each time.
    turn = forms.IntegerField(required=False, min_value=0, max_value=MOST_TURNS, widget=forms.HiddenInput)

    def __init__(self, *args: Any, submitting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.submitting = submitting

    @classmethod
    def blank(cls) -> "StoryForm":
        return cls(initial={"composer": uuid.uuid4(), "revision": 0})

    @classmethod
    def of(cls, story: Story) -> "StoryForm":
        return cls(initial={**fields_of(story), "composer": uuid.uuid4(), "revision": story.revision})

    @classmethod
    def of_change_to(cls, story: Story) -> "StoryForm":
        """A new text for a story on the wall, to begin from the present one."""
        return cls(initial={**fields_of(story), "composer": uuid.uuid4(), "revision": 0})

    @property
    def most_characters(self) -> int:
        return MOST_CHARACTERS

    @property
    def characters_left(self) -> int:
        return MOST_CHARACTERS - count_characters(tidy(self["body"].value() or ""))

    @property
    def characters_over(self) -> int:
        return max(0, -self.characters_left)

    @property
    def can_be_kept(self) -> bool:
        """Whether what was typed fits a draft, finished or not."""
        return len(self._text()) <= MOST_CODE_POINTS

    def kept(self) -> dict[str, Any]:
        """The fields of a draft; a choice that does not exist counts as not made."""
        kind = self.data.get("kind", "")
        chosen = self.data.getlist("qualities") if hasattr(self.data, "getlist") else []
        return {
            "kind": kind if kind in Kind.values else "",
            "qualities": [quality for quality in Quality.values if quality in chosen][:MOST_QUALITIES],
            "body": self._text(),
        }

    def at_revision(self, revision: int) -> None:
        """Sent again, the typed text replaces this revision."""
        self._change(revision=str(revision))

    def as_a_new_one(self) -> None:
        """Sent again, the typed text is one of its own."""
        self._change(revision="0", composer=str(uuid.uuid4()))

    def _change(self, **hidden: str) -> None:
        data = QueryDict(mutable=True)
        data.update(self.data)
        for name, value in hidden.items():
            data[name] = value
        self.data = data

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        if self.submitting and not kind:
            raise ValidationError(gettext("Choose whether you gave, received or witnessed it."))
        return kind

    def clean_body(self) -> str:
        body = tidy(self.cleaned_data["body"])
        if len(body) > MOST_CODE_POINTS:
            raise ValidationError(gettext("This is far longer than a note can be. Please keep it to the heart of it."))
        if not self.submitting:
            return body
        if not is_readable(body):
            raise ValidationError(gettext("Write what happened, in a line or a few."))
        if (over := count_characters(body) - MOST_CHARACTERS) > 0:
            raise ValidationError(
                gettext(
                    "A note holds %(most)s characters. This one is %(over)s over; which sentence could it do without?"
                )
                % {"most": grouped(MOST_CHARACTERS), "over": grouped(over)}
            )
        return body

    def clean_qualities(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["qualities"]
        if self.submitting and not chosen:
            raise ValidationError(gettext("Choose at least one word for what it carried."))
        if self.submitting and len(chosen) > MOST_QUALITIES:
            raise ValidationError(gettext("Choose up to three words; these are %(number)d.") % {"number": len(chosen)})
        return chosen

    def _text(self) -> str:
        return tidy(self.data.get("body", "").replace("\x00", ""))


class DecisionForm(forms.Form):
    """A moderator's answer. `revision` is the text that they read, `instead_of` the answer that it had."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    instead_of = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class PublishForm(DecisionForm):
    """`watching` has the author's next stories read first as well."""

    watching = forms.BooleanField(required=False)


@dataclass(frozen=True, slots=True)
class ReasonChoice:
    id: str
    value: str
    label: str
    words: str
    chosen: bool


class MessageForm(DecisionForm):
    """A letter to the author, in its four parts."""

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
        """Each reason, with the words to begin from. Drawn by hand: a widget's template for each takes too long."""
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
        """As it is at the moment, finished or not."""
        parts = {part: str(self[part].value() or "").strip() for part in self.PARTS}
        return Letter(**parts)  # type: ignore[typeddict-item, no-any-return]

    def preview(self) -> Letter:
        """The same, but of each part only as much as can be sent: whatever is typed is not drawn without end."""
        parts = {part: words[: self.most(part)] for part, words in self.letter().items()}  # type: ignore[index]
        return Letter(**parts)  # type: ignore[typeddict-item, no-any-return]

    def most(self, part: str) -> int:
        """The characters of this part; of a reason those of its name."""
        return getattr(self.fields[part], "max_length", LONGEST_REASON) or LONGEST_REASON


class FixForm(DecisionForm):
    """The text without its typo."""

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
    """To whom a story is handed, and why."""

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

    def __init__(self, *args: Any, colleagues: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = list(colleagues)
        field: Any = self.fields["colleague"]
        field.queryset = Membership.objects.filter(pk__in=[one.pk for one in able])
        field.choices = [("", "…"), *((one.pk, name_and_absence(one)) for one in able)]


def name_and_absence(colleague: Membership) -> str:
    if not colleague.is_away:
        return colleague.user.name
    assert colleague.away_until is not None
    until = date_format(colleague.away_until, "DATE_FORMAT")
    return gettext("%(name)s, away until %(day)s") % {"name": colleague.user.name, "day": until}


class StandByForm(forms.Form):
    """An author's answer to a return or a decline."""

    message = forms.CharField(
        label=_("What should your reader know?"),
        max_length=2_000,
        widget=Words(attrs={"rows": 5, "dir": "auto"}),
        error_messages={"required": _("Write a few words: somebody else will read them together with your story.")},
    )


class ReportForm(forms.Form):
    """What is wrong with a story on the wall, as one reader sees it."""

    reason = forms.ChoiceField(
        label=_("What is it?"),
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what comes closest."),
            "invalid_choice": _("Choose what comes closest."),
        },
    )
    message = forms.CharField(
        label=_("In your words, if you like"),
        required=False,
        max_length=1_000,
        widget=Words(attrs={"rows": 3, "dir": "auto"}),
    )


def grouped(number: int) -> str:
    """1,000 or 1.000, as the language has it."""
    return number_format(number, use_l10n=True, force_grouping=True)


def fields_of(story: Story) -> dict[str, Any]:
    return {"kind": story.kind, "qualities": story.qualities, "body": story.body}
