"""The log of decisions, as a page and as a table for a spreadsheet."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from accounts.models import Membership
from moderation.comparison import body_diff, earlier_facts
from stories.cards import microseconds_since_epoch
from stories.models import Action, AuditEntry, Story, StoryText
from stories.models.audit import AuditQuerySet, within_undo
from stories.models.choices import DELAYED_DECISIONS, TEXT_ACTIONS, UNSEEN_ACTIONS
from stories.models.text import PART_NAMES, TEXT_PARTS
from stories.wall_order import read_cursor

LOG_PAGE = 50
CSV_BATCH = 500  # rows of the table that are read at a time
# A spreadsheet takes a cell for a formula that begins with one of these signs, in any script. The spreadsheet itself
# decides where a cell begins, by its country or by a press of its user: after a comma, a semicolon, a tab, a line's end
# or a space. Only letters and digits never separate two cells.
SIGNS = "=+@\\-＝＋＠－﹦﹢﹫﹣"
FORMULA = re.compile(rf"(?<![^\W_])(?<![{SIGNS}])(?=[{SIGNS}])")
BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets read UTF-8 as something else
# The parts of the text beside its body, in the last columns.
FACTS = tuple(part for part in TEXT_PARTS if part != "body")
LOG_COLUMNS = (
    gettext_lazy("When"),
    gettext_lazy("Who"),
    gettext_lazy("What"),
    gettext_lazy("Story"),
    gettext_lazy("Author"),
    gettext_lazy("Reason"),
    gettext_lazy("What was seen in it"),
    gettext_lazy("What has to change"),
    gettext_lazy("What happens next"),
    gettext_lazy("Whom to talk to"),
    PART_NAMES["body"],
    gettext_lazy("Undone by"),
    gettext_lazy("Undone at"),
    *(PART_NAMES[part] for part in FACTS),
)


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry of the log, as the page shows it."""

    entry: AuditEntry
    before: StoryText | None = None  # the text that this one replaced

    @property
    def day(self) -> date:
        """Return the day in the reader's time zone."""
        return timezone.localdate(self.entry.created_at)

    @property
    def who(self) -> str:
        return who_did(self.entry)

    @property
    def by_its_author(self) -> bool:
        return self.entry.actor_id is not None and self.entry.actor_id == self.entry.story.author_id

    @property
    def undone(self) -> AuditEntry | None:
        return getattr(self.entry, "undone_by", None)

    @property
    def letter(self) -> list[tuple[str, str]]:
        """Return the parts of the letter that were written, each with its label."""
        entry = self.entry
        message = {
            Action.STAND_BY: gettext("What the author wrote"),
            Action.ASSIGN: gettext("Note to the colleague"),
        }.get(Action(entry.action), gettext("What has to change"))
        parts = [
            (gettext("What was seen in it"), entry.saw),
            (message, entry.message),
            (gettext("What happens next"), entry.next_step),
            (gettext("Whom to talk to"), entry.talk_to),
        ]
        return [(label, words) for label, words in parts if words]

    @property
    def changed(self) -> SafeString | None:
        """Return the body with what was removed and added, or None where no change is known."""
        if not self.before or not self.entry.body or self.before.body == self.entry.body:
            return None
        return body_diff(self.before, self.entry.text)

    @property
    def facts_before(self) -> str:
        """Return the kind, the qualities and so on that this entry replaced, or nothing where they stayed."""
        return earlier_facts(self.before, self.entry.text) if self.entry.body else ""


@dataclass(frozen=True, slots=True)
class LogPage:
    lines: Sequence[LogLine]
    older: str  # the cursor of the next page, or nothing on the last


def log_of(membership: Membership) -> AuditQuerySet:
    """Return the entries about the team's stories that this moderator may read, newest first.

    About their own stories they read what every author learns, and what they did themselves: nothing of spam, of
    reports and of notes between colleagues, and nothing that can still be undone or was undone.
    """
    undone_or_undoable = within_undo() | Q(undone_by__isnull=False)
    by_others = Q(actor=None) | ~Q(actor=membership.user_id)
    hidden = (
        Q(action__in=UNSEEN_ACTIONS)
        | Q(undoes__action__in=(*UNSEEN_ACTIONS, *DELAYED_DECISIONS))
        | (Q(action__in=DELAYED_DECISIONS) & undone_or_undoable)
    )
    # A subquery instead of a join: a database that began with the team's stories would sort its whole log.
    ours = Exists(Story.objects.filter(pk=OuterRef("story"), team=membership.team_id))
    return (
        AuditEntry.objects.filter(ours)
        .exclude(hidden, by_others, story__author=membership.user_id)
        .select_related("actor", "story__author", "undone_by__actor")
        .order_by("-created_at", "-pk")
    )


