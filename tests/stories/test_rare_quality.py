"""A wall invites its readers to write about a quality that no story has carried lately."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kindwall import clock
from stories import rare_quality
from stories.models import Quality
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import text_of

WALL, FILTERS = "/harbour-team/", "/harbour-team/filters/"
INVITATION = "No story carried <em>{}</em> in the last 30 days."


def publish(cast: Cast, *qualities: str, days: int = 0) -> None:
    with clock.at(timezone.now() - timedelta(days=days)):
        make_story(author=cast.member, moderator=cast.moderator, qualities=qualities)


def test_filters_name_a_quality_without_a_late_story(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(cast.owner)
    assert "in the last 30 days" not in text_of(client.get(FILTERS)), "nothing is missing on a wall without stories"
    publish(cast, "peace", days=31)
    for quality in Quality:
        if quality != "peace":
            publish(cast, quality)
    page = text_of(client.get(FILTERS))
    assert INVITATION.format("peace") in page
    assert 'href="/harbour-team/share/"' in page
    monkeypatch.setattr(rare_quality, "MOST", 3)
    assert "in the last 30 days" not in text_of(client.get(FILTERS)), "a busy wall needs no invitation"
    monkeypatch.undo()
    publish(cast, "peace")
    assert "in the last 30 days" not in text_of(client.get(FILTERS))


def test_wall_of_a_rare_quality_invites(cast: Cast) -> None:
    publish(cast, "peace", days=31)
    publish(cast, "hope")
    client = signed_in(cast.owner)
    assert INVITATION.format("peace") in text_of(client.get(WALL, {"quality": "peace"}))
    assert INVITATION.format("love") in text_of(client.get(WALL, {"quality": "love"})), "no story has it"
    for asked in ({"quality": "hope"}, {"quality": ["peace", "love"]}, {"quality": "peace", "order": "all"}, {}):
        assert "in the last 30 days" not in text_of(client.get(WALL, asked)), asked


@pytest.mark.once
def test_people_outside_are_not_invited(cast: Cast) -> None:
    publish(cast, "hope")
    cast.team.change(by=cast.owner, visibility="public")
    for path in (FILTERS, f"{WALL}?quality=love"):
        assert "in the last 30 days" not in text_of(Client().get(path))
