"""The note that explains a wall to somebody who is new to the team."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kindwall import clock
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.pages import ids

pytestmark = pytest.mark.once

DISMISS = "/harbour-team/introduction/dismiss/"
HTMX = {"HX-Request": "true"}


def is_introduced(cast: Cast, path: str = "/harbour-team/") -> bool:
    return "introduction" in ids(signed_in(cast.newcomer).get(path))


def test_newcomer_meets_it_until_it_is_dismissed(cast: Cast, story: Story) -> None:
    assert is_introduced(cast)
    assert not is_introduced(cast, "/harbour-team/?before=1-1"), "on the newest page alone"
    response = signed_in(cast.newcomer).post(DISMISS)
    assert (response.status_code, response["Location"]) == (302, "/harbour-team/")
    assert not is_introduced(cast)
    assert "introduction" in ids(signed_in(cast.member).get("/harbour-team/")), "each for themselves"


def test_first_time_is_stored_and_repeating_is_harmless(cast: Cast) -> None:
    client = signed_in(cast.newcomer)
    response = client.post(DISMISS, headers=HTMX)
    assert (response.status_code, response.content) == (200, b""), "htmx puts nothing in its place"
    cast.newcomer.refresh_from_db()
    first = cast.newcomer.introduction_dismissed_at
    assert first is not None
    with clock.at(timezone.now() + timedelta(days=1)):
        client.post(DISMISS)
    cast.newcomer.refresh_from_db()
    assert cast.newcomer.introduction_dismissed_at == first


def test_it_is_not_shown_after_the_first_month(cast: Cast, story: Story) -> None:
    cast.newcomer.joined_at = timezone.now() - timedelta(days=31)
    cast.newcomer.save(update_fields=["joined_at"])
    assert not is_introduced(cast)


def test_empty_wall_has_its_own_first_words(cast: Cast) -> None:
    assert not is_introduced(cast)
