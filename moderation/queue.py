"""The lists of the desk: which stories, in which order, and the marks on each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from kindwall import clock
from moderation.lookup import open_assignment, with_desk_facts
from moderation.selection import Order, Selection, Show, cursor_after, find_words
from stories.author_view import states_for_authors
from stories.models import AuditEntry, Report, SentStory, State, Story
from stories.models.sent import SentStoryQuerySet

STORIES_SHOWN = 25  # stories of a list on one page

# The columns that a row needs. Lists are read as often as anything in the product.
GLANCE = (
    *("state", "body", "signature", "revision", "submission_count", "stood_by_at", "edit_of"),
    *("created_at", "submitted_at", "published_at", "unreviewed_since", "settles_at", "author__name"),
    *("claim__lapses_at", "claim__moderator__name", "assignment__decision", "assignment__moderator__name"),
)
APART = ("state", "submitted_at", "signature", "author__name", "edit_of")  # the columns of a story set apart


# Lists of what authors do not learn of.
HIDDEN_FROM_AUTHORS = (Show.REPORTED, Show.UNREAD, Show.SPAM)

# Shown in place of a list that is empty.
WHEN_EMPTY = {
    Show.REPORTED: _("Every report has been decided on."),
    Show.SPAM: _("You can put a story back from here for thirty days after it was marked as spam."),
    Show.UNREAD: _("Moderators have looked at every story that was published without a review in the last seven days."),
    Show.MINE: _("Stories that are assigned to you are listed here until they are decided."),
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A story in the list."""

    story: SentStory
    state: State  # the one that its author sees, where it is this moderator's own and a colleague decides on it
    new: bool  # no story of this author was ever published
    reports: int
    overdue: bool  # it waits longer than the team aims at
    claim: str  # the name of the colleague who is reading it
    assigned: str  # the name of the colleague whom it is assigned to
    mine: bool  # it is assigned to this moderator
    own: bool  # this moderator has written it
    done: str  # the decision taken meanwhile; the row stays in its place until the list is read again

    @property
    def is_pending(self) -> bool:
        return self.state == State.PENDING

    @property
    def marks(self) -> list[str]:
        """Return the marks on the row, a few words each."""
        story, marks = self.story, []
        if story.is_stood_by:
            marks.append(gettext("Second opinion"))
        elif story.submission_count > 1:
            marks.append(gettext("Resubmitted"))
        if story.edit_of_id:
            marks.append(gettext("New text of a published story"))
        if self.new and self.is_pending:
            marks.append(gettext("New here"))
        if self.reports:
            marks.append(ngettext("%(number)s report", "%(number)s reports", self.reports) % {"number": self.reports})
        return marks


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of a list."""

    selection: Selection = field(default_factory=Selection)
    rows: Sequence[QueueRow] = ()
    later: str = ""  # the cursor of the next page
    apart: Sequence[SentStory] = ()  # that wait for a colleague's decision

    @property
    def show(self) -> Show:
        return self.selection.show

    @property
    def waiting(self) -> list[int]:
        """Return the numbers of the stories on this page that can be ticked."""
        return [row.story.pk for row in self.rows if row.is_pending and not row.done]

    @property
    def when_empty(self) -> str:
        if self.selection.words:
            return gettext("No story in this list has all of these words.")
        if self.selection.after:
            return gettext("There is no later story in this list.")
        return str(WHEN_EMPTY.get(self.show, gettext("No waiting story is of this kind.")))

    @property
    def first(self) -> int | None:
        """Return the number of the first story that is left to this moderator, or else of the first, if any.

        It is not their own, no colleague is reading it, and it is assigned to no colleague.
        """
        free = [row for row in self.rows if not (row.claim or row.assigned or row.own)] or self.rows
        return free[0].story.pk if free else None


def stories_shown(membership: Membership, selection: Selection) -> SentStoryQuerySet:
    """Return the stories of a selection in the order in which they are to be read."""
    return selection.arrange(stories_of_list(membership, selection.show))


def stories_of_list(membership: Membership, show: Show) -> SentStoryQuerySet:
    here = SentStory.objects.of(membership.team)
    if show in HIDDEN_FROM_AUTHORS:
        here = here.without_those_for_colleagues_of(membership)
    waiting = here.waiting().decidable_by(membership)
    match show:
        case Show.NEW:
            return waiting.of_new_people()
        case Show.BACK:
            return waiting.resubmitted()
        case Show.STOOD_BY:
            return waiting.stood_by()
        case Show.MINE:
            return here.without_those_for_colleagues_of(membership).assigned_to(membership)
        case Show.REPORTED:
            return here.reported()
        case Show.UNREAD:
            return here.published_without_review()
        case Show.SPAM:
            return here.spam()
    return waiting


def read_queue(membership: Membership, selection: Selection) -> Queue:
    """Read one page of a list, and on its first the stories apart from it: three queries at most."""
    stories = list(iter(with_row_facts(stories_shown(membership, selection))[: STORIES_SHOWN + 1]))
    rows = [queue_row(membership, story, State(story.state)) for story in stories[:STORIES_SHOWN]]
    later = cursor_after(stories[STORIES_SHOWN - 1]) if len(stories) > STORIES_SHOWN else ""
    return Queue(selection, rows, later=later, apart=stories_apart(membership, selection))


def stories_apart(membership: Membership, selection: Selection) -> list[SentStory]:
    """Return the waiting stories that this moderator may not decide on: second opinions, then their own; two queries.

    The longest wait comes first.
    """
    if selection.show is not Show.ALL or selection.after:
        return []
    here = find_words(SentStory.objects.of(membership.team).select_related("author"), selection.words)
    others = here.exclude(author=membership.user_id).longest_waiting().left_to_colleagues_of(membership)
    return [*others.only(*APART)[:STORIES_SHOWN], *own_stories_waiting(membership, here)]


def own_stories_waiting(membership: Membership, stories: SentStoryQuerySet) -> list[SentStory]:
    """Return this moderator's own stories that wait for a colleague, as every author sees them.

    One that was decided on just now is listed until its decision has settled. One query, and more where there are any.
    """
    written = stories.filter(author=membership.user_id).maybe_waiting_to_their_author().last_touched_first()
    own = [story for story in written[:STORIES_SHOWN] if story.is_for_colleagues_of(membership)]
    states = states_for_authors(own)
    waiting = [story for story in own if states[story.pk] == State.PENDING]
    return sorted(waiting, key=lambda story: (story.submitted_at or story.created_at, story.pk))


def next_in_line(membership: Membership, selection: Selection, answered: Story) -> SentStory | None:
    """Return the story to read after this one has been decided; one query.

    That is the next in line, or else the first of the page. Stories that are left to this moderator, as in
    `Queue.first`, come before others.
    """
    line = stories_shown(membership, selection).exclude(pk=answered.pk)
    me = membership.user_id
    unread = Q(claim=None) | Q(claim__moderator=me) | Q(claim__lapses_at__lte=clock.now())
    unassigned = Q(assignment=None) | Q(assignment__moderator=me) | Q(assignment__decision__isnull=False)
    free = ~Q(author=me) & unread & unassigned
    order = [first_where(free)]
    field = selection.ordered_by
    if moment := getattr(answered, field):
        beyond = "lt" if selection.order is Order.NEWEST else "gt"
        later, at_once = Q(**{f"{field}__{beyond}": moment}), Q(**{field: moment, f"pk__{beyond}": answered.pk})
        order.append(first_where(later | at_once))
    # As many as a page of the list shows: more are not sorted.
    shown = line.filter(pk__in=line.values("pk")[:STORIES_SHOWN])
    following = shown.order_by(*order, *line.query.order_by).values("pk")[:1]
    return with_desk_facts(SentStory.objects.filter(pk__in=following)).first()


def first_where(condition: Q) -> Case:
    """Return an order that puts first where the condition holds."""
    return Case(When(condition, then=0), default=1)


def refresh_queue(membership: Membership, selection: Selection, shown: Sequence[int]) -> Queue:
    """Read the list in the order in which the browser shows it, with new stories at its end.

    Four queries, and more where some of this moderator's own are listed.
    """
    now = read_queue(membership, selection)
    still = {row.story.pk: row for row in now.rows}
    second_opinions = {story.pk for story in now.apart if story.author_id != membership.user_id}  # listed there alone
    others = [pk for pk in shown if pk not in still and pk not in second_opinions]
    gone = SentStory.objects.of(membership.team).ever_submitted().filter_to(others)
    left = {story.pk: story for story in with_row_facts(gone)}
    latest = latest_entries(left)
    own = states_for_authors([story for story in left.values() if story.is_for_colleagues_of(membership)])
    for pk, story in left.items():
        last, state = latest.get(pk), own.get(pk, State(story.state))
        # A story that still waits has only made room for stories that wait longer.
        done = f"{last.actor_name}: {last.past}" if last and is_decided(story, state, selection.show) else ""
        still[pk] = queue_row(membership, story, state, done=done)
    rows = [still[pk] for pk in shown if pk in still] + [one for one in now.rows if one.story.pk not in shown]
    if len(rows) > 2 * STORIES_SHOWN:  # decided stories make room for waiting ones
        rows = [one for one in rows if not one.done][: 2 * STORIES_SHOWN]
    return replace(now, rows=rows)


def is_decided(story: SentStory, state: State, show: Show) -> bool:
    if show is Show.SPAM:
        return state != State.SPAM
    if show is Show.UNREAD:
        return not story.is_unreviewed
    if show is Show.REPORTED:
        return not story.open_reports  # type: ignore[attr-defined]
    if show is Show.MINE:
        return not story.needs_moderator(story.open_reports)  # type: ignore[attr-defined]
    return state != State.PENDING


def latest_entries(stories: Iterable[int]) -> dict[int, AuditEntry]:
    """Return the latest entry about each of these stories; one query."""
    entries = AuditEntry.objects.about(stories).select_related("actor").order_by("pk")
    return {entry.story_id: entry for entry in entries}


def with_row_facts(stories: SentStoryQuerySet) -> SentStoryQuerySet:
    let_in = Story.objects.filter(team=OuterRef("team"), author=OuterRef("author"), published_at__isnull=False)
    # Subqueries, so that the database reads only the stories that are shown.
    reports = Report.objects.open().filter(story=OuterRef("pk")).order_by().values("story")
    number = Coalesce(Subquery(reports.annotate(number=Count("pk")).values("number")), 0)
    marked: SentStoryQuerySet = stories.annotate(is_known=Exists(let_in), open_reports=number)
    return marked.select_related("author", "claim__moderator", "assignment__moderator").only(*GLANCE)


def queue_row(membership: Membership, story: SentStory, state: State, *, done: str = "") -> QueueRow:
    own = story.is_for_colleagues_of(membership)
    claim = getattr(story, "claim", None)
    is_colleagues = claim and claim.is_fresh and not own and claim.moderator_id != membership.user_id
    assignment = None if own else open_assignment(story)
    mine = assignment is not None and assignment.moderator_id == membership.user_id
    hours = membership.team.answer_hours
    aim = clock.now() - timedelta(hours=hours or 0)
    return QueueRow(
        story=story,
        state=state,
        new=not story.is_known,  # type: ignore[attr-defined]
        reports=0 if own else story.open_reports,  # type: ignore[attr-defined]
        overdue=bool(hours) and state == State.PENDING and story.waits_longer_than(aim),
        claim=claim.moderator.name if claim and is_colleagues else "",
        assigned=assignment.moderator.name if assignment and not mine else "",
        mine=mine,
        own=story.author_id == membership.user_id,
        done=done,
    )
