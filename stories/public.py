"""Pages of a public wall for people outside the team, and how long such a page may be cached."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.utils.text import Truncator

from accounts.models import Team
from accounts.models.team import Joining
from kindwall.shared_pages import SharedPage
from stories.models import Story

PREVIEW = 160  # characters of a story in a link's preview
PREVIEW_SOURCE = 1_000  # code points that a preview is made from: Unicode normalization takes quadratic time

# Written as SQL: a cached page needs no other query, and the ORM would cost as much as the rest of the response.
PRESENT = """
    SELECT name, tagline, accent, indexed, joining, (SELECT MAX(id) FROM stories_outboxevent WHERE team_id = team.id)
    FROM accounts_team team WHERE slug = %s AND visibility = 'public'
"""


def present(slug: str) -> tuple[Any, ...] | None:
    """Return a value that differs after every change of a public wall; None where no public wall has this slug."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, [slug])
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def minute() -> int:
    return int(time.time() // 60)


def while_unchanged(team: Team) -> Callable[[], bool]:
    """Return a function that checks whether the wall has not changed since this call.

    It fails with the next minute too, because ages and people's new names change without an event.
    """
    slug, read, at = team.slug, present(team.slug), minute()
    if read is None:  # closed a moment ago
        raise Http404
    return lambda: minute() == at and present(slug) == read


def shared_page(
    request: HttpRequest, team: Team, holds: Callable[[], bool], template: str, context: dict[str, Any], query: str = ""
) -> SharedPage:
    """Render a page that is shared by all readers; without the request, so that nothing personal can get in."""
    header = {
        "team": team,
        "open_to_all": team.joining == Joining.OPEN,
        "signed_in": request.user.is_authenticated,
        "origin": settings.ORIGIN,
        "address": settings.ORIGIN + request.path + (f"?{query}" if query else ""),
    }
    html = render_to_string(template, {**header, **context})
    return SharedPage(html, holds=holds, indexed=team.indexed, signed_in=request.user.is_authenticated)


def social_preview(story: Story) -> str:
    """Return the first words of a story in one line."""
    return str(Truncator(" ".join(story.body[:PREVIEW_SOURCE].split())).chars(PREVIEW))
