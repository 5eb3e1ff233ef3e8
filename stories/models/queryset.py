"""The named queries of stories. Views use these and call no filter() themselves."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, Self
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Subquery

from accounts.models import Membership, Team
from kindwall import clock
from stories.models.audit import UNDO_FOR, AuditEntry, AuditQuerySet
from stories.models.choices import (
    EVER_PUBLISHED_STATES,
    OPEN_TO_AUTHOR_STATES,
    REFUSALS,
    SUBMISSION_DECISIONS,
    WALL_STATES,
    Action,
    State,
)
from stories.models.departure import DepartureQuerySet
from stories.models.report import Report

UNREVIEWED_FOR = timedelta(days=7)  # how long a story that was published without a review is listed
SPAM_LIFETIME = timedelta(days=30)  # how long a spam mark can be cleared


class Readable(Protocol):
    """A story as somebody reads it: the story itself, or the value that its author sees."""

    @property
    def pk(self) -> int: ...

    @property
    def body(self) -> str: ...

    @property
    def is_published(self) -> bool: ...


class StoryQuerySet(DepartureQuerySet):
    def of(self, team: Team) -> Self:
        return self.filter(team=team)

    def published(self) -> Self:
        return self.filter(state=State.PUBLISHED)

    def published_between(self, start: datetime, end: datetime) -> Self:
        """Return the stories that first came to the wall at `start` or later, and before `end`."""
        return self.filter(published_at__gte=start, published_at__lt=end)

    def ever_published(self) -> Self:
        return self.filter(state__in=EVER_PUBLISHED_STATES)

    def never_published(self) -> Self:
        return self.exclude(state__in=EVER_PUBLISHED_STATES)

    def written_by(self, membership: Membership) -> Self:
        return self.filter(team_id=membership.team_id, author_id=membership.user_id)

    def by_author(self, user_id: int | None) -> Self:
        """Return the stories under this person's name, or all where that is None."""
        return self if user_id is None else self.filter(author_id=user_id)

    def with_quality(self, quality: str) -> Self:
        return self.filter(Q(first_quality=quality) | Q(second_quality=quality) | Q(third_quality=quality))

    def lifted_by(self, user_id: int) -> Self:
        return self.filter(uplifts__user=user_id)

    def visible_to(self, membership: Membership) -> Self:
        """Return published stories and the person's own. Moderators read all others as SentStory."""
        visible = Q(state=State.PUBLISHED) | Q(author_id=membership.user_id)
        return self.filter(visible, team_id=membership.team_id)

    def sent_to(self, membership: Membership) -> Self:
        """Return the stories that a team's moderators may read: all but drafts."""
        return self.filter(team_id=membership.team_id).exclude(state=State.DRAFT)

    def for_moderators(self, membership: Membership) -> Self:
        """Return the stories that a team's moderators work with: no drafts and no accepted edits."""
        return self.sent_to(membership).exclude(state=State.ACCEPTED)

    def filter_to(self, pks: Iterable[int]) -> Self:
        """Return the stories with these primary keys, the longest wait first."""
        return self.filter(pk__in=list(pks)).order_by("submitted_at", "pk")

    def ever_submitted(self) -> Self:
        return self.filter(submitted_at__isnull=False)

    def begun_with(self, editor: UUID) -> Self:
        return self.filter(created_by_editor=editor)

    def drafts(self) -> Self:
        return self.filter(state=State.DRAFT)

    def with_author(self) -> Self:
        return self.select_related("author")

    def with_author_and_team(self) -> Self:
        return self.select_related("author", "team", "edit_of")

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-pk")

    def page_after(self, cursor: tuple[datetime, int] | None, field: str = "published_at") -> Self:
        """Return the stories after the one with that moment and pk, in a list with the latest first."""
        if cursor is None:
            return self
        moment, pk = cursor
        # The first condition lets the index start at the cursor; the second settles equal moments.
        return self.filter(**{f"{field}__lte": moment}).exclude(**{field: moment, "pk__gte": pk})

    def page_before(self, cursor: tuple[datetime, int]) -> Self:
        """Return the stories from the one with that moment and pk upward, in a list with the latest first."""
        moment, pk = cursor
        return (
            self.filter(published_at__gte=moment).exclude(published_at=moment, pk__lt=pk).order_by("published_at", "pk")
        )

    def with_original(self) -> Self:
        """Load the original story of each edit."""
        return self.select_related("author", "team", "edit_of")

    def last_touched_first(self) -> Self:
        return self.order_by("-updated_at", "-pk")

    def waiting(self) -> Self:
        return self.filter(state=State.PENDING)

    def longest_waiting(self) -> Self:
        return self.waiting().order_by("submitted_at", "pk")

    # Filters of the queue

    def of_new_people(self) -> Self:
        """Return the stories of authors who have never had one published in the team."""
        let_in = type(self)(self.model).filter(team=OuterRef("team"), author=OuterRef("author"))
        return self.exclude(Exists(let_in.filter(published_at__isnull=False)))

    def resubmitted(self) -> Self:
        """Return the stories that were submitted more than once."""
        return self.filter(submission_count__gt=1)

    def stood_by(self) -> Self:
        """Return the stories whose latest submission asks for a second opinion."""
        return self.filter(stood_by_at__isnull=False, stood_by_at=F("submitted_at"))

    def assigned_to(self, moderator: Membership) -> Self:
        """Return the stories assigned to this moderator on which somebody still has to decide."""
        assigned = self.filter(assignment__moderator=moderator.user_id, assignment__decision=None)
        return assigned.needing_moderator()

    def decidable_by(self, moderator: Membership) -> Self:
        """Return the waiting stories that this moderator may decide on, as Decisions.why_not_decided_by does."""
        return self.exclude(self._for_colleagues_of(moderator))

    def left_to_colleagues_of(self, moderator: Membership) -> Self:
        """Return the waiting stories that this moderator may not decide on."""
        return self.filter(self._for_colleagues_of(moderator))

    def _for_colleagues_of(self, moderator: Membership) -> Q:
        """Return the condition for this moderator's own stories, and for second opinions on a refusal of theirs.

        It holds where a colleague can decide, and reads that in the same query.
        """
        conversation = AuditEntry.objects.in_effect().filter(story=OuterRef("pk"))
        latest = conversation.filter(action__in=[*REFUSALS, Action.STAND_BY]).order_by("-pk")
        colleagues = Membership.objects.able_to_decide(moderator.team).exclude(user=moderator.user_id)
        others = colleagues.not_away()
        asked = type(self)(self.model).filter(team=moderator.team_id, state=State.PENDING, stood_by_at__isnull=False)
        asked = asked.filter(Exists(others.exclude(user=OuterRef("author"))))
        refused = asked.alias(
            last=Subquery(latest.values("action")[:1]), first=Subquery(latest.values("actor")[1:2])
        ).filter(last=Action.STAND_BY, first=moderator.user_id)
        own = Q(author=moderator.user_id) & Exists(colleagues)
        return own | Q(pk__in=refused.values("pk"))

    def without_those_for_colleagues_of(self, moderator: Membership) -> Self:
        """Leave out this moderator's own stories where a colleague decides on them."""
        colleagues = Membership.objects.able_to_decide(moderator.team).exclude(user=moderator.user_id)
        return self.exclude(Q(author=moderator.user_id) & Exists(colleagues))

    def reported(self) -> Self:
        """Return published stories with open reports, and all that were set aside, even if no report is left."""
        return self.filter(reported()).order_by("published_at", "pk")

    def needing_moderator(self) -> Self:
        """Return the stories on which a moderator has to decide: waiting, reported, and published without a review."""
        unreviewed = Q(state=State.PUBLISHED, unreviewed_since__isnull=False)
        return self.filter(Q(state=State.PENDING) | reported() | unreviewed)

    def spam(self) -> Self:
        """Return the stories whose spam mark can still be cleared."""
        return self.filter(state=State.SPAM, decided_at__gt=clock.now() - SPAM_LIFETIME)

    def marked_as_spam(self) -> Self:
        """Return the stories whose latest decision is a spam mark, also where the author has withdrawn them since."""
        lately = self.filter(decided_at__gt=clock.now() - SPAM_LIFETIME)
        return lately.alias(latest=Subquery(decisions_latest_first().values("action")[:1])).filter(latest=Action.SPAM)

    def open_to_their_author(self) -> Self:
        """Return the edits that are open as their author sees them: spam, or just declined, is open to them."""
        settling = Q(state=State.DECLINED) & settling_now()
        return self.filter(Q(state__in=OPEN_TO_AUTHOR_STATES) | settling)

    def maybe_waiting_to_their_author(self) -> Self:
        """Return the stories that may be waiting as their author sees them: spam is, and what was just returned."""
        return self.filter(Q(state__in=[State.PENDING, State.SPAM]) | settling_now())

    def settling(self) -> Self:
        """Return the stories whose latest decision can still be undone."""
        return self.filter(settling_now())

    def settled(self) -> Self:
        """Leave out the stories whose latest decision, or latest accepted edit, can still be undone."""
        accepted = type(self)(self.model).filter(edit_of=OuterRef("pk"), state=State.ACCEPTED).settling()
        return self.exclude(settling_now()).exclude(Exists(accepted))

    def declined_since(self, moment: datetime) -> int:
        """Count the stories whose latest settled decision is a decline after that moment.

        A second opinion asked for, or a withdrawal, is no decision: the decline counts until the next one.
        """
        decisions = decisions_latest_first().settled()
        lately = self.filter(decided_at__gt=moment)  # decided_at is never before the latest decision in effect
        decided = lately.alias(
            latest=Subquery(decisions.values("action")[:1]), at=Subquery(decisions.values("created_at")[:1])
        )
        return decided.filter(latest=Action.DECLINE, at__gt=moment).count()

    def let_in(self) -> int:
        """Count the stories that are published or set aside. An accepted edit counts with its original only."""
        return self.filter(state__in=WALL_STATES).count()

    def without_accepted_edits(self) -> Self:
        """Leave out accepted edits."""
        return self.exclude(state=State.ACCEPTED)

    def published_without_review(self) -> Self:
        """Return published stories with a text from the last week that no moderator has read, the latest text first."""
        lately = self.published().filter(unreviewed_since__gte=clock.now() - UNREVIEWED_FOR)
        return lately.order_by("-unreviewed_since", "-pk")

    def update_unreviewed(self) -> int:
        """Note on each of these stories since when its text has not been reviewed, as the log says; one query."""
        return self.update(unreviewed_since=unreviewed_by_the_log())

    def fix_in(self, story: "Readable") -> tuple[AuditEntry, AuditEntry] | None:
        """Return the entries with the author's text and the fix that this story is published with, if there is one."""
        fixed = self.fixes_in([story]).get(story.pk)
        if fixed is None:
            return None
        return AuditEntry.objects.filter(story=fixed.story_id, pk__lt=fixed.pk).latest("pk"), fixed

    def fixes_in(self, stories: Iterable["Readable"]) -> dict[int, AuditEntry]:
        """Return the fix of each of these stories that is published as fixed, by primary key; one query.

        The fix may be in the log of an accepted edit.
        """
        published = {story.pk: story for story in stories if story.is_published}
        sent = self.filter(Q(pk__in=published) | Q(edit_of__in=published, state=State.ACCEPTED))
        latest = {entry.fixed_in: entry for entry in AuditEntry.objects.filter(story__in=sent).fixes()}  # type: ignore[attr-defined]
        return {pk: entry for pk, entry in latest.items() if not entry.undone and entry.body == published[pk].body}  # type: ignore[attr-defined]

    def recently_decided(self) -> Self:
        """Return the stories with a decision on their latest submission, latest first. The usual wait is read from it.

        Authors see that wait, so decisions that they do not know of, unsettled ones and spam, are left out.
        """
        decided = self.filter(decided_at__isnull=False, decided_at__gte=F("submitted_at")).exclude(state=State.SPAM)
        return decided.exclude(settling_now()).order_by("-decided_at", "-pk")


def reported() -> Q:
    """Return the condition for stories that reports ask a decision on."""
    return Q(state=State.HIDDEN) | Q(state=State.PUBLISHED, pk__in=Report.objects.open().values("story"))


def unreviewed_by_the_log() -> Subquery:
    """Return since when the text of the outer query's story has not been reviewed.

    A text that a moderator has sent has been read by one.
    """
    moderators = Membership.objects.moderators().filter(team=OuterRef("story__team"), user=OuterRef("actor"))
    unread = AuditEntry.objects.unread().filter(story=OuterRef("pk")).exclude(Exists(moderators)).order_by("-pk")
    return Subquery(unread.values("created_at")[:1])


def settling_now() -> Q:
    """Return the condition for stories that StoryFields.is_settling holds for."""
    now = clock.now()
    return Q(settles_at__gt=now, settles_at__lt=now + 2 * UNDO_FOR)


def decisions_latest_first() -> AuditQuerySet:
    """Return the decisions in effect on the submissions of the outer query's story."""
    return AuditEntry.objects.in_effect().filter(story=OuterRef("pk"), action__in=SUBMISSION_DECISIONS).order_by("-pk")
