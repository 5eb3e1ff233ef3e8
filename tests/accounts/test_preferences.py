"""Everybody reads in their own language, time zone and theme, and nobody in another person's."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse, HttpResponseBase
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.preferences import PreferencesMiddleware
from stories.cards import age_or_date, drawn_card
from stories.models import Story
from stories.wall import shared_page_at
from tests.conftest import Cast, signed_in
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.once

LOGIN, WALL = "/accounts/login/", "/harbour-team/"


def language_of(answer: HttpResponseBase) -> tuple[str | None, str]:
    html = next(element for element in elements(text_of(answer)) if element.name == "html")
    return attribute(html, "lang"), answer["Content-Language"]


def vary(answer: HttpResponseBase) -> set[str]:
    return set(answer.get("Vary", "").split(", "))


def prefer(user: User, **preferences: str) -> None:
    User.objects.filter(pk=user.pk).update(**preferences)


# Language


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("xx,fr;q=0.9,de;q=0.3", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("*,de", "en"),
        ("", "en"),
        (";;;,,,q=", "en"),
        ("x" * 5000, "en"),
        ("../../etc/passwd", "en"),
    ],
)
def test_visitor_is_shown_in_the_language_their_browser_asks_for(
    client: Client, db: None, asked: str, told: str
) -> None:
    answer = client.get(LOGIN, headers={"Accept-Language": asked})
    assert language_of(answer) == (told, told)
    assert "Accept-Language" in vary(answer)


def test_persons_choice_counts_more_than_the_browser(cast: Cast) -> None:
    client = signed_in(cast.member)
    german = {"Accept-Language": "de"}
    assert language_of(client.get(WALL, headers=german)) == ("de", "de")
    assert "Accept-Language" in vary(client.get(WALL, headers=german))
    prefer(cast.member.user, language="en")
    answer = client.get(WALL, headers=german)
    assert language_of(answer) == ("en", "en")
    assert "Accept-Language" not in vary(answer)


def test_language_that_is_gone_is_no_choice(cast: Cast) -> None:
    prefer(cast.member.user, language="tlh")
    answer = signed_in(cast.member).get(WALL, headers={"Accept-Language": "de"})
    assert language_of(answer) == ("de", "de")
    assert "Accept-Language" in vary(answer)


def test_no_cookie_decides(client: Client, db: None, settings: Settings) -> None:
    """A page that is cached for all who ask for English must be in English."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    assert language_of(client.get(LOGIN, headers={"Accept-Language": "en"})) == ("en", "en")


def test_page_that_is_missing_is_shown_in_the_readers_language_too(cast: Cast) -> None:
    prefer(cast.member.user, language="de")
    client = signed_in(cast.member)
    assert language_of(client.get("/no-such-team/")) == ("de", "de")
    client.handler.enforce_csrf_checks = True
    refused = client.post("/me/")
    assert refused.status_code == 403
    assert language_of(refused) == ("de", "de")


def test_response_that_is_no_page_has_no_language(client: Client, db: None) -> None:
    answer = client.get("/healthz/", headers={"Accept-Language": "de"})
    assert not answer.has_header("Content-Language")
    assert "Accept-Language" not in vary(answer)


def test_django_itself_speaks_the_language(cast: Cast) -> None:
    prefer(cast.member.user, language="de")
    answer = signed_in(cast.member).post("/me/", {"name": "", "theme": ""})
    assert answer.status_code == 422
    assert "Dieses Feld ist zwingend erforderlich." in words(part(answer, "id_name_error"))


# Time


def hung_on(story: Story, moment: datetime) -> None:
    Story.objects.filter(pk=story.pk).update(published_at=moment)
    shared_page_at.cache_clear()


def date_on(client: Client, story: Story) -> str:
    card = part(client.get(WALL), f"story-{story.pk}-card")
    return words(next(element for element in elements(str(card)) if element.name == "time"))


def test_each_reader_reads_the_date_it_was_where_they_are(cast: Cast, story: Story) -> None:
    hung_on(story, datetime(2024, 6, 30, 22, 30, tzinfo=UTC))
    prefer(cast.member.user, time_zone="Europe/Berlin")
    prefer(cast.owner.user, time_zone="America/Lima")
    for _again in range(2):  # the card is drawn once for both
        assert date_on(signed_in(cast.member), story) == "1 July 2024"
        assert date_on(signed_in(cast.owner), story) == "30 June 2024"
        assert date_on(signed_in(cast.newcomer), story) == "30 June 2024"


