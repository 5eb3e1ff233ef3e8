"""A supply that many draw on, of which nobody can take all."""

from collections.abc import Hashable


class Quota:
    """So much for everybody together, and for each at most a `share` of what the others leave, or `least` if more.

    A share keeps something free however many come. Counted on one thread; `has_room` may be asked from any.
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
        """Whether there was room; only then it has to be given back."""
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
