"""The vocabulary that stories are read with. Views say these words and filter nothing themselves."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Membership, Team
from stories.models.parting import PartingQuerySet
from stories.models.words import DECISIONS, State

if TYPE_CHECKING:
    from stories.models.story import Story  # noqa: F401 - named in the class below

UNREAD_FOR = timedelta(days=7)


class StoryQuerySet(PartingQuerySet):
    def of(self, team: Team) -> Self:
        return self.filter(team=team)

    def published(self) -> Self:
        return self.filter(state=State.PUBLISHED)

    def written_by(self, membership: Membership) -> Self:
        return self.filter(team_id=membership.team_id, author_id=membership.user_id)

    def visible_to(self, membership: Membership) -> Self:
        """Published ones for the team; the author's own; for moderators all but drafts."""
        visible = Q(state=State.PUBLISHED) | Q(author_id=membership.user_id)
        if membership.may_moderate:
            visible |= ~Q(state=State.DRAFT)
        return self.filter(visible, team_id=membership.team_id)

    def ever_submitted(self) -> Self:
        return self.filter(submitted_at__isnull=False)

    def with_author(self) -> Self:
        return self.select_related("author")

    def with_author_and_team(self) -> Self:
        return self.select_related("author", "team")

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-pk")

    def page_after(self, cursor: tuple[datetime, int] | None, field: str = "published_at") -> Self:
        """What comes after the story with that moment and pk in a list that is latest first."""
        if cursor is None:
            return self
        moment, pk = cursor
        # The first condition lets the index start at the cursor; the second settles equal moments.
        return self.filter(**{f"{field}__lte": moment}).exclude(**{field: moment, "pk__gte": pk})

    def last_touched_first(self) -> Self:
        return self.order_by("-updated_at", "-pk")

    def waiting(self) -> Self:
        return self.filter(state=State.PENDING)

    def longest_waiting(self) -> Self:
        return self.waiting().order_by("submitted_at", "pk")

    def hung_unread(self) -> Self:
        """What hangs by the team's policy alone, no moderator having answered it, newest first; for a week."""
        since = timezone.now() - UNREAD_FOR
        alone = self.published().filter(decided_at=None, published_at__gte=since)
        return alone.exclude(audit_log__action__in=DECISIONS).newest_first()

    def recently_decided(self) -> Self:
        """What has been answered since it was last submitted, latest first: the usual wait is read from it."""
        return self.filter(decided_at__isnull=False, decided_at__gte=F("submitted_at")).order_by("-decided_at", "-pk")
