"""The list of reasons as an owner edits it: rearranged on the page, then saved as a whole."""

import json
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from itertools import zip_longest
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.fields import FieldWithFocus, LineField
from accounts.models import Membership, Reason
from accounts.models.reason import MOST_REASONS, ReasonLetter

MOST_TYPED = 100  # rows that a page gives back, however many were sent


def letter_part(label: Any, most: int, *, required: bool = False, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    return forms.CharField(label=label, max_length=most, required=required, widget=widget, **options)


class ReasonForm(forms.Form):
    """A reason, and the letter that it fills in."""

    bound_field_class = FieldWithFocus
    takes_focus = True

    name = LineField(label=gettext_lazy("Reason"), max_length=80, required=False)
    words = letter_part(gettext_lazy("What has to change"), 600)
    saw = letter_part(gettext_lazy("What you saw in it"), 600)
    next_step = letter_part(gettext_lazy("What happens next"), 600)
    talk_to = letter_part(gettext_lazy("Whom to talk to"), 300)

    @property
    def folded_parts(self) -> list[forms.BoundField]:
        """The parts that a letter has anyway. A reason may leave them as they are."""
        return [self["saw"], self["next_step"], self["talk_to"]]

    @property
    def is_unfolded(self) -> bool:
        return any(field.errors for field in self.folded_parts)


class ReasonList:
    """The rows of the page. They keep what was typed when a button rearranges them, also what is invalid.

    `before` stands for the list that the page was drawn with: another owner may have saved theirs meanwhile.
    """

    def __init__(
        self, letters: Sequence[tuple[str, ...]] | None = None, *, by: Membership, before: str | None = None
    ) -> None:
        self.by = by
        self.present = [reason.letter for reason in Reason.objects.of(by.team)]
        self.letters = [ReasonLetter(*letter) for letter in (self.present if letters is None else letters)[:MOST_TYPED]]
        self.before = digest_of_reasons(self.present) if before is None else before
        self.is_changed_meanwhile = False
        # The element that gets the focus after a press: a row's number, and its name field or one of its arrows.
        self.at: int | None = None
        self.toward = "name"
        self.error = ""

    @classmethod
    def of(cls, membership: Membership) -> "ReasonList":
        return cls(by=membership)

    @classmethod
    def typed(cls, data: QueryDict, *, by: Membership) -> "ReasonList":
        # A page from before reasons had a whole letter sends fewer parts.
        parts = [data.getlist(part)[:MOST_TYPED] for part in ReasonLetter._fields]
        return cls(list(zip_longest(*parts, fillvalue="")), by=by, before=data.get("before-reasons"))

    @cached_property
    def rows(self) -> list[ReasonForm]:
        rows = [ReasonForm(letter._asdict(), auto_id=f"reason-{place}-%s") for place, letter in enumerate(self.letters)]
        for row in rows:
            row.takes_focus = False
        if rows and self.at is not None and self.toward == "name":
            rows[self.at].fields["name"].widget.attrs["autofocus"] = True
        return rows

    @property
    def may_grow(self) -> bool:
        return len(self.letters) < MOST_REASONS

    @property
    def has_errors(self) -> bool:
        """Return whether `is_valid` has found an error."""
        return bool(self.error) or any(row.is_bound and row.errors for row in self.rows)

    def rearrange(self, press: str) -> None:
        """Apply `press`: add, or up, down or drop with the row's place, as in “up-2”. Ignore any other value."""
        what, _hyphen, place = press.partition("-")
        if what == "add" and self.may_grow:
            self.letters.append(ReasonLetter(""))
            self.at = len(self.letters) - 1
        if what in ("up", "down", "drop") and place in map(str, range(len(self.letters))):
            row = self.letters.pop(int(place))
            if what == "drop":
                self.at = min(int(place), len(self.letters) - 1)
            else:
                self._put(row, int(place) + (1 if what == "down" else -1), what)

    def is_valid(self) -> bool:
        """Validate every row, so that each shows its own errors. Skip empty rows."""
        seen: set[str] = set()
        for row in self.rows:
            row.is_valid()
            name = row.cleaned_data.get("name", "")
            if "name" in row.errors:
                continue
            if not name and any(row.cleaned_data.values()):
                row.add_error("name", _("Give it a name, or delete it."))
            elif name and name in seen:
                row.add_error("name", _("This reason is on the list already."))
            seen.add(name)
        if len(self._filled()) > MOST_REASONS:
            self.error = _("A list can have twenty reasons. Please delete some.")
        elif self._is_overtaken():
            self.error = _("Another owner has changed the reasons meanwhile. Save again to have your list instead.")
            self.before, self.is_changed_meanwhile = digest_of_reasons(self.present), True
        return not self.error and not any(row.errors for row in self.rows)

    def focus_first_error(self) -> None:
        for row in [row for row in self.rows if row.errors][:1]:
            row.takes_focus = True

    def save(self) -> bool:
        """Save the list, after `is_valid`. Returns False where nothing changes."""
        wanted = self._filled()
        return digest_of_reasons(wanted) != self.before and Reason.objects.replace(wanted, by=self.by)

    def _is_overtaken(self) -> bool:
        """Return whether this owner and another one have both changed the list that they saw."""
        wanted, present = digest_of_reasons(self._filled()), digest_of_reasons(self.present)
        return self.before != present and wanted not in (self.before, present)

    def _put(self, row: ReasonLetter, place: int, what: str) -> None:
        last = len(self.letters)
        self.at = min(max(place, 0), last)
        self.letters.insert(self.at, row)
        if last:
            self.toward = "down" if self.at == 0 else "up" if self.at == last else what

    def _filled(self) -> list[ReasonLetter]:
        letters = [
            ReasonLetter(*(row.cleaned_data.get(part, "") for part in ReasonLetter._fields)) for row in self.rows
        ]
        return [letter for letter in letters if any(letter)]


def digest_of_reasons(letters: Sequence[ReasonLetter]) -> str:
    return sha256(json.dumps(letters).encode()).hexdigest()[:16]
