"""People of the team whose names are in a story."""

import re
from collections.abc import Iterable

from moderation.people import TeamPerson
from stories.models import Story

WORDS = re.compile(r"\w+")


def people_named(story: Story, people: Iterable[TeamPerson]) -> list[str]:
    """Return the names of these people, apart from the author, whose whole or first name is in the text."""
    words = set(WORDS.findall(story.body))
    others = (person.name for person in people if person.user_id != story.author_id)
    return [name for name in others if is_named(name, story.body, words)]


def is_named(name: str, text: str, words: set[str]) -> bool:
    """Return whether the whole or the first name is in the text.

    `words` are those of the text. Searching them first costs no more for a long text than for a short one.
    """
    first, *_rest = name.split() or [""]
    return any(
        len(wanted) > 2 and words >= set(WORDS.findall(wanted)) and stands_in(wanted, text) for wanted in (name, first)
    )


def stands_in(wanted: str, text: str) -> bool:
    """Return whether it is in the text as whole words, and not only as a part of longer ones."""
    place = text.find(wanted)
    while place >= 0:
        end = place + len(wanted)
        if not WORDS.match(text[place - 1 : place]) and not WORDS.match(text[end : end + 1]):
            return True
        place = text.find(wanted, place + 1)
    return False
