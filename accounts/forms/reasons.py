"""The list of reasons as an owner edits it: rearranged on the page, then saved as a whole."""

from collections.abc import Sequence
from functools import cached_property

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.fields import LineField
from accounts.models import Membership, Reason
from accounts.models.reason import MOST_REASONS

MOST_TYPED = 100  # rows that a page gives back, however many were sent


class ReasonForm(forms.Form):
    name = LineField(label=gettext_lazy("Reason"), max_length=80, required=False)
    words = forms.CharField(
        label=gettext_lazy("Words to begin from"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )


class ReasonList:
    """The rows of the page. They keep what was typed when a button rearranges them, also what is invalid."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = list(pairs[:MOST_TYPED])
        # The element that gets the focus after a press: a row's number, and its name field or one of its arrows.
        self.at: int | None = None
        self.toward = "name"
        self.error = ""

    @classmethod
    def of(cls, reasons: Sequence[Reason]) -> "ReasonList":
        return cls([(reason.name, reason.words) for reason in reasons])

    @classmethod
    def typed(cls, data: QueryDict) -> "ReasonList":
        return cls(list(zip(data.getlist("name"), data.getlist("words"), strict=False)))

    @cached_property
    def rows(self) -> list[ReasonForm]:
        rows = [
            ReasonForm({"name": name, "words": words}, auto_id=f"reason-{place}-%s")
            for place, (name, words) in enumerate(self.pairs)
        ]
        if rows and self.at is not None and self.toward == "name":
            rows[self.at].fields["name"].widget.attrs["autofocus"] = True
        return rows

    @property
    def may_grow(self) -> bool:
        return len(self.pairs) < MOST_REASONS

    def rearrange(self, press: str) -> None:
        """Apply `press`: add, or up, down or drop with the row's place, as in “up-2”. Ignore any other value."""
        what, _hyphen, place = press.partition("-")
        if what == "add" and self.may_grow:
            self.pairs.append(("", ""))
            self.at = len(self.pairs) - 1
        if what in ("up", "down", "drop") and place in map(str, range(len(self.pairs))):
            row = self.pairs.pop(int(place))
            if what == "drop":
                self.at = min(int(place), len(self.pairs) - 1)
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
            if not name and row.cleaned_data.get("words"):
                row.add_error("name", _("Give it a name, or delete it."))
            elif name and name in seen:
                row.add_error("name", _("This reason is on the list already."))
            seen.add(name)
        if len(self._filled()) > MOST_REASONS:
            self.error = _("A list can have twenty reasons. Please delete some.")
        return not self.error and not any(row.errors for row in self.rows)

    def save(self, *, by: Membership) -> bool:
        """Save the list, after `is_valid`. Returns False where nothing changes."""
        return Reason.objects.replace(self._filled(), by=by)

    def _put(self, row: tuple[str, str], place: int, what: str) -> None:
        last = len(self.pairs)
        self.at = min(max(place, 0), last)
        self.pairs.insert(self.at, row)
        if last:
            self.toward = "down" if self.at == 0 else "up" if self.at == last else what

    def _filled(self) -> list[tuple[str, str]]:
        pairs = [(row.cleaned_data.get("name", ""), row.cleaned_data.get("words", "")) for row in self.rows]
        return [pair for pair in pairs if any(pair)]
