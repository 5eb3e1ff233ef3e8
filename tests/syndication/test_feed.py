"""The Atom feed of a wall: its entries, who may read it, and requests that have it already."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, User
from kindwall import clock
from kindwall.access_log import TokenFilter
from stories import public
from stories.models import Story
from syndication import wall_feed
from syndication.models import FeedAddress
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_edit, make_story
from tests.pages import attribute, elements, part, text_of

pytestmark = pytest.mark.once

ATOM = "{http://www.w3.org/2005/Atom}"
FEED = "/harbour-team/feed/"
TAG = f"tag:{urlsplit(settings.ORIGIN).hostname},"


@pytest.fixture(autouse=True)
def minute_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "minute", lambda: clock.now().replace(second=0, microsecond=0))


@pytest.fixture
def opened(cast: Cast) -> Cast:
    cast.team.change(by=cast.owner, visibility="public")
    return cast


def feed_of(client: Client, path: str = FEED, **headers: str) -> ElementTree.Element:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)


def texts(element: ElementTree.Element, path: str) -> list[str]:
    return [found.text or "" for found in element.iterfind(path.replace("a:", ATOM))]


def links(element: ElementTree.Element) -> dict[str, str]:
    return {link.get("rel", ""): link.get("href", "") for link in element.iterfind(f"{ATOM}link")}


def make_address(member: Membership) -> str:
    _address, secret = FeedAddress.renew(member)
    return f"{FEED}{secret}/"


# Entries


def test_feed_has_what_atom_requires(opened: Cast, story: Story) -> None:
    opened.team.change(by=opened.owner, tagline="By the sea.")
    feed = feed_of(Client())
    assert texts(feed, "a:title") == ["Harbour"]
    assert texts(feed, "a:subtitle") == ["By the sea."]
    assert texts(feed, "a:author/a:name") == ["Harbour"]
    assert texts(feed, "a:id")[0].startswith(TAG)
    assert links(feed) == {"alternate": f"{settings.ORIGIN}/harbour-team/", "self": f"{settings.ORIGIN}{FEED}"}
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    [entry] = feed.iterfind(f"{ATOM}entry")
    assert story.published_at
    assert texts(entry, "a:title") == ["A kindness given by Mia Member"]
    assert texts(entry, "a:author/a:name") == ["Mia Member"]
    assert texts(entry, "a:content") == ["<p>Held the door, and my tongue.</p>"]
    assert texts(entry, "a:id") == [f"{TAG}{story.published_at:%Y-%m-%d}:/stories/{story.pk}/"]
    assert links(entry) == {"alternate": f"{settings.ORIGIN}/harbour-team/stories/{story.pk}/"}
    moments = [datetime.fromisoformat(texts(entry, name)[0]) for name in ("a:published", "a:updated")]
    assert moments == [story.published_at] * 2
    assert texts(feed, "a:updated") == texts(entry, "a:updated")
    assert [category.get("term") for category in entry.iterfind(f"{ATOM}category")] == ["hope"]


def test_edit_changes_the_moment_of_its_entry_and_not_its_id(opened: Cast, story: Story) -> None:
    before = feed_of(Client())
    with clock.at(clock.now() + timedelta(hours=1)):
        make_edit(story, author=opened.member, moderator=opened.moderator, body="Held both doors.")
    with clock.at(clock.now() + timedelta(hours=2)):
        after = feed_of(Client())
    assert texts(after, "a:entry/a:id") == texts(before, "a:entry/a:id")
    assert texts(after, "a:entry/a:content") == ["<p>Held both doors.</p>"]
    assert texts(after, "a:entry/a:published") == texts(before, "a:entry/a:published")
    assert texts(after, "a:entry/a:updated") > texts(before, "a:entry/a:updated")


def test_text_in_an_entry_is_escaped_and_free_of_what_xml_forbids(opened: Cast) -> None:
    story = make_story(author=opened.member, moderator=opened.moderator)
    Story.objects.filter(pk=story.pk).update(body="<script>1 & 2</script>\x07\ufffe\nnext ]]>")
    User.objects.filter(pk=opened.member.user_id).update(name="Mia <b>\x1b")
    feed = feed_of(Client())
    assert texts(feed, "a:entry/a:content") == ["<p>&lt;script&gt;1 &amp; 2&lt;/script&gt;<br>next ]]&gt;</p>"]
    assert texts(feed, "a:entry/a:title") == ["A kindness given by Mia <b>"]


def test_nobody_is_named_where_the_wall_names_nobody(opened: Cast, story: Story) -> None:
    Story.objects.filter(pk=story.pk).update(author=None)
    feed = feed_of(Client())
    assert texts(feed, "a:entry/a:title") == ["A kindness given"]
    assert texts(feed, "a:entry/a:author/a:name") == []


def test_feed_of_an_empty_wall_is_the_same_each_time(opened: Cast) -> None:
    first, later = Client().get(FEED), clock.now() + timedelta(minutes=5)
    wall_feed.feed_at.cache_clear()
    with clock.at(later):
        assert Client().get(FEED).content == first.content
    assert texts(ElementTree.fromstring(first.content), "a:updated")


def test_feed_holds_the_newest_stories_read_by_an_index(opened: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_feed, "ENTRIES", 2)
    stories = [make_story(author=opened.member, moderator=opened.moderator) for _ in range(3)]
    with CaptureQueriesContext(connection) as queries:
        feed = feed_of(Client())
    newest = [f"/stories/{story.pk}/" for story in reversed(stories[1:])]
    assert [entry.split(":")[2] for entry in texts(feed, "a:entry/a:id")] == newest
    [read] = [query["sql"] for query in queries if "LIMIT 2" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {read}")
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "USING INDEX story_wall" in plan
    assert "TEMP B-TREE" not in plan


# Only what is settled


def test_story_is_in_the_feed_once_its_publication_cannot_be_undone(opened: Cast, pending: Story) -> None:
    now = clock.now()
    with clock.at(now):
        pending.publish(by=opened.moderator, revision=pending.revision)
    for seconds, number in ((5, 0), (75, 1)):
        with clock.at(now + timedelta(seconds=seconds)):
            assert len(texts(feed_of(Client()), "a:entry")) == number


def test_edit_is_in_the_feed_once_it_cannot_be_undone(opened: Cast, story: Story) -> None:
    make_edit(story, author=opened.member, moderator=opened.moderator, body="Held both doors.")
    assert "Held both doors." not in text_of(Client().get(FEED))


def test_removed_story_leaves_the_feed_at_once(opened: Cast, story: Story) -> None:
    visitor = Client()
    assert len(texts(feed_of(visitor), "a:entry")) == 1
    story.remove(by=opened.moderator, revision=story.revision, message="Not for us.")
    assert texts(feed_of(visitor), "a:entry") == []


# Requests that have it already


@contextmanager
def drawn_never(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(wall_feed, "WallFeed", Mock(side_effect=AssertionError("drawn")))
        yield


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
@pytest.mark.parametrize(("sent", "asked"), [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")])
def test_feed_is_not_drawn_again_for_who_has_it(
    cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch, sent: str, asked: str, private: bool
) -> None:
    if not private:
        cast.team.change(by=cast.owner, visibility="public")
    path, now = make_address(cast.member) if private else FEED, clock.now()
    with clock.at(now):
        first = Client().get(path)
        with drawn_never(monkeypatch):
            again = Client().get(path, headers={asked: first[sent]})
            head = Client().head(path)
    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])
    story.remove(by=cast.moderator, revision=story.revision, message="Not for us.")
    with clock.at(now + timedelta(seconds=80)):
        assert Client().get(path, headers={asked: first[sent]}).status_code == 200


def test_reader_that_asked_before_the_publication_settled_gets_the_story(opened: Cast, pending: Story) -> None:
    """By its date alone."""
    now = clock.now()
    with clock.at(now):
        pending.publish(by=opened.moderator, revision=pending.revision)
    path = make_address(opened.member)
    with clock.at(now + timedelta(seconds=5)):
        early = Client().get(path)["Last-Modified"]
    with clock.at(now + timedelta(seconds=75)):
        assert Client().get(path, headers={"If-Modified-Since": early}).status_code == 200


# Who may read it


def test_public_feed_is_the_same_for_everybody(opened: Cast, story: Story) -> None:
    response = Client().get(FEED)
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"] == "public, max-age=30, must-revalidate"
    assert not response.cookies
    assert Client().get(FEED, headers={"Accept-Language": "de"}).content == response.content
    assert signed_in(opened.stranger).get(FEED).content == response.content
    [link] = [one for one in elements(text_of(Client().get("/harbour-team/"))) if attribute(one, "rel") == "alternate"]
    assert (attribute(link, "type"), attribute(link, "href")) == ("application/atom+xml", FEED)


def test_private_feed_needs_nothing_but_its_address(cast: Cast, story: Story) -> None:
    path = make_address(cast.newcomer)
    response = Client().get(path)
    assert texts(ElementTree.fromstring(response.content), "a:entry/a:author/a:name") == ["Mia Member"]
    assert response["Cache-Control"] == "private, no-cache"
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.cookies
    assert path.split("/")[3] not in text_of(response), "a file that is passed on does not pass on the address"
    assert Client().post(path).status_code == 405


def test_private_feed_takes_few_queries(cast: Cast, story: Story) -> None:
    path = make_address(cast.newcomer)
    Client().get(path)
    with CaptureQueriesContext(connection) as queries:
        Client().get(path)
    assert len(queries) == 3, "the address, the team's slug, the newest event"


def deactivate(cast: Cast) -> None:
    User.objects.filter(pk=cast.newcomer.user_id).update(is_active=False)


ENDS: dict[str, Any] = {
    "leaving": lambda cast: cast.newcomer.leave(),
    "removal": lambda cast: cast.newcomer.remove(by=cast.owner),
    "deactivation": deactivate,
    "revoking": lambda cast: FeedAddress.revoke(cast.newcomer),
    "a new address": lambda cast: FeedAddress.renew(cast.newcomer),
}


@pytest.mark.parametrize("end", ENDS)
def test_private_address_ends(cast: Cast, story: Story, end: str) -> None:
    path, other = make_address(cast.newcomer), make_address(cast.member)
    assert Client().get(path).status_code == 200
    ENDS[end](cast)
    assert Client().get(path).status_code == 404
    assert Client().get(other).status_code == 200


def test_address_of_one_team_does_not_open_another(cast: Cast, story: Story) -> None:
    path = make_address(cast.foreign_owner)
    assert Client().get(path).status_code == 404
    assert Client().get(path.replace("harbour-team", "elsewhere")).status_code == 200


def test_private_address_follows_the_team_to_its_new_slug(cast: Cast, story: Story) -> None:
    path = make_address(cast.member)
    cast.team.change(by=cast.owner, slug="haven")
    assert Client().get(path)["Location"] == path.replace("harbour-team", "haven")


def test_guessing_is_limited(cast: Cast) -> None:
    cache.clear()
    statuses = [Client().get(f"{FEED}nonsense-{number}/").status_code for number in range(21)]
    assert statuses == [404] * 20 + [429]


def test_secret_is_not_written_into_the_access_log(cast: Cast) -> None:
    path = make_address(cast.member)
    record = logging.LogRecord("uvicorn.access", 20, "", 0, '%s "%s %s" %d', ("1.2.3.4", "GET", path, 200), None)
    assert TokenFilter().filter(record)
    assert record.getMessage() == f'1.2.3.4 "GET {FEED}…/" 200'


# The page of a person's address


def test_address_is_shown_once(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    assert "Make my address" in text_of(client.get(FEED))
    made = client.post(f"{FEED}make/")
    assert "no-store" in made["Cache-Control"]
    url = attribute(part(made, "feed-address"), "value") or ""
    assert url.startswith(f"{settings.ORIGIN}{FEED}")
    path = urlsplit(url).path
    assert Client().get(path).status_code == 200
    page, secret = text_of(client.get(FEED)), path.split("/")[3]
    assert f"{secret[:6]}…" in page
    assert secret not in page
    assert not FeedAddress.objects.filter(digest=secret).exists()
    assert client.post(f"{FEED}revoke/")["Location"] == FEED
    assert client.post(f"{FEED}revoke/").status_code == 302
    assert Client().get(path).status_code == 404


def test_page_names_the_open_address_of_a_public_wall(opened: Cast) -> None:
    page = signed_in(opened.member).get(FEED)
    assert attribute(part(page, "feed-address"), "value") == f"{settings.ORIGIN}{FEED}"
    assert "Your own address" not in text_of(page)
    FeedAddress.renew(opened.member)
    assert "Your own address" in text_of(signed_in(opened.member).get(FEED))


def test_feed_is_linked_from_ones_own_pages(cast: Cast) -> None:
    make_draft(author=cast.member)
    for page in (f"/harbour-team/people/{cast.member.pk}/", "/me/teams/"):
        assert f'href="{FEED}"' in text_of(signed_in(cast.member).get(page))
