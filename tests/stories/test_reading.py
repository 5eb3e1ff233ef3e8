"""From story to story in the order of the wall, the titles of its pages, and the switch for its single keys."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from kindwall import clock
from stories.models import Story
from tests.conftest import Cast
from tests.factories import make_story

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def stories(cast: Cast) -> list[Story]:
    now, made = timezone.now(), []
    for place in range(4):
        with clock.at(now - timedelta(hours=9 - place)):
            made.append(make_story(author=cast.member, moderator=cast.moderator, body=f"Door {place}."))
    return made


@pytest.fixture
def reader(cast: Cast, client: Client) -> Client:
    client.force_login(User.objects.get(pk=cast.newcomer.user_id))
    return client


def neighbours_of(reader: Client, story: Story, query: str = "") -> tuple[int | None, int | None]:
    response = reader.get(f"{story.get_absolute_url()}{query}")
    assert response.status_code == 200
    return response.context["way"].previous, response.context["way"].next


def test_story_leads_to_the_newer_and_the_older_one(reader: Client, stories: list[Story]) -> None:
    first, second, third, last = stories
    assert neighbours_of(reader, second) == (third.pk, first.pk)
    assert neighbours_of(reader, last) == (None, third.pk)
    assert neighbours_of(reader, first) == (second.pk, None)


def test_neighbours_follow_the_order_that_one_came_from(reader: Client, cast: Cast, stories: list[Story]) -> None:
    first, second, third, last = stories
    for uplifted, readers in ((first, (cast.newcomer, cast.owner)), (third, (cast.owner,))):
        for one in readers:
            uplifted.toggle_uplift(by=one)
    assert neighbours_of(reader, third, "?order=all") == (first.pk, last.pk)
    assert neighbours_of(reader, second, "?order=week") == (last.pk, None)
    page = reader.get(f"{third.get_absolute_url()}?order=all").content.decode()
    assert f"{last.get_absolute_url()}?order=all" in page
    assert f"?order=all#story-{third.pk}-card" in page


@pytest.mark.parametrize("query", ["?order=sideways", "?author=99999999999999999999", "?month=99999-13", "?before=x"])
def test_address_that_is_broken_is_ignored(reader: Client, stories: list[Story], query: str) -> None:
    assert neighbours_of(reader, stories[1], query) == (stories[2].pk, stories[0].pk)


def test_page_further_down_is_named_by_its_date(reader: Client, cast: Cast, stories: list[Story]) -> None:
    page = reader.get(f"/{cast.team.slug}/?before=1480000000000000-1").content.decode()
    title = " ".join(page.partition("<title>")[2].partition("</title>")[0].split())
    assert title.startswith("Stories before 24 November 2016 · ")


def test_member_switches_single_keys_off_from_the_wall(reader: Client, cast: Cast, stories: list[Story]) -> None:
    wall, keys = f"/{cast.team.slug}/", f"/{cast.team.slug}/keys/"
    assert "<wall-keys enabled" in reader.get(wall).content.decode()
    assert reader.post(keys, {"on": "0"}).headers["Location"] == wall
    assert "<wall-keys enabled" not in reader.get(wall).content.decode()
    assert reader.post(keys, {"on": "perhaps"}).status_code == 400
