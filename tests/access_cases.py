"""The words of the tables in test_access.py: who asks, for what, and what each of them gets."""

from dataclasses import dataclass
from typing import Any

from accounts.models import Membership
from stories.models import Story
from tests.stories.transitions import LETTER

PEOPLE = ("visitor", "stranger", "foreign_owner", "member", "newcomer", "author", "moderator", "owner")
OUTSIDE = {"visitor": 302, "stranger": 404, "foreign_owner": 404}


def row(*, everybody: int | None = None, readers: int | None = None, author: int, moderators: int) -> dict[str, int]:
    """What the team gets; those outside are sent to sign in or told that there is nothing."""
    readers = everybody if readers is None else readers
    assert readers is not None
    inside = {"member": readers, "newcomer": readers, "author": author, "moderator": moderators, "owner": moderators}
    return OUTSIDE | inside


def all_of_us(status: int) -> dict[str, int]:
    return row(everybody=status, author=status, moderators=status)


@dataclass(frozen=True)
class Case:
    method: str
    path: str
    expected: dict[str, int]
    state: str = ""
    data: str = ""
    public: bool = False  # the team's wall

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def moderators_alone(status: int) -> dict[str, int]:
    return row(everybody=403, author=403, moderators=status)


def owners_alone(status: int) -> dict[str, int]:
    return all_of_us(403) | {"owner": status}


def for_all(status: int) -> dict[str, int]:
    return dict.fromkeys(PEOPLE, status)


def signed_in_only(status: int) -> dict[str, int]:
    return for_all(status) | {"visitor": 302}


def for_visitors(status: int) -> dict[str, int]:
    """Pages on the way in; somebody who is in already is sent home."""
    return for_all(302) | {"visitor": status}


def data_for(kind: str, story: Story | None) -> dict[str, Any]:
    if kind == "text":
        revision = story.revision if story else 0
        return {"kind": "given", "qualities": ["love"], "body": "A line.", "revision": revision, "action": "save"}
    if kind == "kind":
        return {"kind": "warm"}
    if kind == "words":
        return {"message": "A few words.", "reason": "other"}
    if kind == "decision":
        assert story is not None
        return {"revision": story.revision, **LETTER}
    if kind == "desk":
        assert story is not None
        colleague = Membership.objects.get(team=story.team, user__name="Sam Second").pk
        return {"revision": story.revision, "body": "A line.", "colleague": colleague, "note": "Yours?", **LETTER}
    return {}
