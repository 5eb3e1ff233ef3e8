"""Pages that are the same for everybody outside: drawn once, and given again for as long as they hold.

A page that has to be private need say nothing: unless a view says otherwise, a browser keeps an answer for its
own person alone, and no search engine lists it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from sys import getsizeof
from threading import Lock

from cachetools import LRUCache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

FRESH = 30  # seconds for which a cache may give the page without asking: this long may a removed story still be seen
MOST_BYTES = 4 << 20  # of pages kept by each process, which compressed take about 10 KB each
ENTRY = 3_000  # bytes that a page takes besides its content and its address: headers, objects, places in dictionaries
UNCHANGED = ("Cache-Control", "ETag", "Vary")  # what a 304 says again (RFC 9110, 15.4.5)
GZIP = re.compile(r"\bgzip\b")
PRIVATE = re.compile(r"\b(private|no-store)\b")

type Key = tuple[str, str, str, bool]


class SharedPage(HttpResponse):
    """The same for everybody outside, drawn without a session, a token or a nonce; it stays true while `holds()`."""

    def __init__(self, content: str, *, holds: Callable[[], bool], indexed: bool, signed_in: bool) -> None:
        super().__init__(content)
        self.holds = holds
        self["ETag"] = f'"{blake2b(self.content, digest_size=12).hexdigest()}"'
        self["Cache-Control"] = "private, no-cache" if signed_in else f"public, max-age={FRESH}, must-revalidate"
        self["X-Robots-Tag"] = "all" if indexed else "noindex"
        # The same address answers people of the team with another page.
        patch_vary_headers(self, ["Cookie", "Accept-Language"])


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it went out, compressed if it was, with every header."""

    content: bytes
    headers: dict[str, str]
    holds: Callable[[], bool]
    weight: int  # in bytes, with the key

    def again(self, known: str) -> HttpResponse:
        """The page, or word that it is the one that the browser knows."""
        if known == self.headers["ETag"]:
            return HttpResponseNotModified(headers={name: self.headers[name] for name in UNCHANGED})
        return HttpResponse(self.content, headers=self.headers)


class SharedPagesMiddleware:
    """Answers browsers without cookies from memory, before anything else is asked who they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.kept: LRUCache[Key, Kept] = LRUCache(MOST_BYTES, getsizeof=lambda page: page.weight)
        self.lock = Lock()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = key_of(request)
        kept = self.find(key) if key else None
        if kept and kept.holds():
            response: HttpResponseBase = kept.again(request.META.get("HTTP_IF_NONE_MATCH", ""))
        else:
            response = self.get_response(request)
        if isinstance(response, SharedPage) and key and request.method == "GET" and not response.cookies:
            self.keep(key, response)
        if response.cookies and not PRIVATE.search(response.get("Cache-Control", "")):
            response["Cache-Control"] = "private, no-cache"  # a cookie is one person's, whatever the view said
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.setdefault("X-Robots-Tag", "noindex")
        if isinstance(response, HttpResponse) and request.method == "GET" and "ETag" in response:
            return get_conditional_response(request, etag=response["ETag"], response=response) or response
        return response

    def find(self, key: Key) -> Kept | None:
        with self.lock:
            return self.kept.get(key)

    def keep(self, key: Key, page: SharedPage) -> None:
        weight = ENTRY + len(page.content) + sum(map(getsizeof, key))
        if weight <= MOST_BYTES:
            with self.lock:
                self.kept[key] = Kept(page.content, dict(page.items()), page.holds, weight)


def key_of(request: HttpRequest) -> Key | None:
    """All of a request that a shared page may depend on; None for one that has to go the whole way."""
    asked = request.META
    if request.method not in ("GET", "HEAD") or asked.get("HTTP_COOKIE"):
        return None
    request.get_host()  # refuses the name of another host, as it would be on the whole way
    encoding = GZIP.search(asked.get("HTTP_ACCEPT_ENCODING", ""))
    return request.path, asked.get("QUERY_STRING", ""), asked.get("HTTP_ACCEPT_LANGUAGE", ""), bool(encoding)
