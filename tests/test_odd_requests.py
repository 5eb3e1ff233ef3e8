"""Requests that no browser of ours sends: each is answered in words, and none with a 500."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from kindwall.request_text import ReadableRequest, RequestTextMiddleware
from stories.models import Story
from tests.conftest import Cast, confirmed, signed_in
from tests.factories import make_story
from tests.pages import text_of
from tests.stories.test_no_leak import PARAMETERS

LONG = 60_000
# As they are in an address, percent-encoded.
ODD_PARTS = {
    "nul": "a%00b",
    "lone surrogate": "%ED%A0%80",
    "long": "x" * LONG,
    "beyond 64 bits": str(2**63),
    "thirty digits": "9" * 30,
    "five thousand digits": "9" * 5_000,
}
ODD = ODD_PARTS | {
    "long and wild": quote("%_\\'\"") * (LONG // 15),
    "negative": "-1",
    "far year": "99999-01-01",
    "no year": "0000-00-00",
    "cursor of no time": f"{'9' * 17}-{'9' * 18}",
    "other digits": quote("٣²"),
}
# Pages by the parameter that they read.
READ = {
    "": ("before",),
    "mine/": ("before",),
    "people/": ("q", "after"),
    "people/invite/": ("before",),
    "settings/log/": ("before",),
    "moderation/": ("story", "show", "listed"),
    "moderation/news/": ("shown", "story", "show"),
    "moderation/log/": ("action", "moderator", "reason", "since", "until", "author", "story", "before"),
    "moderation/log.csv": ("moderator", "reason", "since", "until", "author", "story"),
}
FIELDS = (
    *("body", "message", "saw", "reason", "next_step", "talk_to", "note", "colleague", "kind", "qualities", "revision"),
    *("composer", "turn", "instead_of", "entry", "story", "shown", "reading", "show", "answer", "action"),
    *("emails", "role", "days", "most_uses", "name", "slug", "tagline", "accent", "words", "do", "domain", "automatic"),
    *("policy", "newcomer_until", "answer_hours", "set_aside_after", "visibility", "joining", "until", "on", "choice"),
    *("secret_address", "content"),
    *("then", "trust", "language", "time_zone", "theme", "email", "login", "password", "password1", "next", "as"),
    *("team", "address", "code", "credential", "oldpassword", "writer", "csrfmiddlewaretoken", "remember"),
)


# Ordinary values for each part of an address.
PARTS = {
    "<slug:team>": "harbour-team",
    "<str:token>": "nonsense",
    "<str:kind>": "webhook",
    "<slug:slug>": "harbour-team",
    "<str:secret>": "nonsense",
    "<str:digest>": "nonsense",
    "<path:object_id>": "1",
    "<path:content_type_id>": "1",
    "(?P<key>.+)": "nonsense",
    r"(?P<key>[-:\w]+)": "nonsense",
    "(?P<uidb36>[0-9A-Za-z]+)": "1",
    "(?P<app_label>kindwall|accounts|stories|account|django_tasks_database)": "accounts",
    "(?P<url>.*)": "nowhere",
}
ENDS_THE_SESSION = ("logout", "me/data/delete/", "live/", "leave/", "sessions/")


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            assert isinstance(pattern, URLPattern)
            yield route


def address(route: str, parts: dict[str, str]) -> str:
    for part, text in parts.items():
        route = route.replace(part, text)
    route = "/" + route.replace("^", "").replace("$", "").replace("\\Z", "")
    assert not set("<()") & set(route), route
    return route


def odd_addresses(odd: str, pk: int) -> Iterator[str]:
    """Each address with that in one of its parts."""
    parts = {**PARTS, "<int:pk>": str(pk)}
    for route in routes(get_resolver()):
        for part in parts:
            if part in route:
                yield address(route, {**parts, part: odd})


def addresses(pk: int) -> list[str]:
    parts = {**PARTS, "<int:pk>": str(pk)}
    found = dict.fromkeys(address(route, parts) for route in routes(get_resolver()))
    return [one for one in found if not one.endswith(ENDS_THE_SESSION) and not one.startswith("/admin/")]


@pytest.fixture(autouse=True)
def as_the_server_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.test.client.WSGIRequest", ReadableRequest)


@pytest.fixture
def operator(cast: Cast) -> Client:
    """Somebody to whom every address is open: an owner of the team who also operates the installation."""
    user = cast.owner.user
    user.is_staff = user.is_superuser = True
    user.save()
    return confirmed(cast.owner)


def failures(client: Client, method: str, asked: Iterator[str] | list[str], **extra: Any) -> list[str]:
    """Every address that was answered with anything worse than a refusal."""
    failed = []
    for path in asked:
        try:
            response: Any = client.generic(method, path, **extra)
            b"".join(response.streaming_content if response.streaming else ())  # a file is closed at its end
        except Exception as error:  # noqa: BLE001 - each kind of failure is one
            failed.append(f"{method} {path[:90]}: {error!r:.120}")
        else:
            failed += [f"{method} {path[:90]}: {response.status_code}"] if response.status_code >= 500 else []
    return failed


def each_odd(*odd: str) -> pytest.MarkDecorator:
    """Each of these; on another database only those that it could refuse by itself."""
    on_each = ("nul", "beyond 64 bits")
    return pytest.mark.parametrize(
        "odd", [pytest.param(one, marks=[] if one in on_each else [pytest.mark.once]) for one in odd]
    )


@each_odd(*ODD_PARTS)
def test_odd_address_is_no_failure(operator: Client, story: Story, odd: str) -> None:
    assert failures(operator, "GET", odd_addresses(ODD[odd], story.pk)) == []


# What an address names is read before anybody asks for its method.
@each_odd("nul", "beyond 64 bits")
def test_odd_address_of_a_form_is_no_failure(operator: Client, story: Story, odd: str) -> None:
    assert failures(operator, "POST", odd_addresses(ODD[odd], story.pk)) == []


@each_odd("long", "five thousand digits", "negative")
def test_odd_parameter_is_no_failure(operator: Client, story: Story, odd: str) -> None:
    query = "&".join(f"{name}={ODD[odd]}" for name in PARAMETERS)
    assert failures(operator, "GET", addresses(story.pk), QUERY_STRING=query) == []


@pytest.mark.parametrize("page", READ)
def test_odd_parameter_by_itself_is_no_failure(operator: Client, story: Story, page: str) -> None:
    for name in READ[page]:
        for odd in ODD.values():
            assert failures(operator, "GET", [f"/harbour-team/{page}"], QUERY_STRING=f"{name}={odd}") == []


@each_odd("nul", "lone surrogate", "long", "thirty digits", "beyond 64 bits", "five thousand digits", "far year")
def test_odd_field_is_no_failure(operator: Client, cast: Cast, odd: str) -> None:
    pending = make_story(author=cast.member, state="pending")
    form = "&".join(f"{name}={ODD[odd][: 2_000_000 // len(FIELDS)]}" for name in FIELDS)
    form_type = "application/x-www-form-urlencoded"
    assert failures(operator, "POST", addresses(pending.pk), data=form, content_type=form_type) == []


CHARSETS = (
    "utf-7",
    "utf-16",
    "base64",
    "rot13",
    "idna",
    "undefined",
    "no-such",
    "unicode_escape",
    "latin-1",
    "utf-8-sig",
)


@pytest.mark.once
@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_form_in_another_encoding_is_no_failure(operator: Client, cast: Cast, charset: str, kind: str) -> None:
    pending = make_story(author=cast.member, state="pending")
    body = b"body=%2b2D8-+2D8-&kind=given"
    if kind.startswith("multipart"):
        body = b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\n+2D8- a\r\n--b--\r\n'
    extra: dict[str, Any] = {"data": body, "content_type": f"{kind}; charset={charset}", "QUERY_STRING": "q=a+2D8-"}
    share = "/harbour-team/share/"
    assert failures(operator, "POST", [share, "/me/", f"/harbour-team/stories/{pending.pk}/letter/"], **extra) == []
    assert operator.generic("POST", share, **extra).status_code == 400
    assert failures(operator, "GET", ["/harbour-team/people/", "/me/"], **extra) == []


MALFORMED = {
    "no boundary": ("multipart/form-data", b"--b\r\n"),
    "cut off": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\nab'),
    "nonsense": ("multipart/form-data; boundary=b", b"\xff\xfe\x00" * 99),
    "endless boundary": (f"multipart/form-data; boundary={'b' * 9_000}", b"--"),
    "broken base64": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="body"\r\nContent-Transfer-Encoding: base64\r\n\r\n@@@a\r\n--b--',
    ),
    "many fields": ("application/x-www-form-urlencoded", b"a=1&" * 5_000),
    "wrong bytes": ("application/x-www-form-urlencoded", b"body=\xff\xfe%ff%00"),
    "json": ("application/json", b"{"),
}


@pytest.mark.once
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_form_is_no_failure(operator: Client, cast: Cast, name: str) -> None:
    kind, body = MALFORMED[name]
    paths = ["/harbour-team/share/", "/me/", "/me/picture/", "/accounts/login/", "/harbour-team/moderation/bulk/"]
    assert failures(operator, "POST", paths, data=body, content_type=kind) == []
    assert failures(signed_in(None), "POST", paths, data=body, content_type=kind) == []


@pytest.mark.parametrize(
    "kind", ["text/plain; a*=x''b", "text/plain;" + "a=1;" * 3_000, "text/plain; charset*=utf-8''a%00"]
)
def test_content_type_that_nobody_can_read_is_refused_in_words(kind: str) -> None:
    environ = RequestFactory().get("/").environ | {"CONTENT_TYPE": kind}
    refusal = RequestTextMiddleware(lambda request: HttpResponse())(ReadableRequest(environ))
    assert refusal.status_code == 400


def test_refusal_is_a_page_in_the_reader_s_language(cast: Cast) -> None:
    refusal = signed_in(cast.member).get("/harbour-team/people/?q=%00", headers={"Accept-Language": "de"})
    assert refusal.status_code == 400
    assert "Das war nicht zu verstehen" in text_of(refusal)


def test_cookie_with_a_nul_is_refused_before_a_session_is_looked_for(db: None) -> None:
    client = signed_in(None)
    client.cookies.load('kindwall_session="\\000aaaaaaaaaaaaaaaa"')
    assert client.get("/").status_code == 400


def test_search_for_endless_words_finds_nobody(cast: Cast) -> None:
    page = signed_in(cast.member).get("/harbour-team/people/", {"q": "x" * 60_000})
    assert page.status_code == 200
    assert "Nobody here matches" in text_of(page)


@pytest.mark.parametrize("credential", ["9" * 5_000, "[" * 100_000, '{"a":', "1e999", "null"])
def test_credential_that_nobody_can_read_is_refused(db: None, credential: str) -> None:
    refusal = signed_in(None).post("/accounts/2fa/webauthn/login/", {"credential": credential})
    assert refusal.status_code < 500
