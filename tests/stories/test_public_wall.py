"""A public wall for people outside the team: one cached page for all of them, without buttons."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team
from kindwall import clock
from kindwall.quota import Quota
from stories import public
from stories.models import ReactionKind, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_member, make_story
from tests.pages import attribute, elements, fields, ids, part, text_of, value, words

pytestmark = pytest.mark.once

WALL = "/harbour-team/"


@pytest.fixture(autouse=True)
def one_long_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "minute", lambda: 0)


@pytest.fixture
def opened(cast: Cast) -> Cast:
    cast.team.change(by=cast.owner, visibility="public")
    return cast


def meta(html: str) -> dict[str, str]:
    """Return the page's description for search engines and previews of links."""
    found = {}
    for element in elements(html):
        if element.name == "meta" and (name := attribute(element, "name") or attribute(element, "property")):
            found[name] = attribute(element, "content") or ""
        if element.name == "link" and attribute(element, "rel") == "canonical":
            found["canonical"] = attribute(element, "href") or ""
        if element.name == "title":
            found["title"] = words(element)
    return found


@pytest.fixture
def visitor() -> Client:
    return Client()


# Contents


def test_visitors_read_the_same_cards_with_figures_for_buttons(opened: Cast, story: Story, visitor: Client) -> None:
    story.toggle_uplift(by=opened.newcomer)
    for client in (visitor, signed_in(opened.stranger)):
        page = client.get(WALL)
        card = words(part(page, f"story-{story.pk}-card"))
        assert all(said in card for said in ("Given", "hope", "Held the door, and my tongue.", "Mia Member"))
        assert words(part(page, f"story-{story.pk}-uplift-count")) == "1"
        assert attribute(part(page, f"story-{story.pk}-warm-count"), "data-count") == "0"


@pytest.mark.parametrize("path", ["", "stories/{pk}/"])
def test_figures_and_their_list_have_labels(opened: Cast, story: Story, visitor: Client, path: str) -> None:
    page = visitor.get(WALL + path.format(pk=story.pk))
    figures = part(page, f"story-{story.pk}-reactions")
    assert attribute(figures, "aria-label") == "Reactions to this story"
    assert [words(one) for one in elements(str(figures)) if attribute(one, "class") == "figure-name"] == [
        "Uplift",
        *ReactionKind.labels,
    ]


@pytest.mark.parametrize("who", [None, "member"], ids=["people outside", "the team"])
def test_new_cards_are_announced_to_screen_readers(opened: Cast, who: str | None) -> None:
    status = part(signed_in(getattr(opened, who) if who else None).get(WALL), "wall-status")
    assert attribute(status, "role") == "status"


