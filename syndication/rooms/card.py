"""The card that a chat room shows for an event, before it is written in the language of its service."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.names import isolated
from stories.cards import CARD_HEADINGS, CARD_TITLES
from stories.models.choices import Kind
from syndication.models import EventType
from syndication.senders import Event, WallStory

# A text is also cut at the end of a word where that is not further away than this share of its length.
WORD_SHARE = 0.1
# Control characters, line ends and tabs apart; halves of characters cannot be encoded.
CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

Measure = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class RoomCard:
    """A heading that leads to `url`, the text of a story, and a line below it. All of it is plain text."""

    heading: str
    url: str
    link_text: str
    body: str  # empty for a count
    footer: str

    @classmethod
    def of(cls, event: Event) -> "RoomCard":
        """Return the card in the active language."""
        team = plain(event.team_name)
        if event.story is None:
            return cls(count_heading(event.count or 0), event.wall_url, _("Look at the wall"), "", team)
        qualities = ", ".join(event.story.qualities.values())
        footer = f"{isolated(team)} · {qualities}" if qualities else team
        link_text = _("Look at the wall") if event.type == EventType.TEST else _("Read it on the wall")
        return cls(story_heading(event.story), event.story.url, link_text, plain(event.story.body), footer)


def story_heading(story: WallStory) -> str:
    kind, author = Kind(story.kind), plain(story.author)
    return str(CARD_HEADINGS[kind]).format(name=isolated(author)) if author else str(CARD_TITLES[kind])


def count_heading(number: int) -> str:
    """Name the week that ended on the Monday on which this is sent."""
    return ngettext("%(number)d kindness last week", "%(number)d kindnesses last week", number) % {"number": number}


def plain(text: str) -> str:
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


# Limits of the services


def utf16_length(text: str) -> int:
    """Count as JavaScript does, and the services with it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_length(text: str) -> int:
    return len(text.encode())


def clamped(text: str, most: int, write: Callable[[str], str] = str, measure: Measure = utf16_length) -> str:
    """Return the text as `write` writes it, cut so that it measures at most that much, with … for what is left out.

    It is cut before it is written, so that nothing which `write` has put in is torn apart.
    """
    written = write(text)
    if measure(written) <= most:
        return written
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if measure(write(text[:middle] + "…")) <= most:
            fits = middle
        else:
            too_long = middle
    words = text[:fits].rsplit(maxsplit=1)
    shorter = words[0] if len(words) > 1 and len(words[0]) >= (1 - WORD_SHARE) * fits else text[:fits]
    return write(shorter.rstrip() + "…")
