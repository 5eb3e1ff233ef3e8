"""Reading a page of the wall."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, StringAgg, Subquery, Value
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import Membership
from stories.cards import EPOCH, UPLIFT, Card, moment
from stories.models import Reaction, Story, Uplift

PAGE = 24
CURSOR = re.compile(r"(?P<moment>\d{1,17})-(?P<pk>\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    cards: Sequence[SafeString]
    older: str  # the cursor of the next page, or nothing on the last


def read_page(membership: Membership, before: str = "") -> Page:
    """One query, however many stories there are; a cursor that makes no sense reads from the top."""
    hung = Story.objects.of(membership.team).published().with_author().newest_first()
    stories = list(with_answers_of(membership, hung.page_after(read_cursor(before)))[: PAGE + 1])
    now = timezone.now()
    cards = [Card.of(story, membership.team.slug).draw(pressed_in(story), now) for story in stories[:PAGE]]
    return Page(cards=cards, older=write_cursor(stories[PAGE - 1]) if len(stories) > PAGE else "")


def with_answers_of(membership: Membership, stories: QuerySet[Story]) -> QuerySet[Story]:
    """Each story with what this reader has pressed; `pressed_in` reads it."""
    mine = {"story": OuterRef("pk"), "user": membership.user_id}
    kinds = Reaction.objects.filter(**mine).values("story").annotate(kinds=StringAgg("kind", Value(" ")))
    return stories.annotate(uplifted=Exists(Uplift.objects.filter(**mine)), reacted=Subquery(kinds.values("kinds")))


def pressed_in(story: Story) -> frozenset[str]:
    reacted: str | None = story.reacted  # type: ignore[attr-defined]
    uplifted: bool = story.uplifted  # type: ignore[attr-defined]
    return frozenset((reacted or "").split()) | ({UPLIFT} if uplifted else frozenset())


def read_cursor(text: str) -> tuple[datetime, int] | None:
    match = CURSOR.fullmatch(text)
    if not match:
        return None
    return EPOCH + timedelta(microseconds=int(match["moment"])), int(match["pk"])


def write_cursor(story: Story) -> str:
    assert story.published_at is not None
    return f"{moment(story.published_at)}-{story.pk}"
