"""Results that are kept in memory, up to so many bytes.

A number of entries says nothing of memory where people choose how long their texts are. The least recently used are
dropped first; a result that is greater than all the room is not kept.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, Protocol

from cachetools import LRUCache, cached

ENTRY = 500  # bytes that an entry takes besides its key and its value: two dictionaries' places, and their objects


class Kept[**P, R](Protocol):
    """A function whose results are kept."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    def cache_info(self) -> Any: ...
    def cache_clear(self) -> None: ...


def kept_up_to[**P, R](most: int, weigh: Callable[[Any], int]) -> Callable[[Callable[P, R]], Kept[P, R]]:
    """Keep a function's results by its arguments, up to `most` bytes in each process; safe among threads.

    `weigh` gives the bytes of a result, those of the arguments included. The function gets `cache_info()` and
    `cache_clear()`, as from functools.
    """
    cache: LRUCache[Any, Any] = LRUCache(most, getsizeof=lambda result: ENTRY + weigh(result))
    return cached(cache, lock=Lock(), info=True)
