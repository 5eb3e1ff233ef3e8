"""Caches of function results that are bounded in bytes.

A bound on the number of entries does not bound memory, because people choose how long their texts are. The least
recently used results are dropped first; a result that is larger than the whole cache is not stored.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, Protocol

from cachetools import LRUCache, cached

ENTRY_BYTES = 500  # that an entry takes besides its key and its value: places in two dictionaries, and their objects


class CachedFunction[**P, R](Protocol):
    """A function whose results are cached."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    def cache_info(self) -> Any: ...
    def cache_clear(self) -> None: ...


def cached_up_to[**P, R](most: int, weigh: Callable[[Any], int]) -> Callable[[Callable[P, R]], CachedFunction[P, R]]:
    """Cache a function's results by its arguments, up to `most` bytes in each process; safe among threads.

    `weigh` returns the bytes of a result, those of the arguments included. The function gets `cache_info()` and
    `cache_clear()`, as from functools.
    """
    cache: LRUCache[Any, Any] = LRUCache(most, getsizeof=lambda result: ENTRY_BYTES + weigh(result))
    return cached(cache, lock=Lock(), info=True)
