"""Figures about moderation in a team. They name nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Team
from accounts.team_overview import policy
from kindwall import clock
from stories.models import Action, AuditEntry, Story
from stories.models.audit import UNDO_FOR, AuditQuerySet
from stories.models.choices import DECISIONS, SPAM_DECISIONS, VERDICTS
from stories.wait_times import promise

MONTH, QUARTER = timedelta(days=30), timedelta(days=90)
RECENT_DECISIONS = 1_000  # first decisions from which the usual time to one is read
STEPS = 20  # lengths that a bar can have
# Labels of the rows.
DECIDED = {
    Action.PUBLISH: gettext_lazy("Published"),
    Action.RETURN: gettext_lazy("Returned for a change"),
    Action.DECLINE: gettext_lazy("Declined"),
    Action.REMOVE: gettext_lazy("Removed"),
    Action.RESTORE: gettext_lazy("Restored"),
    Action.DISMISS_REPORTS: gettext_lazy("Left on the wall after a look"),
    Action.SPAM: gettext_lazy("Marked as spam"),
    Action.NOT_SPAM: gettext_lazy("Spam mark taken off"),
}


# Counted as one: to count them apart would tell members how many stories were reported.
COUNTED_AS = {Action.REVIEW: Action.DISMISS_REPORTS}


@dataclass(frozen=True, slots=True)
class Number:
    """A count, and the length of its bar."""

    count: int
    most: int

    @property
    def step(self) -> int:
        """Return a length from 0 to 20. Every count above zero can be seen."""
        return -(-self.count * STEPS // self.most) if self.most else 0


@dataclass(frozen=True, slots=True)
class FigureRow:
    label: str
    month: Number
    quarter: Number


@dataclass(frozen=True, slots=True)
class Figures:
    rules: Sequence[str]  # the rules of review, in sentences
    decisions: Sequence[FigureRow]
    reasons: Sequence[FigureRow]
    # For moderators: the median from submission to the first decision, where there was one.
    month_wait: timedelta | None
    quarter_wait: timedelta | None
    late: int | None  # stories that wait longer than the team aims at; None where it has no aim, or for members


def figures_of(membership: Membership) -> Figures:
    """Read the figures: one query for members, three for moderators."""
    now, moderates = clock.now(), membership.may_moderate
    counts = counted(membership.team, now)
    shown = [action for action in DECISIONS if moderates or action not in SPAM_DECISIONS]
    # Reasons are counted only with the decisions that this person sees.
    counts = {key: number for key, number in counts.items() if key[0] in shown}
    return Figures(
        rules=rules(membership.team),
        decisions=labelled_rows([(str(label), totals(counts, action=action)) for action, label in DECIDED.items()]),
        reasons=labelled_rows(
            sorted(((name, totals(counts, reason=name)) for name in reasons_in(counts)), key=by_number)
        ),
        **waits(membership.team, now) if moderates else {"month_wait": None, "quarter_wait": None, "late": None},
    )


type Counts = dict[tuple[str, str], tuple[int, int]]  # by decision and reason: in the month, in the quarter
type Labelled = tuple[str, tuple[int, int]]


def counted(team: Team, now: datetime) -> Counts:
    month = Count("pk", filter=Q(created_at__gte=now - MONTH))
    found = decided_entries(team, now).order_by().values("action", "reason").annotate(month=month, quarter=Count("pk"))
    return {(row["action"], row["reason"]): (row["month"], row["quarter"]) for row in found}


def decided_entries(team: Team, now: datetime) -> AuditQuerySet:
    """Return the decisions of the quarter that nobody has undone, and nobody can undo any more."""
    in_effect = AuditEntry.objects.decisions().in_effect()
    return in_effect.filter(story__team=team, created_at__gte=now - QUARTER, created_at__lte=now - UNDO_FOR)


def totals(counts: Counts, *, action: str = "", reason: str = "") -> tuple[int, int]:
    wanted = [
        number
        for (did, why), number in counts.items()
        if COUNTED_AS.get(Action(did), did) == action or (reason and why == reason)
    ]
    return sum(month for month, _quarter in wanted), sum(quarter for _month, quarter in wanted)


def reasons_in(counts: Counts) -> list[str]:
    return sorted({why for _did, why in counts if why})


def by_number(row: Labelled) -> int:
    return -row[1][1]


def labelled_rows(labelled: Iterable[Labelled]) -> list[FigureRow]:
    """Return the rows with a count above zero."""
    found = [(label, month, quarter) for label, (month, quarter) in labelled if quarter]
    most = max((quarter for _label, _month, quarter in found), default=0)
    return [FigureRow(label, Number(month, most), Number(quarter, most)) for label, month, quarter in found]


def waits(team: Team, now: datetime) -> dict[str, Any]:
    decided = first_decisions(team, now)
    return {
        "month_wait": middle([wait for at, wait in decided if at >= now - MONTH]),
        "quarter_wait": middle([wait for _at, wait in decided]),
        "late": late(team, now),
    }


def first_decisions(team: Team, now: datetime) -> list[tuple[datetime, timedelta]]:
    """Return the moment of the first decision on each story, and the wait before it."""
    earlier = AuditEntry.objects.in_effect().filter(story=OuterRef("story"), pk__lt=OuterRef("pk"))
    asked = earlier.filter(action=Action.SUBMIT).order_by("-pk").values("created_at")[:1]
    first = (
        decided_entries(team, now)
        .filter(~Exists(earlier.filter(action__in=VERDICTS)), action__in=VERDICTS)
        .annotate(asked=Subquery(asked))
        .filter(asked__isnull=False)
        .order_by("-created_at", "-pk")
    )
    return [(at, at - before) for at, before in first.values_list("created_at", "asked")[:RECENT_DECISIONS]]


def late(team: Team, now: datetime) -> int | None:
    if not team.answer_hours:
        return None
    return Story.objects.of(team).waiting().filter(submitted_at__lt=now - timedelta(hours=team.answer_hours)).count()


def middle(waits: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(wait.total_seconds() for wait in waits)) if waits else None


def rules(team: Team) -> list[str]:
    return [words for words in (policy(team), promise(team)) if words]
