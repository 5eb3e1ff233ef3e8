"""Events for the tests of the live stream."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from stories.models import OutboxEvent, Story
from tests.conftest import Cast
from tests.factories import make_story
from tests.stories.streams import Elsewhere


def publish_new(cast: Cast, body: str = "Held the door.") -> Story:
    return make_story(author=cast.member, moderator=cast.moderator, body=body)


def newest() -> int:
    return OutboxEvent.objects.newest_id()


def prune_all_but_the_newest() -> None:
    OutboxEvent.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert OutboxEvent.objects.prune()


def listening(elsewhere: Elsewhere) -> bool:
    def backends() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()"
            )
            found: int = cursor.fetchone()[0]
            return found

    return elsewhere.pool.submit(backends).result() > 0