def test_card_does_not_tell_in_which_time_zone_it_was_drawn_first(cast: Cast, story: Story) -> None:
    drawn_card.cache_clear()
    hung_on(story, datetime(2024, 6, 30, 22, 30, tzinfo=UTC))
    prefer(cast.member.user, time_zone="Pacific/Kiritimati")
    for reader in (cast.member, cast.owner):
        card = str(part(signed_in(reader).get(WALL), f"story-{story.pk}-card"))
        time = next(element for element in elements(card) if element.name == "time")
        assert attribute(time, "datetime") == "2024-06-30T22:30:00+00:00"


def test_year_is_left_out_by_the_readers_own_new_year() -> None:
    then, now = datetime(2025, 12, 31, 23, 30, tzinfo=UTC), datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert age_or_date(then, now) == "31 December 2025"
    with timezone.override("Europe/Berlin"):
        assert age_or_date(then, now) == "1 January"


def test_default_time_zone_is_the_installations(cast: Cast, story: Story, settings: Settings) -> None:
    hung_on(story, datetime(2024, 6, 30, 22, 30, tzinfo=UTC))
    settings.TIME_ZONE = "Asia/Tokyo"
    assert date_on(signed_in(cast.newcomer), story) == "1 July 2024"


@pytest.mark.parametrize("gone", ["Europe/Atlantis", "../etc/passwd", "Europe"])
def test_time_zone_that_is_gone_is_no_choice(cast: Cast, story: Story, gone: str) -> None:
    hung_on(story, datetime(2024, 6, 30, 22, 30, tzinfo=UTC))
    prefer(cast.member.user, time_zone=gone)
    assert date_on(signed_in(cast.member), story) == "30 June 2024"
    assert "data-time-zone" not in text_of(signed_in(cast.member).get(WALL))


def test_page_knows_the_chosen_time_zone(cast: Cast) -> None:
    prefer(cast.member.user, time_zone="Europe/Berlin")
    assert 'data-time-zone="Europe/Berlin"' in text_of(signed_in(cast.member).get(WALL))
    assert "data-time-zone" not in text_of(signed_in(cast.owner).get(WALL))


# Light


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_is_lit_as_its_reader_likes(cast: Cast, theme: str) -> None:
    prefer(cast.member.user, theme=theme)
    page = text_of(signed_in(cast.member).get(WALL))
    assert f'data-theme="{theme}"' in page
    assert f'<meta name="color-scheme" content="{theme}">' in page


def test_device_decides_without_a_choice(cast: Cast, client: Client) -> None:
    for page in (text_of(signed_in(cast.member).get(WALL)), text_of(client.get(LOGIN))):
        assert "data-theme" not in page
        assert '<meta name="color-scheme" content="light dark">' in page


# Nobody else's


def test_thread_resets_language_and_zone_after_a_request(cast: Cast, client: Client) -> None:
    prefer(cast.member.user, language="de", time_zone="Asia/Tokyo")
    for path in (WALL, "/no-such-team/", "/me/picture/"):
        signed_in(cast.member).get(path)
        assert translation.get_language() == "en"
        assert timezone.get_current_timezone_name() == "UTC"
    assert language_of(client.get(LOGIN)) == ("en", "en")


def test_failing_page_leaves_nothing_either(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    prefer(cast.member.user, language="de", time_zone="Asia/Tokyo")
    monkeypatch.setattr("stories.views.wall.read_wall_page", fail)
    client = signed_in(cast.member)
    client.raise_request_exception = False
    assert client.get(WALL).status_code == 500
    assert (translation.get_language(), timezone.get_current_timezone_name()) == ("en", "UTC")


def test_visitor_without_a_session_cookie_gets_no_session(rf: RequestFactory) -> None:
    class Untouched:
        def __getattr__(self, name: str) -> Any:
            pytest.fail(f"the session was asked for {name}")

    request: Any = rf.get("/", headers={"Accept-Language": "de"})
    request.session = request.user = Untouched()
    answer = PreferencesMiddleware(lambda _request: HttpResponse(translation.get_language()))(request)
    assert isinstance(answer, HttpResponse)
    assert answer.content == b"de"
    assert (request.theme, request.time_zone) == ("", "")
    assert vary(answer) == {"Accept-Language"}


def test_preferences_cost_no_query(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)

    def queries() -> int:
        shared_page_at.cache_clear()
        with CaptureQueriesContext(connection) as asked:
            assert client.get(WALL).status_code == 200
        return len(asked)

    queries()
    before = queries()
    prefer(cast.member.user, language="de", time_zone="Asia/Tokyo", theme="dark")
    assert queries() == before <= 5
