"""The newest stories of a wall as an Atom feed (RFC 4287)."""

import re
from dataclasses import dataclass
from datetime import datetime
from sys import getsizeof
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, get_tag_uri
from django.utils.html import linebreaks
from django.utils.http import http_date
from django.utils.translation import override

from accounts.models import Team
from kindwall import clock
from kindwall.byte_cache import cached_up_to
from stories.cards import Card
from stories.models import OutboxEvent, Quality, Story
from stories.models.audit import UNDO_FOR

ENTRIES = 40
FEED_CACHE_BYTES = 4 << 20  # about 100 walls as people write, or 2 of the longest stories there can be
# XML 1.0 has no place for these, not even escaped (section 2.2): control characters, halves of characters, and two
# that are none.
NOT_IN_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class FeedHead:
    """The values of a team that its feed shows, and whether everybody may know the feed's address."""

    team_id: int
    slug: str
    name: str
    tagline: str
    created_at: datetime
    is_public: bool

    @classmethod
    def of(cls, team: Team) -> "FeedHead":
        return cls(team.pk, team.slug, team.name, team.tagline, team.created_at, team.is_public)


class WallFeed(Atom1Feed):
    """Django's feed, with whole stories for summaries, and with bytes that change only with the wall."""

    def latest_post_date(self) -> datetime:
        """Return when the newest entry was changed; of an empty wall, when the team began, instead of now."""
        moment: datetime = super().latest_post_date() if self.items else self.feed["created_at"]
        return moment

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


@dataclass(frozen=True, slots=True)
class DrawnFeed:
    xml: str
    changed_at: datetime

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": WallFeed.content_type, "Last-Modified": http_date(self.changed_at.timestamp())}


def read_feed(team: Team) -> DrawnFeed:
    """Return the feed of a team's wall, in the language of the installation.

    All readers get the same text; that of a wall for members alone does not contain the reader's secret address.
    """
    event = OutboxEvent.objects.of_team(team.pk).newest_id()
    return feed_at(FeedHead.of(team), event, clock.now().replace(second=0, microsecond=0))


@cached_up_to(FEED_CACHE_BYTES, lambda feed: getsizeof(feed.xml))
def feed_at(head: FeedHead, event: int, minute: datetime) -> DrawnFeed:
    """Return the feed as of that event. By the minute, because decisions settle and people change their names."""
    changed_at = settled_at(head)  # before the stories, so that a change in between makes the feed another one again
    stories = Story.objects.filter(team=head.team_id).published().settled().with_author().newest_first()[:ENTRIES]
    with override(settings.LANGUAGE_CODE):
        feed = empty_feed(head)
        for story in stories:
            feed.add_item(**feed_entry(story, head.slug))
        return DrawnFeed(feed.writeString("utf-8"), changed_at)


def settled_at(head: FeedHead) -> datetime:
    """Return the moment of the latest change that the feed shows.

    A story comes into the feed once its publication has settled. Nobody may believe to have it already because they
    have asked after its event.
    """
    settled = OutboxEvent.objects.of_team(head.team_id).filter(created_at__lte=clock.now() - UNDO_FOR)
    newest = settled.order_by("-pk").values_list("created_at", flat=True).first()
    return newest + UNDO_FOR if newest else head.created_at


def empty_feed(head: FeedHead) -> WallFeed:
    address = settings.ORIGIN + reverse("feed", args=[head.slug])
    return WallFeed(
        title=in_xml(head.name),
        link=settings.ORIGIN + reverse("wall", args=[head.slug]),
        description=None,
        subtitle=in_xml(head.tagline) or None,
        language=settings.LANGUAGE_CODE,
        author_name=in_xml(head.name),  # of the stories under which nobody is named
        feed_url=address if head.is_public else None,
        feed_guid=get_tag_uri(f"{settings.ORIGIN}/teams/{head.team_id}", head.created_at),
        created_at=head.created_at,
    )


def feed_entry(story: Story, slug: str) -> dict[str, Any]:
    """Return the values of one entry. Its id holds neither the team's address nor anything else that may change."""
    card = Card.of(story, slug)
    return {
        "title": in_xml(card.title),
        "link": settings.ORIGIN + reverse("story", args=[slug, story.pk]),
        "description": None,
        "content": linebreaks(in_xml(story.body), autoescape=True),
        "author_name": in_xml(card.author) or None,
        "pubdate": story.published_at,
        "updateddate": story.edited_at or story.published_at,
        "unique_id": get_tag_uri(f"{settings.ORIGIN}/stories/{story.pk}", story.published_at),
        "categories": [Quality(quality).label for quality in story.qualities],
    }


def in_xml(text: str) -> str:
    return NOT_IN_XML.sub("", text)
