"""Tests of every page: strict headers, nothing inline, nothing from other hosts, helpful errors."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.db import DatabaseError, transaction
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import DjangoDbBlocker

from stories.models import Story
from tests.conftest import Cast, make_cast, signed_in
from tests.factories import make_draft, make_story
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.once

# The person who opens it, and the page.
PAGES = [
    ("visitor", "/"),
    ("visitor", "/accounts/login/"),
    ("visitor", "/accounts/signup/"),
    ("visitor", "/accounts/password/reset/"),
    ("visitor", "/accounts/password/reset/done/"),
    ("visitor", "/accounts/password/reset/key/1-nonsense/"),
    ("visitor", "/accounts/confirm-email/"),
    ("visitor", "/accounts/confirm-email/nonsense/"),
    ("visitor", "/accounts/inactive/"),
    ("stranger", "/"),
    ("stranger", "/harbour-team/"),
    ("member", "/accounts/email/"),
    ("member", "/accounts/logout/"),
    ("member", "/accounts/password/change/"),
    ("member", "/accounts/reauthenticate/"),
    ("member", "/harbour-team/"),
    ("member", "/harbour-team/mine/"),
    ("member", "/harbour-team/share/"),
    ("member", "/harbour-team/stories/{draft}/"),
    ("member", "/harbour-team/stories/{draft}/edit/"),
    ("member", "/harbour-team/stories/{published}/"),
    ("member", "/harbour-team/moderation/"),
    ("moderator", "/harbour-team/moderation/"),
    ("moderator", "/harbour-team/moderation/?story={pending}"),
    ("moderator", "/harbour-team/stories/{published}/"),
]


@pytest.fixture(scope="module")
def pages(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[tuple[str, str], HttpResponseBase]]:
    """Each page, opened once."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        made = {
            state: make_story(author=cast.member, moderator=cast.moderator, state=state)
            for state in ("pending", "published", "returned", "declined", "removed")
        }
        numbers = {state: story.pk for state, story in made.items()} | {"draft": make_draft(author=cast.member).pk}
        yield {(who, path): signed_in(getattr(cast, who, None)).get(path.format(**numbers)) for who, path in PAGES}
        transaction.set_rollback(True)


@pytest.fixture
def page(pages: dict[tuple[str, str], HttpResponseBase], who: str, path: str) -> HttpResponseBase:
    assert pages[who, path].headers["Content-Type"].startswith("text/html")
    return pages[who, path]


each_page = pytest.mark.parametrize(("who", "path"), PAGES, ids=[" ".join(page) for page in PAGES])


@each_page
def test_page_has_strict_headers(page: HttpResponseBase) -> None:
    policy = page["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    nonce = re.fullmatch(r"'self' 'nonce-([\w+/=-]{20,})'", rules["script-src"])
    assert nonce, rules["script-src"]
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    nonces = {attribute(element, "nonce") for element in elements(text_of(page)) if element.name == "script"}
    assert nonces - {None} == {nonce[1]}
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"


@each_page
def test_page_has_nothing_inline_and_nothing_from_other_hosts(page: HttpResponseBase) -> None:
    found = list(elements(text_of(page)))
    assert not [element for element in found if element.name in ("style", "iframe", "object", "embed", "base")]
    scripts = [element for element in found if element.name == "script"]
    assert not [script for script in scripts if words(script) and attribute(script, "type") != "application/json"]
    names = {name.lower() for element in found for name, _ in element.attributes}
    assert not {name for name in names if name == "style" or name.startswith(("on", "hx-on"))}
    values = [(value or "").strip().lower() for element in found for _, value in element.attributes]
    assert not [value for value in values if value.startswith(("javascript:", "js:"))]
    addresses = [
        (value or "")
        for element in found
        for name, value in element.attributes
        if name in ("href", "src", "action", "formaction", "srcset", "poster", "data") or name.startswith("hx-post")
    ]
    assert len(addresses) > 3
    assert {urlsplit(address).netloc for address in addresses} <= {"", "testserver"}


@each_page
def test_page_has_a_title_a_heading_one_main_part_and_unique_ids(page: HttpResponseBase) -> None:
    assert not re.search(r"\{[#%]|[#%]\}", text_of(page)), "a comment of a template over two lines is shown"
    found = list(elements(text_of(page)))
    titles = [words(element) for element in found if element.name == "title" and words(element)]
    assert len([title for title in titles if "Kindwall" in title or "Harbour" in title]) >= 1
    assert len([element for element in found if element.name == "h1" and words(element)]) == 1
    assert [attribute(element, "id") for element in found if element.name == "main"] == ["main"]
    ids = [value for element in found if (value := attribute(element, "id"))]
    assert sorted(ids) == sorted(set(ids))
    labelled = {attribute(element, "for") for element in found if element.name == "label"}
    assert labelled - {None} <= set(ids)
    described = ("aria-describedby", "aria-labelledby")
    pointed = {name for element in found for key in described for name in (attribute(element, key) or "").split()}
    assert pointed <= set(ids)


@each_page
def test_every_post_form_has_a_csrf_token(page: HttpResponseBase) -> None:
    forms = [element for element in elements(text_of(page)) if element.name == "form"]
    for form in forms:
        if (attribute(form, "method") or "").lower() == "post":
            assert 'name="csrfmiddlewaretoken"' in str(form), attribute(form, "action")


def test_nonce_changes_with_each_response(cast: Cast) -> None:
    client = signed_in(cast.member)
    assert len({client.get("/harbour-team/")["Content-Security-Policy"] for _ in range(2)}) == 2


def test_unknown_address_gets_the_404_page(cast: Cast) -> None:
    answer = signed_in(cast.member).get("/harbour-team/no/such/page/")
    assert answer.status_code == 404
    assert "does not exist" in words(part(answer, "main"))


def test_page_for_others_gets_the_403_page(cast: Cast) -> None:
    answer = signed_in(cast.member).get("/harbour-team/moderation/")
    assert answer.status_code == 403
    assert "for the team’s moderators" in words(part(answer, "main"))


def test_500_page_shows_no_details(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the insides")

    monkeypatch.setattr("stories.views.wall.read_wall_page", broken)
    client = signed_in(cast.member)
    client.raise_request_exception = False
    answer = client.get("/harbour-team/")
    assert answer.status_code == 500
    assert "Something broke on our side." in words(part(answer, "main"))
    assert "the insides" not in text_of(answer)


def test_health_check_queries_the_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    well = client.get("/healthz/")
    assert (well.status_code, well.content) == (200, b"ok\n")
    assert "no-store" in well["Cache-Control"]

    class Away:
        def cursor(self) -> None:
            raise DatabaseError

    monkeypatch.setattr("kindwall.health.connection", Away())
    assert client.get("/healthz/").status_code == 503


def test_private_pages_are_not_stored_by_shared_caches(cast: Cast, story: Story) -> None:
    for path in ("/harbour-team/", "/harbour-team/mine/", f"/harbour-team/stories/{story.pk}/"):
        answer = signed_in(cast.member).get(path)
        assert "Cookie" in answer["Vary"], path
        assert "public" not in answer.get("Cache-Control", "")


def test_address_of_a_form_is_explained_to_somebody_who_opens_it(cast: Cast, story: Story) -> None:
    client, address = signed_in(cast.moderator), f"{story.get_absolute_url()}return/"
    opened = client.get(address)
    assert (opened.status_code, opened["Allow"]) == (405, "POST")
    assert "There is no page at this address." in words(part(opened, "main"))
    assert client.get(address, headers={"HX-Request": "true"}).content == b""
