"""The quality that a wall invites its readers to write about, because no story has carried it lately."""

from datetime import timedelta

from accounts.models import Team
from kindwall import clock
from stories.models import Quality, Story
from stories.wall_filter import NEW, WallFilter

LATELY = timedelta(days=30)
MOST = 1_000  # stories; a wall with more of them in that time needs no invitation


def rare_quality(team: Team) -> Quality | None:
    """Return a quality that no story of the last 30 days carries, another one each day; one query."""
    now = clock.now()
    lately = Story.objects.of(team).published().published_between(now - LATELY, now).newest_first()
    rows = list(lately.values_list("first_quality", "second_quality", "third_quality")[: MOST + 1])
    missing = [quality for quality in Quality if not any(quality in row for row in rows)]
    if not rows or not missing or len(rows) > MOST:
        return None
    return missing[now.toordinal() % len(missing)]


def rare_in(wanted: WallFilter, newest: int | None) -> Quality | None:
    """Return the one quality that a wall is filtered by, where its newest story is older than that or there is none.

    `newest` is the moment of the page's first story, in microseconds since 1970.
    """
    if wanted != WallFilter(order=NEW, qualities=wanted.qualities) or len(wanted.qualities) != 1:
        return None
    since = (clock.now() - LATELY).timestamp() * 1_000_000
    return Quality(wanted.qualities[0]) if newest is None or newest < since else None
