"""The text of a story as one value. A new part of the text is added here and nowhere else among the models."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

MOST_QUALITIES = 3
BETWEEN_QUALITIES = ", "  # in the audit log's one column


@dataclass(frozen=True, slots=True)
class StoryText:
    """Everything that an author writes. Two texts are equal when all of their parts are."""

    kind: str = ""
    qualities: Sequence[str] = ()  # in the author's order, as a tuple of at most three
    body: str = ""

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
        return parts

    def audit_columns(self) -> dict[str, str]:
        """Return the values of the columns that hold this text in the audit log."""
        return self.parts() | {"qualities": BETWEEN_QUALITIES.join(self.qualities)}

    def parts(self) -> dict[str, Any]:
        """Return the parts by name, as the composer's form takes them."""
        return asdict(self)


def padded_qualities(qualities: Iterable[str]) -> list[str]:
    """Return three qualities, the missing ones empty, for the three columns of a story."""
    return [*qualities, "", "", ""][:MOST_QUALITIES]


# The names of the parts, which are also the names of the audit log's columns.
TEXT_PARTS = tuple(part.name for part in fields(StoryText))
