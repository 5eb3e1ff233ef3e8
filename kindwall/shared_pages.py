"""A cache of pages that are the same for every visitor: rendered once, and sent again while they are valid.

All other responses are private by default: unless a view decides otherwise, only the reader's own browser stores them,
and no search engine indexes them.
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
from django.utils.http import parse_http_date_safe

FRESH = 30  # seconds for which a cache may give the page without asking: this long may a removed story still be seen
MOST_PAGES_BYTES = 4 << 20  # of pages stored by each process, which compressed take about 10 KB each
PAGE_BYTES = 3_000  # that a page takes besides its content and its address: headers, objects, places in dictionaries
UNCHANGED = ("Cache-Control", "ETag", "Vary")  # the headers of a 304 (RFC 9110, 15.4.5)
GZIP = re.compile(r"\bgzip\b")
PRIVATE_DIRECTIVE = re.compile(r"\b(private|no-store)\b")

type Key = tuple[str, str, str, bool]


def etag_of(content: bytes) -> str:
    return f'"{blake2b(content, digest_size=12).hexdigest()}"'


class SharedPage(HttpResponse):
    """A page for every visitor, rendered without a session, a token or a nonce; it is valid while `holds()`."""

    def __init__(self, content: str, *, holds: Callable[[], bool], indexed: bool, signed_in: bool) -> None:
        super().__init__(content)
        self.holds = holds
        self["ETag"] = etag_of(self.content)
        self["Cache-Control"] = "private, no-cache" if signed_in else f"public, max-age={FRESH}, must-revalidate"
        self["X-Robots-Tag"] = "all" if indexed else "noindex"
        # People of the team get another page at the same address.
        patch_vary_headers(self, ["Cookie", "Accept-Language"])


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it was sent, compressed or not, with its headers."""

    content: bytes
    headers: dict[str, str]
    holds: Callable[[], bool]
    weight: int  # in bytes, with the key

    def response(self, known_etag: str) -> HttpResponse:
        """Return the page, or a 304 when the browser has it already."""
        if known_etag == self.headers["ETag"]:
            return HttpResponseNotModified(headers={name: self.headers[name] for name in UNCHANGED})
        return HttpResponse(self.content, headers=self.headers)


class SharedPagesMiddleware:
    """Serves stored pages to browsers without cookies, before any other middleware runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.pages: LRUCache[Key, StoredPage] = LRUCache(MOST_PAGES_BYTES, getsizeof=lambda page: page.weight)
        self.lock = Lock()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = key_of(request)
        stored = self.find(key) if key else None
        if stored and stored.holds():
            response: HttpResponseBase = stored.response(request.META.get("HTTP_IF_NONE_MATCH", ""))
        else:
            response = self.get_response(request)
        if isinstance(response, SharedPage) and key and request.method == "GET" and not response.cookies:
            self.store(key, response)
        if response.cookies and not PRIVATE_DIRECTIVE.search(response.get("Cache-Control", "")):
            response["Cache-Control"] = "private, no-cache"  # a cookie belongs to one person, whatever the view set
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.setdefault("X-Robots-Tag", "noindex")
        if isinstance(response, HttpResponse) and request.method == "GET" and "ETag" in response:
            changed_at = parse_http_date_safe(response.get("Last-Modified", ""))
            return get_conditional_response(request, response["ETag"], changed_at, response) or response
        return response

    def find(self, key: Key) -> StoredPage | None:
        with self.lock:
            return self.pages.get(key)

    def store(self, key: Key, page: SharedPage) -> None:
        weight = PAGE_BYTES + len(page.content) + sum(map(getsizeof, key))
        if weight <= MOST_PAGES_BYTES:
            with self.lock:
                self.pages[key] = StoredPage(page.content, dict(page.items()), page.holds, weight)


def key_of(request: HttpRequest) -> Key | None:
    """Return everything that a shared page may depend on; None for a request that a view has to serve."""
    asked = request.META
    if request.method not in ("GET", "HEAD") or asked.get("HTTP_COOKIE"):
        return None
    request.get_host()  # raises DisallowedHost, as it does in views
    encoding = GZIP.search(asked.get("HTTP_ACCEPT_ENCODING", ""))
    return request.path, asked.get("QUERY_STRING", ""), asked.get("HTTP_ACCEPT_LANGUAGE", ""), bool(encoding)
