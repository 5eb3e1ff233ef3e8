"""Stories as the wall shows them, as values for senders, and whether they may be sent now."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Team
from kindwall import clock
from stories.cards import Card
from stories.models import AuditEntry, Story
from stories.models.choices import DECISIONS, Kind, Quality
from syndication.senders import WallStory


def wall_story_of(team: Team, pk: int) -> WallStory | None:
    """Return the story as the wall shows it, with labels in the active language; None where the wall shows it not."""
    story = Story.objects.of(team).published().with_author_and_team().filter(pk=pk).first()
    if story is None:
        return None
    card = Card.of(story, story.team.slug)
    return WallStory(
        pk=card.pk,
        url=settings.ORIGIN + story.get_absolute_url(),
        kind=card.text.kind,
        kind_label=str(Kind(card.text.kind).label),
        qualities={quality: str(Quality(quality).label) for quality in card.text.qualities},
        author=card.author,
        body=card.text.body,
        published_at=card.published_at,
        edited_at=card.edited_at,
    )


def sample_story(team: Team) -> WallStory:
    """Return a story that nobody wrote, for a test."""
    return WallStory(
        pk=0,
        url=settings.ORIGIN + team.get_absolute_url(),
        kind=Kind.GIVEN,
        kind_label=str(Kind.GIVEN.label),
        qualities={Quality.ENCOURAGEMENT.value: str(Quality.ENCOURAGEMENT.label)},
        author="Kindwall",
        body=_("This is a test. Stories from the wall will look like this."),
        published_at=clock.now(),
        edited_at=None,
    )


def settles_at(story_id: int) -> datetime | None:
    """Return until when a decision on this story, or on an edit of it, can be undone; None where none can."""
    about = AuditEntry.objects.in_effect().filter(Q(story=story_id) | Q(story__edit_of=story_id), action__in=DECISIONS)
    latest = about.within_undo().order_by("-created_at").first()
    return latest.settles_at if latest and latest.settles_at > clock.now() else None
