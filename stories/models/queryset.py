"""The vocabulary that stories are read with. Views say these words and filter nothing themselves."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Subquery

from accounts.models import Membership, Team
from kindwall import clock
from stories.models.audit import UNDO_FOR, AuditEntry, AuditQuerySet
from stories.models.choices import OPEN_TO_AUTHOR_STATES, SUBMISSION_DECISIONS, WALL_STATES, Action, State
from stories.models.departure import DepartureQuerySet
from stories.models.report import Report

if TYPE_CHECKING:
    from stories.models.story import Story

UNREAD_FOR = timedelta(days=7)
SPAM_KEPT_FOR = timedelta(days=30)  # in which it can be cleared again


class StoryQuerySet(DepartureQuerySet):
    def of(self, team: Team) -> Self:
        return self.filter(team=team)

    def published(self) -> Self:
        return self.filter(state=State.PUBLISHED)

    def written_by(self, membership: Membership) -> Self:
        return self.filter(team_id=membership.team_id, author_id=membership.user_id)

    def visible_to(self, membership: Membership) -> Self:
        """Published ones for the team, and the author's own. What else moderators read is a SentStory."""
        visible = Q(state=State.PUBLISHED) | Q(author_id=membership.user_id)
        return self.filter(visible, team_id=membership.team_id)

    def sent_to(self, membership: Membership) -> Self:
        """What a team's moderators may read: all but drafts."""
        return self.filter(team_id=membership.team_id).exclude(state=State.DRAFT)

    def for_moderators(self, membership: Membership) -> Self:
        """What comes before a team's moderators, their own ones too: not an edit that its story has long taken over."""
        return self.sent_to(membership).exclude(state=State.ACCEPTED)

    def filter_to(self, pks: Iterable[int]) -> Self:
        """Those with these numbers, the longest wait first."""
        return self.filter(pk__in=list(pks)).order_by("submitted_at", "pk")

    def ever_submitted(self) -> Self:
        return self.filter(submitted_at__isnull=False)

    def begun_with(self, composer: UUID) -> Self:
        return self.filter(composer=composer)

    def drafts(self) -> Self:
        return self.filter(state=State.DRAFT)

    def with_author(self) -> Self:
        return self.select_related("author")

    def with_author_and_team(self) -> Self:
        return self.select_related("author", "team", "edit_of")

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-pk")

    def page_after(self, cursor: tuple[datetime, int] | None, field: str = "published_at") -> Self:
        """What comes after the story with that moment and pk in a list that is latest first."""
        if cursor is None:
            return self
        moment, pk = cursor
        # The first condition lets the index start at the cursor; the second settles equal moments.
        return self.filter(**{f"{field}__lte": moment}).exclude(**{field: moment, "pk__gte": pk})

    def with_original(self) -> Self:
        """Edits, with the story that they are a new text of."""
        return self.select_related("author", "team", "edit_of")

    def last_touched_first(self) -> Self:
        return self.order_by("-updated_at", "-pk")

    def waiting(self) -> Self:
        return self.filter(state=State.PENDING)

    def longest_waiting(self) -> Self:
        return self.waiting().order_by("submitted_at", "pk")

    # What a moderator may look for among those that wait

    def of_new_people(self) -> Self:
        """By those of whom nothing was ever let in here."""
        let_in = type(self)(self.model).filter(team=OuterRef("team"), author=OuterRef("author"))
        return self.exclude(Exists(let_in.filter(published_at__isnull=False)))

    def resubmitted(self) -> Self:
        """Answered before, and sent again."""
        return self.filter(rounds__gt=1)

    def stood_by(self) -> Self:
        """For the second look, and not sent again after that."""
        return self.filter(stood_by_at__isnull=False, stood_by_at=F("submitted_at"))

    def claimed_by(self, moderator: Membership) -> Self:
        return self.filter(claim__moderator=moderator.user_id, claim__lapses_at__gt=clock.now())

    def without_those_for_colleagues_of(self, moderator: Membership) -> Self:
        """Without this moderator's own, where somebody else decides on them."""
        return self.exclude(author=moderator.user_id) if moderator.has_fellow_moderators else self

    def reported(self) -> Self:
        """Set aside, whoever reported it may have gone; or on the wall, with reports that nobody has answered."""
        unanswered = Q(state=State.PUBLISHED, pk__in=Report.objects.open().values("story"))
        return self.filter(Q(state=State.HIDDEN) | unanswered).order_by("published_at", "pk")

    def spam(self) -> Self:
        """As long as it can be cleared."""
        return self.filter(state=State.SPAM, decided_at__gt=clock.now() - SPAM_KEPT_FOR)

    def marked_as_spam(self) -> Self:
        """Within thirty days, and nothing else since; also where its author has taken it back meanwhile."""
        lately = self.filter(decided_at__gt=clock.now() - SPAM_KEPT_FOR)
        return lately.alias(answer=Subquery(decisions_latest_first().values("action")[:1])).filter(answer=Action.SPAM)

    def open_to_their_author(self) -> Self:
        """Edits that their author takes for open: spam waits, and what can still be undone has not happened yet."""
        settling = Q(state=State.DECLINED) & settling_now()
        return self.filter(Q(state__in=OPEN_TO_AUTHOR_STATES) | settling)

    def settling(self) -> Self:
        """Those whose latest decision can still be undone."""
        return self.filter(settling_now())

    def declined_since(self, moment: datetime) -> int:
        """How many of these were declined since then, for all that was answered after; what can be undone was not yet.

        To stand by a story or to take it back answers nothing: it counts until somebody has looked again.
        """
        answers = decisions_latest_first().settled()
        lately = self.filter(decided_at__gt=moment)  # which is never before the latest answer that stands
        answered = lately.alias(
            answer=Subquery(answers.values("action")[:1]), at=Subquery(answers.values("created_at")[:1])
        )
        return answered.filter(answer=Action.DECLINE, at__gt=moment).count()

    def let_in(self) -> int:
        """How many of these hang, or hung until they were set aside; edits count with their story."""
        return self.filter(state__in=WALL_STATES).count()

    def without_accepted_edits(self) -> Self:
        """Without the edits that the stories on the wall have long taken their text from."""
        return self.exclude(state=State.ACCEPTED)

    def published_without_review(self) -> Self:
        """What hangs by the team's policy alone, no moderator having looked at its text; the latest text first.

        For a week after that was sent. A moderator's own story has been looked at by one.
        """
        sent = AuditEntry.objects.unread().filter(created_at__gte=clock.now() - UNREAD_FOR)
        moderators = Membership.objects.moderators().filter(team=OuterRef("team"), user=OuterRef("author"))
        hanging = self.published().exclude(Exists(moderators))
        return hanging.filter(audit_log__in=sent).order_by("-audit_log")

    def fixes_in(self, stories: Iterable["Story"]) -> dict[int, AuditEntry]:
        """What moderators fixed in those of these stories that hang as fixed, by story; one query.

        A story may have been sent as a new text for what hung before; then it is in that edit's log.
        """
        hanging = {story.pk: story for story in stories if story.is_published}
        sent = self.filter(Q(pk__in=hanging) | Q(edit_of__in=hanging, state=State.ACCEPTED))
        latest = {entry.fixed_in: entry for entry in AuditEntry.objects.filter(story__in=sent).fixes()}  # type: ignore[attr-defined]
        return {pk: entry for pk, entry in latest.items() if not entry.undone and entry.body == hanging[pk].body}  # type: ignore[attr-defined]

    def recently_decided(self) -> Self:
        """What has been answered since it was last submitted, latest first: the usual wait is read from it.

        Authors are told of it, so what they do not know of yet is no answer, nor is spam.
        """
        answered = self.filter(decided_at__isnull=False, decided_at__gte=F("submitted_at")).exclude(state=State.SPAM)
        return answered.exclude(settling_now()).order_by("-decided_at", "-pk")


def settling_now() -> Q:
    """The condition of stories that StoryColumns.is_settling is true of."""
    now = clock.now()
    return Q(settles_at__gt=now, settles_at__lt=now + 2 * UNDO_FOR)


def decisions_latest_first() -> AuditQuerySet:
    """The answers that stand to the story of the query around this one."""
    return AuditEntry.objects.in_effect().filter(story=OuterRef("pk"), action__in=SUBMISSION_DECISIONS).order_by("-pk")