def read_log_page(entries: AuditQuerySet, before: str) -> LogPage:
    """Read a page in at most two queries. An invalid cursor reads the first page."""
    page = list(after(entries, read_cursor(before))[: LOG_PAGE + 1])
    last = page[LOG_PAGE - 1] if len(page) > LOG_PAGE else None
    older = f"{microseconds_since_epoch(last.created_at)}-{last.pk}" if last else ""
    return LogPage(lines=log_lines(page[:LOG_PAGE]), older=older)


def as_table(entries: AuditQuerySet) -> Iterator[str]:
    """Yield the log as CSV, in the language and time zone of the request."""
    language, zone = translation.get_language(), timezone.get_current_timezone()

    def pieces() -> Iterator[str]:
        # Drawn while it is sent, when the thread may already serve another request.
        with translation.override(language):
            header = csv_text([[str(column) for column in LOG_COLUMNS]])
        yield BYTE_ORDER_MARK + header
        cursor = None
        while batch := list(after(entries, cursor)[:CSV_BATCH]):
            with translation.override(language), timezone.override(zone):
                piece = csv_text(cells(LogLine(entry)) for entry in batch)
            yield piece
            cursor = batch[-1].created_at, batch[-1].pk

    return pieces()


def after(entries: AuditQuerySet, cursor: tuple[datetime, int] | None) -> AuditQuerySet:
    """Return the entries older than the one with that moment and number."""
    if cursor is None:
        return entries
    then, pk = cursor
    # The first condition lets the index start at the cursor; the second settles equal moments.
    return entries.filter(created_at__lte=then).exclude(created_at=then, pk__gte=pk)


def log_lines(entries: Sequence[AuditEntry]) -> list[LogLine]:
    replaced = texts_before(entry.pk for entry in entries if entry.action in TEXT_ACTIONS)
    return [LogLine(entry, replaced.get(entry.pk)) for entry in entries]


def texts_before(changes: Iterable[int]) -> dict[int, StoryText]:
    """Return the text of the entry before each of these; one query, or none."""
    earlier = AuditEntry.objects.filter(story=OuterRef("story"), pk__lt=OuterRef("pk")).order_by("-pk")
    before = {f"{part}_before": Subquery(earlier.values(part)[:1]) for part in TEXT_PARTS}
    entries = AuditEntry.objects.filter(pk__in=list(changes)).annotate(**before).values_list("pk", *before)
    return {
        pk: StoryText.from_audit(**{part: value or "" for part, value in zip(TEXT_PARTS, values, strict=True)})
        for pk, *values in entries
    }


def who_did(entry: AuditEntry) -> str:
    if entry.action == Action.HIDE:
        return gettext("The team’s own rule")
    return entry.actor_name


def cells(line: LogLine) -> list[str]:
    entry, undone = line.entry, line.undone
    return [
        local(entry.created_at),
        line.who,
        entry.past,
        str(entry.story_id),
        entry.story.author_name,
        entry.reason,
        entry.saw,
        entry.message,
        entry.next_step,
        entry.talk_to,
        entry.body,
        who_did(undone) if undone else "",
        local(undone.created_at) if undone else "",
        *(", ".join(entry.text.words_of(part)) for part in FACTS),
    ]


def local(then: datetime) -> str:
    return timezone.localtime(then).strftime("%Y-%m-%d %H:%M:%S")


def csv_text(rows: Iterable[list[str]]) -> str:
    lines = StringIO()
    csv.writer(lines).writerows([harmless(cell) for cell in row] for row in rows)
    return lines.getvalue()


def harmless(cell: str) -> str:
    """Put an apostrophe before all that a spreadsheet could take for a formula."""
    return FORMULA.sub("'", cell)
