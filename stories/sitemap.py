"""The sitemap (sitemaps.org): the public walls whose owners let search engines list them, and their stories."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse

from accounts.models import Team
from stories.models import Story

MOST_WALLS = 200  # a query for each
MOST_STORIES_LISTED = (
    10_000  # stories, which every crawler may ask for; older ones are found by the links between a wall's pages
)

LISTED = """
    SELECT slug, (SELECT MAX(id) FROM stories_outboxevent WHERE team_id = team.id)
    FROM accounts_team team WHERE visibility = 'public' AND indexed ORDER BY id
"""


def listed_walls() -> list[tuple[Any, ...]]:
    """Return a value that differs after every change of what the sitemap has."""
    with connection.cursor() as cursor:
        cursor.execute(LISTED)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def write_sitemap() -> str:
    addresses = "\n".join(wall_addresses(list(Team.objects.listed()[:MOST_WALLS])))
    beginning = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return f"{beginning}\n{addresses}\n</urlset>\n"


def wall_addresses(teams: list[Team]) -> Iterator[str]:
    for team in teams:
        stories = Story.objects.of(team).published().newest_first()
        rows = stories.values_list("pk", "published_at", "edited_at")[: MOST_STORIES_LISTED // len(teams)]
        changed = {pk: edited_at or published_at for pk, published_at, edited_at in rows}
        yield sitemap_entry(team.get_absolute_url(), max(filter(None, changed.values()), default=None))
        for pk, at in changed.items():
            yield sitemap_entry(reverse("story", kwargs={"team": team.slug, "pk": pk}), at)


def sitemap_entry(path: str, changed_at: datetime | None) -> str:
    changed = f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>" if changed_at else ""
    return f"<url><loc>{settings.ORIGIN}{path}</loc>{changed}</url>"