@pytest.mark.parametrize("path", ["", "stories/{pk}/"])
def test_public_page_has_nothing_to_send_and_no_session(opened: Cast, story: Story, visitor: Client, path: str) -> None:
    page = visitor.get(WALL + path.format(pk=story.pk))
    # The buttons of the list of keys stay in the browser.
    without_keys = re.sub("<dialog.*?</dialog>", "", text_of(page), flags=re.DOTALL)
    assert "button" not in {element.name for element in elements(without_keys)}
    assert b"csrf" not in page.content
    assert b"post" not in page.content.lower()
    assert not re.search("csrf|nonce|hx-post", text_of(page), re.IGNORECASE)
    assert not page.cookies
    assert "nonce" not in page["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["", "stories/{pk}/"])
def test_other_pages_of_a_public_team_need_a_sign_in(cast: Cast, story: Story, path: str) -> None:
    address = WALL + path.format(pk=story.pk)
    answer = Client().get(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next={address}"
    assert answer["Cache-Control"] == "private, no-cache"
    followed = Client().get(address, follow=True)
    assert "Harbour" not in text_of(followed)
    assert "Held the door" not in text_of(followed)
    assert meta(text_of(followed))["robots"] == "noindex"


@pytest.mark.parametrize("joining", ["invited", "domain", "open"])
def test_public_header_links_to_sign_in_and_joining(opened: Cast, visitor: Client, joining: str) -> None:
    opened.team.change(by=opened.owner, joining=joining, tagline="By the sea.")

    def links(client: Client) -> dict[str, str | None]:
        page = text_of(client.get(WALL))
        assert "By the sea." in page
        return {words(link): attribute(link, "href") for link in elements(page) if link.name == "a"}

    ours, strangers = links(visitor), links(signed_in(opened.stranger))
    assert ours["Sign in"] == f"/accounts/login/?next={WALL}"
    assert "Sign in" not in strangers
    assert strangers["Your walls"] == "/"
    for found in (ours, strangers):
        assert found.get("Join") == (f"{WALL}join/" if joining == "open" else None)


@pytest.mark.parametrize("path", ["", "?before=0-0", "stories/{pk}/", "live/", "join/", "nowhere/"])
@pytest.mark.parametrize(
    "cookies",
    [
        {"kindwall_session": "rubbish-of-32-characters-00000000"},
        {"kindwall_session": "x"},
        {"kindwall_csrf": "rubbish"},
        {"messages": "rubbish"},
        {"django_language": "de"},
        {"kindwall_team": "elsewhere"},
    ],
    ids=str,
)
def test_response_for_a_shared_cache_never_sets_a_cookie(
    opened: Cast, story: Story, cookies: dict[str, str], path: str
) -> None:
    opened.team.change(by=opened.owner, joining="open")
    client = Client()
    for name, content in cookies.items():
        client.cookies[name] = content
    answer = client.get(WALL + path.format(pk=story.pk))
    assert answer.status_code in (200, 302, 404)
    private = "private" in answer["Cache-Control"] or "no-store" in answer["Cache-Control"]
    assert private or not answer.cookies
    assert "Cookie" in answer.get("Vary", "") or private
    assert "kindwall_session" not in answer.cookies, "a key that opens nothing is left alone"


def test_public_wall_links_to_older_pages(opened: Cast, visitor: Client) -> None:
    made = [make_story(author=opened.member, moderator=opened.moderator).pk for _ in range(26)]
    first = text_of(visitor.get(WALL))
    older = attribute(part(first, "wall-older"), "href")
    assert older
    second = text_of(visitor.get(WALL + older))
    found = [int(name.split("-")[1]) for page in (first, second) for name in ids(page) if name.endswith("-card")]
    assert found == list(reversed(made))
    assert meta(second)["canonical"].endswith(WALL + older)
    assert meta(text_of(visitor.get(f"{WALL}?before=nonsense")))["canonical"].endswith(WALL)


def test_choice_of_a_public_wall_has_one_address(opened: Cast, visitor: Client) -> None:
    make_story(author=opened.member, moderator=opened.moderator)
    assert meta(text_of(visitor.get(f"{WALL}filters/?q=door")))["canonical"].endswith(f"{WALL}filters/?q=door")


def test_month_begins_by_the_clock_of_its_reader(opened: Cast, visitor: Client) -> None:
    with clock.at(datetime(2026, 10, 31, 23, 30, tzinfo=UTC)):
        make_story(author=opened.member, moderator=opened.moderator)
    seen = []
    for zone in ("UTC", "Europe/Berlin"):
        opened.newcomer.user.time_zone = zone
        opened.newcomer.user.save()
        seen.append("note-body" in text_of(signed_in(opened.newcomer).get(f"{WALL}?month=2026-11")))
    assert seen == [False, True]


def test_search_keeps_the_order_that_was_chosen(opened: Cast) -> None:
    page = text_of(signed_in(opened.newcomer).get(f"{WALL}?q=door&order=new&kind=given"))
    form = next(
        one for one in elements(page) if one.name == "form" and "wall-search" in (attribute(one, "class") or "")
    )
    sent = {name: [value(field) for field in fields(form, name)] for name in ("q", "order", "kind")}
    assert sent == {"q": ["door"], "order": ["new"], "kind": ["given"]}


def test_empty_public_wall_explains_itself(opened: Cast, visitor: Client) -> None:
    assert "This wall is still empty." in words(part(visitor.get(WALL), "wall-empty"))
    assert "The wall ends here." in words(part(visitor.get(f"{WALL}?before=0-0"), "wall-empty"))


def test_public_wall_follows_the_stream_of_visitors(opened: Cast, story: Story, visitor: Client) -> None:
    from stories.live.position import read_position
    from stories.models import OutboxEvent

    stream = next(one for one in elements(text_of(visitor.get(WALL))) if one.name == "live-stream")
    assert [attribute(stream, name) for name in ("data-live", "data-missed", "data-audience")] == [
        f"{WALL}live/",
        f"{WALL}live/missed/",
        "visitors",
    ]
    assert read_position(str(attribute(stream, "data-after")), opened.team.pk) == OutboxEvent.objects.newest_id()


@pytest.mark.parametrize("state", ["draft", "pending", "returned", "declined", "removed"])
def test_only_published_stories_have_a_public_page(opened: Cast, visitor: Client, state: str) -> None:
    hidden = make_story(author=opened.member, moderator=opened.moderator, state=state)
    there, nowhere = (visitor.get(f"{WALL}stories/{pk}/") for pk in (hidden.pk, 10**6))
    assert there.status_code == nowhere.status_code == 404
    assert str(part(there, "main")) == str(part(nowhere, "main"))


def test_story_of_another_team_is_not_found(opened: Cast, visitor: Client) -> None:
    theirs = make_story(author=opened.foreign_owner, moderator=opened.foreign_owner)
    assert visitor.get(f"{WALL}stories/{theirs.pk}/").status_code == 404


# Previews of links


def test_public_wall_has_a_preview(opened: Cast, visitor: Client) -> None:
    said = meta(text_of(visitor.get(WALL)))
    assert said["title"] == "Harbour · Kindwall"
    assert said["og:title"] == "Harbour"
    assert said["og:description"] == said["description"] != ""
    assert said["og:site_name"] == "Kindwall"
    assert said["og:type"] == "website"
    assert said["twitter:card"] == "summary_large_image"
    opened.team.change(by=opened.owner, tagline="By the <sea> & “harbour”.")
    assert meta(text_of(visitor.get(WALL)))["og:description"] == "By the <sea> & “harbour”."


def test_addresses_in_a_preview_are_absolute(opened: Cast, story: Story, visitor: Client, settings: Any) -> None:
    settings.ORIGIN = "https://wall.example.org"
    for path in (WALL, f"{WALL}stories/{story.pk}/"):
        said = meta(text_of(visitor.get(path)))
        assert said["canonical"] == said["og:url"] == f"https://wall.example.org{path}"
        assert said["og:image"].startswith("https://wall.example.org/static/img/preview")


@pytest.mark.parametrize("kind", ["given", "received", "witnessed"])
def test_preview_of_a_story_holds_its_first_words(opened: Cast, visitor: Client, kind: str) -> None:
    body = "She waited\n\nfor me to <find> “the” word." + " And then another." * 30
    story = make_story(author=opened.member, moderator=opened.moderator, kind=kind, body=body)
    said = meta(text_of(visitor.get(f"{WALL}stories/{story.pk}/")))
    assert said["og:title"] == f"A kindness {kind} · Harbour"
    assert said["title"] == f"A kindness {kind} · Harbour · Kindwall"
    assert said["og:type"] == "article"
    assert said["description"] == said["og:description"]
    assert said["description"].startswith("She waited for me to <find> “the” word. And then")
    assert 150 <= len(said["description"]) <= 160
    assert said["description"].endswith("…")


def test_public_wall_is_indexed_only_where_the_owner_allows_it(opened: Cast, story: Story, visitor: Client) -> None:
    pages = [WALL, f"{WALL}stories/{story.pk}/"]
    others = ["/", "/accounts/login/", f"{WALL}mine/", "/nowhere/"]
    for path in (*pages, *others):
        assert visitor.get(path)["X-Robots-Tag"] == "noindex", path
    assert [meta(text_of(visitor.get(path)))["robots"] for path in pages] == ["noindex", "noindex"]
    opened.team.change(by=opened.owner, indexed=True)
    for path in pages:
        answer = visitor.get(path)
        assert answer["X-Robots-Tag"] == "all"
        assert "robots" not in meta(text_of(answer))
    for path in others:
        assert visitor.get(path)["X-Robots-Tag"] == "noindex", path
    assert signed_in(opened.member).get(WALL)["X-Robots-Tag"] == "noindex"


def test_crawlers_may_read_that_a_wall_is_not_indexed(visitor: Client) -> None:
    lines = text_of(visitor.get("/robots.txt")).splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /accounts/", "Disallow: /admin/", "Disallow: /join/"} <= set(lines)
    assert "Disallow: /" not in lines
    assert f"Sitemap: {settings.ORIGIN}/sitemap.xml" in lines


def test_sitemap_has_the_stories_of_walls_that_may_be_listed(opened: Cast, story: Story, visitor: Client) -> None:
    def listed() -> dict[str, str]:
        found = re.findall(
            r"<url><loc>(.+?)</loc>(?:<lastmod>(.+?)</lastmod>)?</url>", text_of(visitor.get("/sitemap.xml"))
        )
        return dict(found)

    wall, page = f"{settings.ORIGIN}{WALL}", f"{settings.ORIGIN}{WALL}stories/{story.pk}/"
    make_story(author=opened.foreign_owner, moderator=opened.foreign_owner)
    assert listed() == {}
    opened.team.change(by=opened.owner, indexed=True)
    assert story.published_at
    at = story.published_at.isoformat(timespec="seconds")
    assert listed() == {wall: at, page: at}
    edit = make_edit(story, author=opened.member, moderator=opened.moderator, body="She waited, and smiled.")
    assert edit
    story.refresh_from_db()
    assert story.edited_at
    assert listed()[page] == story.edited_at.isoformat(timespec="seconds")
    with CaptureQueriesContext(connection) as captured:
        assert visitor.get("/sitemap.xml")["Cache-Control"] == "public, max-age=30, must-revalidate"
    assert len(captured) == 1
    story.remove(by=opened.moderator, revision=story.revision, message="Not here.")
    assert listed() == {wall: ""}
    opened.team.change(by=opened.owner, visibility="members", indexed=False)
    assert listed() == {}


# Caches


def test_visitors_share_a_cached_page_and_members_do_not(opened: Cast, story: Story, visitor: Client) -> None:
    for path in (WALL, f"{WALL}stories/{story.pk}/"):
        shared = visitor.get(path)
        fresh = re.fullmatch(r"public, max-age=(\d+), must-revalidate", shared["Cache-Control"])
        assert fresh
        assert int(fresh[1]) <= 60
        assert {"Cookie", "Accept-Language"} <= set(shared["Vary"].split(", "))
        for person in (opened.member, opened.owner, opened.stranger):
            answer = signed_in(person).get(path)
            assert answer["Cache-Control"] == "private, no-cache"
            assert "Cookie" in answer["Vary"]


def test_unchanged_page_gives_not_modified(opened: Cast, story: Story) -> None:
    for path in (WALL, f"{WALL}stories/{story.pk}/"):
        for person in (None, opened.stranger):
            first = signed_in(person).get(path)
            client = signed_in(person)  # of a process that does not have the page in memory yet
            for _ in range(2):
                again = client.get(path, headers={"If-None-Match": first["ETag"]})
                assert (again.status_code, again.content) == (304, b"")
                assert again["ETag"] == first["ETag"]
                assert again["Cache-Control"] == first["Cache-Control"]


def test_page_is_rendered_once_and_then_only_checked(
    opened: Cast, story: Story, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = (WALL, f"{WALL}stories/{story.pk}/")
    first = {path: visitor.get(path) for path in paths}
    monkeypatch.setattr(public, "render_to_string", None)
    for path in paths:
        for headers, status in (({}, 200), ({"If-None-Match": first[path]["ETag"]}, 304)):
            with CaptureQueriesContext(connection) as captured:
                again = visitor.get(path, headers=headers)
            assert again.status_code == status
            assert len(captured) == 1
        assert visitor.get(path).content == first[path].content
        assert visitor.get(path).headers == first[path].headers
        assert visitor.head(path)["ETag"] == first[path]["ETag"]


CHANGES: dict[str, Callable[[Cast, Story], Any]] = {
    "a new story": lambda cast, story: make_story(author=cast.newcomer, moderator=cast.moderator),
    "an uplift": lambda cast, story: story.toggle_uplift(by=cast.newcomer),
    "a removal": lambda cast, story: story.remove(by=cast.moderator, revision=1, message="For now."),
    "another name": lambda cast, story: cast.team.change(by=cast.owner, name="Haven"),
    "another colour": lambda cast, story: cast.team.change(by=cast.owner, accent="moss"),
    "another tagline": lambda cast, story: cast.team.change(by=cast.owner, tagline="By the sea."),
    "open to all": lambda cast, story: cast.team.change(by=cast.owner, joining="open"),
    "listed": lambda cast, story: cast.team.change(by=cast.owner, indexed=True),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_change_is_on_the_public_page_at_once(
    opened: Cast, story: Story, visitor: Client, change: Callable[[Cast, Story], Any]
) -> None:
    before = visitor.get(WALL)
    assert visitor.get(WALL).content == before.content
    change(opened, story)
    after = visitor.get(WALL, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.content != before.content
    assert after["ETag"] != before["ETag"]
    # Somebody who has never been here is given just that.
    assert Client().get(WALL).content == after.content


def test_ages_and_names_are_renewed_each_minute(
    opened: Cast, story: Story, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Mia Member" in text_of(visitor.get(WALL))
    opened.member.user.name = "Mia Renamed"
    opened.member.user.save()
    monkeypatch.setattr(public, "minute", lambda: 1)
    monkeypatch.setattr(timezone, "now", lambda now=timezone.now: now() + timedelta(minutes=3))
    page = text_of(visitor.get(WALL))
    assert "Mia Renamed" in page
    assert "3 minutes ago" in page


def test_closed_wall_is_private_at_once(opened: Cast, story: Story, visitor: Client) -> None:
    paths = (WALL, f"{WALL}?before=0-0", f"{WALL}stories/{story.pk}/", f"{WALL}live/")
    etags = {path: visitor.get(path).headers.get("ETag", "") for path in paths}
    stranger = signed_in(opened.stranger)
    assert stranger.get(WALL).status_code == 200
    opened.team.change(by=opened.owner, visibility="members")
    for path in paths:
        assert visitor.get(path, headers={"If-None-Match": etags[path]}).status_code == 302
        assert stranger.get(path).status_code == 404


def test_wall_that_closes_while_rendered_is_not_cached(
    opened: Cast, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = public.present

    def closing(slug: str) -> Any:
        Team.objects.filter(slug=slug).update(visibility="members")
        return real(slug)

    monkeypatch.setattr(public, "present", closing)
    assert visitor.get(WALL).status_code == 404


def test_each_language_and_encoding_has_its_own_cached_page(opened: Cast, story: Story, visitor: Client) -> None:
    for _ in range(2):  # drawn, and given again
        english = visitor.get(WALL, headers={"Accept-Language": "en"})
        german = visitor.get(WALL, headers={"Accept-Language": "de"})
        packed = visitor.get(WALL, headers={"Accept-Language": "de", "Accept-Encoding": "gzip"})
        assert '<html lang="en"' in text_of(english)
        assert '<html lang="de"' in text_of(german)
        assert packed["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in german
        assert len(packed.content) < len(german.content)


def test_request_with_a_cookie_gets_no_cached_page(opened: Cast, story: Story, visitor: Client) -> None:
    """One browser, signed out, in and out again."""
    assert "Sign in" in text_of(visitor.get(WALL))
    visitor.force_login(opened.member.user)
    ours = visitor.get(WALL)
    assert "reaction-form" in text_of(ours)
    assert "public" not in ours["Cache-Control"]
    visitor.logout()
    assert "reaction-form" not in text_of(visitor.get(WALL))


def test_wrong_host_gets_no_cached_page(opened: Cast, visitor: Client) -> None:
    assert visitor.get(WALL).status_code == 200
    assert visitor.get(WALL, headers={"Host": "elsewhere.example"}).status_code == 400


@pytest.mark.parametrize("path", ["", "stories/{pk}/"])
def test_twice_the_stories_cost_the_same_queries(opened: Cast, path: str) -> None:
    def cost() -> int:
        story = make_story(author=make_member(team=opened.team), moderator=opened.moderator)
        with CaptureQueriesContext(connection) as captured:
            assert Client().get(WALL + path.format(pk=story.pk)).status_code == 200
        return len(captured)

    before = cost()
    for _ in range(5):
        make_story(author=make_member(team=opened.team), moderator=opened.moderator)
    assert cost() == before <= 5


def test_visitors_above_the_limit_read_without_a_stream(opened: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stories.live.hub.hub.viewers.visitors", Quota(0))
    refused = Client().get("/harbour-team/live/")
    assert (refused.status_code, refused["Retry-After"], refused["Cache-Control"]) == (503, "60", "no-store")
    assert Client().get("/harbour-team/").status_code == 200
    assert signed_in(opened.member).get("/harbour-team/live/").status_code == 200
