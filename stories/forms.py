"""Forms of authors and readers."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stories.models import Kind, Quality, Report, Story, StoryText
from stories.models.story import MOST_CHARACTERS, MOST_CODE_POINTS
from stories.models.text import MOST_QUALITIES
from stories.text import count_characters, is_readable, tidy

# Browsers bring hidden values back on a reload, which would belong to another opening of the form.
AS_SENT = {"autocomplete": "off"}
MOST_TURNS = 2**53  # the greatest whole number of JavaScript

KIND_LABELS = [
    (Kind.GIVEN, _("I gave it")),
    (Kind.RECEIVED, _("I received it")),
    (Kind.WITNESSED, _("I witnessed it")),
]


class StoryTextarea(forms.Textarea):
    """A textarea that is rendered without a template, because the desk renders ten of them after each decision."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        drawn = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<textarea{}>\n{}</textarea>", drawn, self.format_value(value) or "")


class StoryForm(forms.Form):
    """The composer. A draft may be incomplete; only a submission needs every part."""

    kind = forms.ChoiceField(label=_("This kindness"), choices=KIND_LABELS, required=False, widget=forms.RadioSelect)
    body = forms.CharField(
        label=_("What happened?"), required=False, strip=False, widget=StoryTextarea(attrs={"rows": 7, "dir": "auto"})
    )
    qualities = forms.MultipleChoiceField(
        label=_("Words that fit it"), choices=Quality.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    # The qualities in the order in which they were chosen, which the checkboxes do not have.
    order = forms.Field(required=False, widget=forms.HiddenInput(attrs=AS_SENT))
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput(attrs=AS_SENT))
    composer = forms.UUIDField(required=False, widget=forms.HiddenInput(attrs=AS_SENT))
    # The composer's script sends a greater number with each request.
    turn = forms.IntegerField(
        required=False, min_value=0, max_value=MOST_TURNS, widget=forms.HiddenInput(attrs=AS_SENT)
    )

    def __init__(self, *args: Any, submitting: bool = False, stored: Sequence[str] = (), **kwargs: Any) -> None:
        """`stored` are the story's qualities in their order, for a form that does not send an order."""
        super().__init__(*args, **kwargs)
        self.submitting = submitting
        self.stored = stored

    @classmethod
    def blank(cls, text: StoryText | None = None) -> "StoryForm":
        """Return the form for a new story, which may begin with the text of another."""
        return cls(initial={**form_values(text or StoryText()), "composer": uuid.uuid4(), "revision": 0})

    @classmethod
    def of(cls, story: Story) -> "StoryForm":
        return cls(initial={**form_values(story.text), "composer": uuid.uuid4(), "revision": story.revision})

    @classmethod
    def of_change_to(cls, story: Story) -> "StoryForm":
        """Return the form for a new edit of a published story, with its present text."""
        return cls(initial={**form_values(story.text), "composer": uuid.uuid4(), "revision": 0})

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
    def can_be_saved(self) -> bool:
        """Return whether the body fits into a draft."""
        return len(self._body()) <= MOST_CODE_POINTS

    @property
    def text(self) -> StoryText:
        """Return the text as a draft holds it, without choices that do not exist."""
        kind = self.data.get("kind", "")
        data = self.data
        chosen = data.getlist("qualities") if hasattr(data, "getlist") else data.get("qualities", [])
        return StoryText(
            kind=kind if kind in Kind.values else "",
            qualities=self._in_order(chosen),
            body=self._body(),
        )

    @property
    def first_quality(self) -> str:
        """Return the quality that is the paper of the text in this form."""
        qualities = self.text.qualities if self.is_bound else self.initial.get("qualities", ())
        return next(iter(qualities), "")

    def at_revision(self, revision: int) -> None:
        """Change the form so that the next request replaces this revision."""
        self._change(revision=str(revision))

    def as_a_new_one(self) -> None:
        """Change the form so that the next request begins a new story."""
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
            raise ValidationError(gettext("This is much longer than a story can be. Please make it shorter."))
        if not self.submitting:
            return body
        if not is_readable(body):
            raise ValidationError(gettext("Write what happened, in a line or a few."))
        if (over := count_characters(body) - MOST_CHARACTERS) > 0:
            raise ValidationError(
                gettext(
                    "A story can have %(most)s characters. This one has %(over)s too many. "
                    "Which sentence could you leave out?"
                )
                % {"most": grouped(MOST_CHARACTERS), "over": grouped(over)}
            )
        return body

    def clean_qualities(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["qualities"]
        if self.submitting and not chosen:
            raise ValidationError(gettext("Choose at least one word that fits it."))
        if self.submitting and len(chosen) > MOST_QUALITIES:
            raise ValidationError(gettext("Choose up to three words; these are %(number)d.") % {"number": len(chosen)})
        return chosen

    def _in_order(self, chosen: Sequence[str]) -> list[str]:
        """Return the qualities that are ticked: first those that were before, in their order, then the others."""
        before = self.data["order"].split(",") if "order" in self.data else self.stored
        ordered = dict.fromkeys([*(quality for quality in before if quality in chosen), *chosen])
        return [quality for quality in ordered if quality in Quality.values]

    def _body(self) -> str:
        return tidy(self.data.get("body", "").replace("\x00", ""))


class StandByForm(forms.Form):
    """An author's reply to a return or a decline."""

    message = forms.CharField(
        label=_("What should the moderator know?"),
        max_length=2_000,
        widget=StoryTextarea(attrs={"rows": 5, "dir": "auto"}),
        error_messages={"required": _("Write a few words. The moderator reads them together with your story.")},
    )


class ReportForm(forms.Form):
    """A reader's report of a published story."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what fits best."),
            "invalid_choice": _("Choose what fits best."),
        },
    )
    message = forms.CharField(
        label=_("In your own words (optional)"),
        required=False,
        max_length=1_000,
        widget=StoryTextarea(attrs={"rows": 3, "dir": "auto"}),
    )


def form_values(text: StoryText) -> dict[str, Any]:
    """Return the parts of a text as the composer's fields take them."""
    return {**text.parts(), "order": ",".join(text.qualities)}


def grouped(number: int) -> str:
    """Return the number with the thousands separator of the language, such as 1,000 or 1.000."""
    return number_format(number, use_l10n=True, force_grouping=True)
