"""The bell on every page: the number of notices that its reader has not seen."""

from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from accounts.models import Membership, User
from notices.models.shown import Condition, shown_condition
from stories.header import HeaderCounts
from stories.live.position import write_position

MOST_NOTICES_COUNTED = 100  # unread notices; more are shown as “99+”


def unread_query(user: User) -> Condition:
    """Return the query for the number of unread notices, counted up to a hundred."""
    shown, params = shown_condition(user)
    counted = f"SELECT 1 FROM notices_notice WHERE read_at IS NULL AND {shown} LIMIT {MOST_NOTICES_COUNTED}"  # noqa: S608
    return f"SELECT COUNT(*) FROM ({counted}) AS counted", params  # noqa: S608 - placeholders and constants


def number_in_words(number: int) -> str:
    return f"{MOST_NOTICES_COUNTED - 1}+" if number >= MOST_NOTICES_COUNTED else str(number)


@dataclass(frozen=True, slots=True)
class Bell:
    """The counts that a page shows and keeps up to date, and the team whose stream tells it when."""

    unread: int
    needs_author: int = 0  # of the team's stories
    needs_moderator: int = 0  # of the same, where this person moderates
    membership: Membership | None = None
    event: int = 0  # the newest of the team

    @classmethod
    def read(cls, user: User, slug: str) -> "Bell":
        """Read the counts for a page of the team with this slug; for any other page, of a team of theirs. One query."""
        memberships = user.memberships_by_slug
        membership = memberships.get(slug) or next(iter(memberships.values()), None)
        return cls.of(membership, HeaderCounts.read(membership)) if membership else cls(unread=0)

    @classmethod
    def of(cls, membership: Membership, counts: HeaderCounts) -> "Bell":
        return cls(counts.more["unread"], counts.needs_author, counts.needs_moderator, membership, counts.event)

    @property
    def position(self) -> str:
        """Return the position from which the page follows the stream of the team."""
        return write_position(self.membership.team_id, self.event) if self.membership else ""

    @property
    def number(self) -> str:
        return number_in_words(self.unread)

    @property
    def title(self) -> str:
        """The number in the title of a team's page: the first in its header that is not zero.

        That is of stories that need this moderator, or else of new notices.
        """
        return str(self.needs_moderator or "") or (self.number if self.unread else "")

    @property
    def label(self) -> str:
        """The accessible name of the bell."""
        if not self.unread:
            return gettext("Notices")
        words = ngettext("Notices, %(number)s new", "Notices, %(number)s new", self.unread)
        return words % {"number": self.number}

    def as_json(self) -> dict[str, str | int]:
        mine: dict[str, str | int] = {"mine": self.needs_author, "mineLabel": needs_author_in_words(self.needs_author)}
        bell: dict[str, str | int] = {"unread": self.unread, "number": self.number, "label": self.label}
        return {**bell, **mine, "waiting": self.needs_moderator}


def needs_author_in_words(number: int) -> str:
    return ngettext("%(number)d story needs you", "%(number)d stories need you", number) % {"number": number}
