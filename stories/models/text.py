"""The text of a story as one value. docs/development.md lists where a new part of it belongs."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from sys import getsizeof
from typing import Any

from django.utils.translation import gettext_lazy as _

from stories.models.choices import Kind, Quality
from stories.search.folding import folded

MOST_QUALITIES = 3
BETWEEN_QUALITIES = ", "  # in the audit log's one column


def part(name: Any, *, default: Any = "") -> Any:
    """Declare a part of the text. `name` is what people call it, such as in the table of decisions."""
    return field(default=default, metadata={"name": name})


@dataclass(frozen=True, slots=True)
class StoryText:
    """Everything that an author writes. Two texts are equal when all of their parts are."""

    kind: str = part(_("Kind"))
    qualities: Sequence[str] = part(_("Qualities"), default=())  # in the author's order, as a tuple of at most three
    body: str = part(_("Text as it was"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "qualities", tuple(self.qualities)[:MOST_QUALITIES])

    @classmethod
    def from_audit(cls, *, qualities: str, **parts: str) -> "StoryText":
        """Read a text from the columns of an audit entry."""
        return cls(qualities=qualities.split(BETWEEN_QUALITIES) if qualities else (), **parts)

    def story_columns(self) -> dict[str, str]:
        """Return the values of the columns that hold this text on a story."""
        first, second, third = padded_qualities(self.qualities)
        parts = self.parts() | {"first_quality": first, "second_quality": second, "third_quality": third}
        del parts["qualities"]
        return parts | body_columns(self.body)

    def audit_columns(self) -> dict[str, str]:
        """Return the values of the columns that hold this text in the audit log."""
        return self.parts() | {"qualities": BETWEEN_QUALITIES.join(self.qualities)}

    def parts(self) -> dict[str, Any]:
        """Return the parts by name, as the composer's form takes them."""
        return asdict(self)

    @property
    def weight(self) -> int:
        """Return the bytes of memory of the parts that people type."""
        return sum(getsizeof(value) for value in self.parts().values() if isinstance(value, str))

    @property
    def facts(self) -> list[str]:
        """Return all that is known of the story beside its body, in the reader's words; parts left out are missing."""
        return [words for name in TEXT_PARTS if name != "body" for words in self.words_of(name)]

    def words_of(self, name: str) -> list[str]:
        """Return one part in the reader's words, or none where it was left out."""
        value = getattr(self, name)
        if name == "qualities":
            return [str(Quality(quality).label) for quality in value]
        if not value:
            return []
        return [str(Kind(value).label) if name == "kind" else value]


def body_columns(body: str) -> dict[str, str]:
    """Return the columns that change with the body: the body itself, and the words that it is found by."""
    return {"body": body, "words": folded(body)}


def padded_qualities(qualities: Iterable[str]) -> list[str]:
    """Return three qualities, the missing ones empty, for the three columns of a story."""
    return [*qualities, "", "", ""][:MOST_QUALITIES]


# The names of the parts, which are also the names of the audit log's columns.
TEXT_PARTS = tuple(each.name for each in fields(StoryText))
# What people call them.
PART_NAMES = {each.name: each.metadata.get("name", "") for each in fields(StoryText)}
# The names of a story's columns that hold a text. The words of the search can be made from it anew.
STORY_COLUMNS = tuple(name for name in StoryText().story_columns() if name != "words")
