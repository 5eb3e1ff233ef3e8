"""The number of statements that a press costs. Each waits for the database and makes others wait."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_story

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.once


def statements(change: Callable[[], Any]) -> list[str]:
    """Return the SQL of each statement, without the savepoints of the test itself."""
    with CaptureQueriesContext(connection) as queries:
        assert change()
    return [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def reads_of_the_story(sql: list[str]) -> int:
    return sum(one.startswith("SELECT") and 'FROM "stories_story"' in one for one in sql)


def nested_transactions(change: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert change()
    return sum(query["sql"].startswith("SAVEPOINT") for query in queries) - 1


def as_a_view_has(person: Membership) -> Membership:
    return Membership.objects.select_related("team", "user").get(pk=person.pk)


def as_read(story: Story) -> Story:
    return Story.objects.with_author_and_team().get(pk=story.pk)


def test_submit_reads_the_story_twice(cast: Cast) -> None:
    author, story = as_a_view_has(cast.member), as_read(make_draft(author=cast.member))
    sql = statements(lambda: story.submit(by=author))
    assert reads_of_the_story(sql) == 2
    assert len(sql) == 4 + 5, "five tell the moderators, however many they are"


def test_publish_reads_the_story_twice(cast: Cast, pending: Story) -> None:
    moderator, story = as_a_view_has(cast.moderator), as_read(pending)
    sql = statements(lambda: story.publish(by=moderator, revision=1))
    assert reads_of_the_story(sql) == 2
    assert len(sql) == 7, "one ends an assignment"


def test_uplift_reads_the_story_twice(cast: Cast, story: Story) -> None:
    reader, read = as_a_view_has(cast.newcomer), as_read(story)
    sql = statements(lambda: read.toggle_uplift(by=reader))
    assert reads_of_the_story(sql) == 2
    assert len(sql) == 6 + 2, "two tell the author, the first time of a day"
    reader = as_a_view_has(cast.owner)
    assert len(statements(lambda: read.toggle_uplift(by=reader))) == 6 + 1


def test_decision_is_one_transaction(cast: Cast, pending: Story) -> None:
    moderator, story = as_a_view_has(cast.moderator), as_read(pending)
    assert nested_transactions(lambda: story.publish(by=moderator, revision=1)) == 0
    assert nested_transactions(lambda: story.remove(by=moderator, revision=1, message="Taken down.")) == 0


def test_pressing_publish_costs_as_many_however_long_the_list(cast: Cast) -> None:
    browser = signed_in(cast.moderator)
    counts = []
    for waiting in (2, 6):
        for _number in range(waiting):
            story = make_story(author=cast.member, state="pending")
        address = f"/harbour-team/stories/{story.pk}/publish/"
        counts.append(len(statements(lambda: browser.post(address, {"revision": 1}, headers=HTMX))))  # noqa: B023
    assert counts[0] == counts[1] <= 18
