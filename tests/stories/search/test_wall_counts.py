"""The numbers of a wall's filters follow every change, and no transaction waits for another because of them."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from stories.models import State, Story, WallCount
from stories.models import wall_count as wall_counts
from stories.search import index
from stories.tasks import merge_wall_counts
from tests.conftest import Cast, make_cast
from tests.factories import make_story
from tests.stories.test_at_once import at_once


def published(cast: Cast, kind: str, *qualities: str) -> Story:
    return make_story(author=cast.member, moderator=cast.moderator, kind=kind, qualities=qualities)


@pytest.fixture
def other_connection() -> Iterator[BaseDatabaseWrapper]:
    other = connections.create_connection("default")
    yield other
    other.close()


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_transactions_that_change_many_stories_do_not_wait_for_each_other(
    other_connection: BaseDatabaseWrapper,
) -> None:
    """Either of them would wait for the counts of the other: a deadlock."""
    cast = make_cast()
    given = [published(cast, "given", "hope") for _ in range(2)]
    received = [published(cast, "received", "peace") for _ in range(2)]
    with connection.cursor() as first, other_connection.cursor() as second:
        for cursor in (first, second):
            cursor.execute("BEGIN")
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
        for cursor, story in ((first, given[0]), (second, received[0]), (first, received[1]), (second, given[1])):
            cursor.execute("UPDATE stories_story SET state = %s WHERE id = %s", [State.HIDDEN, story.pk])
        for cursor in (first, second):
            cursor.execute("COMMIT")
    assert WallCount.objects.in_team(cast.team.pk) == {}
    assert list(index.problems(connection)) == []


@pytest.mark.django_db(transaction=True)
def test_counts_are_merged_while_stories_change() -> None:
    cast = make_cast()
    stories = [published(cast, "given", "hope") for _ in range(6)]
    before_merging = WallCount.objects.count()

    def remove(story: Story) -> bool:
        return story.remove(by=cast.moderator, revision=story.revision, message="Not here.")

    merge = WallCount.objects.merge
    at_once(merge, merge, *(lambda story=story: remove(story) for story in stories[:2]))
    assert WallCount.objects.in_team(cast.team.pk) == {"given": 4, "hope": 4}
    merge_wall_counts.func()
    assert before_merging > WallCount.objects.count() == 2


def test_counts_are_merged_in_batches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_counts, "COUNTS_MERGED_AT_ONCE", 2)
    for quality in ("hope", "hope", "love", "hope", "hope"):
        published(cast, "given", quality)
    before = WallCount.objects.in_team(cast.team.pk)
    WallCount.objects.merge()
    assert WallCount.objects.in_team(cast.team.pk) == before == {"given": 5, "hope": 4, "love": 1}
    assert WallCount.objects.count() == 3
