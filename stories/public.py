"""What people outside a team see of its wall while that is public, and for how long what they see is true."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from accounts.models.team import Joining
from kindwall.shared_pages import SharedPage
from stories.models import Kind, Story

PREVIEW = 160  # characters of a story in a link's preview
LOOKED_AT = 1_000  # code points from which a preview is made: to put accents in order takes quadratic time

TITLES = {
    Kind.GIVEN: _("A kindness given"),
    Kind.RECEIVED: _("A kindness received"),
    Kind.WITNESSED: _("A kindness witnessed"),
}

# Written as SQL: this is all that a page given again asks of the database, and the ORM would cost as much as the rest.
PRESENT = """
    SELECT name, tagline, accent, indexed, joining, (SELECT MAX(id) FROM stories_outboxevent WHERE team_id = team.id)
    FROM accounts_team team WHERE slug = %s AND visibility = 'public'
"""


def present(slug: str) -> tuple[Any, ...] | None:
    """Something that is another after every change of a public wall; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, [slug])
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def minute() -> int:
    return int(time.time() // 60)


def while_unchanged(team: Team) -> Callable[[], bool]:
    """Whether what is read from now on is still true.

    The minute bounds what is told in no other way: ages, and a person's new name.
    """
    slug, read, at = team.slug, present(team.slug), minute()
    if read is None:  # closed a moment ago
        raise Http404
    return lambda: minute() == at and present(slug) == read


def shared_page(
    request: HttpRequest, team: Team, holds: Callable[[], bool], template: str, context: dict[str, Any], query: str = ""
) -> SharedPage:
    """Drawn without the request, so that nothing of it can get in."""
    header = {
        "team": team,
        "open_to_all": team.joining == Joining.OPEN,
        "signed_in": request.user.is_authenticated,
        "origin": settings.ORIGIN,
        "address": settings.ORIGIN + request.path + query,
    }
    html = render_to_string(template, {**header, **context})
    return SharedPage(html, holds=holds, indexed=team.indexed, signed_in=request.user.is_authenticated)


def preview(story: Story) -> str:
    """A story's first words, in one line."""
    return str(Truncator(" ".join(story.body[:LOOKED_AT].split())).chars(PREVIEW))
