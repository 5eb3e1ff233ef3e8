"""A limited supply of which no single holder can take everything."""

from collections.abc import Hashable


class Quota:
    """A `total` for all holders, and for each at most a `share` of what the others leave, or `least` if that is more.

    With a share, some of the supply stays free for any number of holders. Call `take` and `give_back` on one thread
    only; `has_room` may be called from any.
    """

    def __init__(self, total: int, *, share: float = 0.0, least: int = 0) -> None:
        self.total = total
        self.share = share
        self.least = least
        self.used = 0
        self.held: dict[Hashable, int] = {}

    @property
    def is_full(self) -> bool:
        return self.used >= self.total

    def has_room(self, who: Hashable, amount: int = 1) -> bool:
        held = self.held.get(who, 0)
        left = self.total - self.used
        return amount <= left and held + amount <= max(self.least, int((left + held) * self.share))

    def take(self, who: Hashable, amount: int = 1) -> bool:
        """Take the amount if there is room, and return whether there was."""
        if not self.has_room(who, amount):
            return False
        self.used += amount
        self.held[who] = self.held.get(who, 0) + amount
        return True

    def give_back(self, who: Hashable, amount: int = 1) -> None:
        self.used -= amount
        left = self.held[who] - amount
        if left:
            self.held[who] = left
        else:
            del self.held[who]
