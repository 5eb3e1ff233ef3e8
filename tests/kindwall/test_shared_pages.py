"""Tests of the cache of pages that are the same for every visitor."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from kindwall import shared_pages
from kindwall.shared_pages import SharedPage, SharedPagesMiddleware

pytestmark = pytest.mark.once

ask = RequestFactory().get


class Drawing:
    """A view that counts how often it is asked."""

    def __init__(self, *, holds: Callable[[], bool] = lambda: True, cookie: str = "") -> None:
        self.times = 0
        self.holds = holds
        self.cookie = cookie

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.times += 1
        page = SharedPage(f"drawn {self.times} times", holds=self.holds, indexed=False, signed_in=False)
        if self.cookie:
            page.set_cookie(self.cookie, "1")
        return page


def test_shared_page_is_rendered_once_while_it_is_valid() -> None:
    true = True
    draw = Drawing(holds=lambda: true)
    middleware = SharedPagesMiddleware(draw)
    first, again = middleware(ask("/a/")), middleware(ask("/a/"))
    assert draw.times == 1
    assert first.headers == again.headers
    assert (first.content, again.content) == (b"drawn 1 times",) * 2  # type: ignore[attr-defined]
    true = False
    middleware(ask("/a/"))
    assert draw.times == 2


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/b/", {}),
        ("/a/?before=1-1", {}),
        ("/a/", {"Accept-Language": "de"}),
        ("/a/", {"Accept-Encoding": "gzip"}),
        ("/a/", {"Cookie": "kindwall_session=x"}),
    ],
    ids=str,
)
def test_different_request_gets_a_page_of_its_own(path: str, headers: dict[str, str]) -> None:
    draw = Drawing()
    middleware = SharedPagesMiddleware(draw)
    middleware(ask("/a/"))
    middleware(ask(path, headers=headers))
    assert draw.times == 2


def test_page_for_a_request_with_a_cookie_is_not_shared() -> None:
    draw = Drawing()
    middleware = SharedPagesMiddleware(draw)
    for _ in range(2):
        middleware(ask("/a/", headers={"Cookie": "kindwall_session=x"}))
    middleware(ask("/a/"))
    assert draw.times == 3


def test_page_that_sets_a_cookie_is_not_stored() -> None:
    draw = Drawing(cookie="kindwall_session")
    middleware = SharedPagesMiddleware(draw)
    for _ in range(2):
        assert "kindwall_session" in middleware(ask("/a/")).cookies
    assert draw.times == 2


@pytest.mark.parametrize("said", ["public, max-age=30", "max-age=30", ""])
def test_response_with_a_cookie_is_never_for_a_shared_cache(said: str) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse("x", headers={"Cache-Control": said} if said else {})
        response.set_cookie("anything", "1")
        return response

    assert SharedPagesMiddleware(view)(ask("/a/"))["Cache-Control"] == "private, no-cache"


def test_response_with_a_cookie_stays_as_private_as_its_view_made_it() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse("x", headers={"Cache-Control": "no-store"})
        response.set_cookie("anything", "1")
        return response

    assert SharedPagesMiddleware(view)(ask("/a/"))["Cache-Control"] == "no-store"


def test_request_with_another_method_reaches_the_view() -> None:
    draw = Drawing()
    middleware = SharedPagesMiddleware(draw)
    middleware(ask("/a/"))
    middleware(RequestFactory().post("/a/"))
    assert draw.times == 2


def test_memory_is_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_pages, "MOST_PAGES_BYTES", 3 * shared_pages.PAGE_BYTES + 3_000)
    draw = Drawing()
    middleware = SharedPagesMiddleware(draw)
    for number in range(8):
        middleware(ask(f"/{number}/"))
    for number in (7, 6, 5):
        middleware(ask(f"/{number}/"))
    assert (draw.times, len(middleware.pages)) == (8, 3)
    middleware(ask("/4/"))
    assert draw.times == 9


def test_long_address_counts_as_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_pages, "MOST_PAGES_BYTES", 3 * shared_pages.PAGE_BYTES + 3_000)
    middleware = SharedPagesMiddleware(Drawing())
    for number in range(8):
        middleware(ask(f"/?{number}={'x' * 3_000}"))
    assert len(middleware.pages) == 1
    middleware(ask(f"/?{'x' * 30_000}"))
    assert len(middleware.pages) == 1, "what is greater than all the room is not kept"


def test_response_is_private_and_not_indexed_by_default() -> None:
    silent = SharedPagesMiddleware(lambda request: HttpResponse("Mine."))(ask("/"))
    assert (silent["Cache-Control"], silent["X-Robots-Tag"]) == ("private, no-cache", "noindex")
    outspoken = HttpResponse("Ours.", headers={"Cache-Control": "no-store"})
    assert SharedPagesMiddleware(lambda request: outspoken)(ask("/"))["Cache-Control"] == "no-store"


@pytest.mark.parametrize("known", ['"1"', 'W/"1"', '"0", "1"', "*"])
def test_response_that_the_browser_has_is_not_sent_again(known: str) -> None:
    middleware = SharedPagesMiddleware(lambda request: HttpResponse("The same.", headers={"ETag": '"1"'}))
    answer = middleware(ask("/", headers={"If-None-Match": known}))
    assert (answer.status_code, answer["ETag"], answer["Cache-Control"]) == (304, '"1"', "private, no-cache")
    assert middleware(ask("/", headers={"If-None-Match": '"2"'})).status_code == 200
