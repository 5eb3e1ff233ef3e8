"""Reading the outbox for the live hub: all teams' new events, and one team's past for a browser that reconnects."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import close_old_connections

from stories.live.render import Audience, TeamNews, announcements, message
from stories.models import OutboxEvent

OUTBOX_ROWS_READ = 1_000  # outbox rows read at once
MOST_PAST = 300  # outbox rows sent to a browser that reconnects; beyond them it reloads the wall


def read_after(cursor: int, watched: Iterable[tuple[int, Audience]]) -> tuple[int, dict[int, TeamNews], bool]:
    """Return the new cursor, each team's news, rendered for the watched audiences, and whether there is more."""
    events = list(OutboxEvent.objects.after(cursor)[:OUTBOX_ROWS_READ])
    if not events:
        return cursor, {}, False
    teams = announcements(events)
    for team_id, audience in watched:
        if (news := teams.get(team_id)) and not audience.desk:
            news.for_audience(audience)
    return events[-1].pk, teams, len(events) == OUTBOX_ROWS_READ


def read_since(team_id: int, audience: Audience, after: int) -> tuple[bytes, int]:
    """Return the team's news since event `after`, or a request to reload where that is too much, and the newest event.

    The newest event is read before the news, so an event that comes in between is sent a second time, which is
    harmless.
    """
    newest, of_team = OutboxEvent.objects.newest_id(), OutboxEvent.objects.of_team(team_id)
    if after > newest or not of_team.reaches_back_to(after):
        return message("reload", "the outbox no longer reaches back so far"), newest
    events = list(of_team.after(after)[: MOST_PAST + 1])
    if len(events) > MOST_PAST:
        return message("reload", "too much has happened"), newest
    news = announcements(events).get(team_id)
    return news.for_audience(audience) if news else b"", newest


def with_fresh_connection[T](function: Callable[..., T], *args: Any) -> T:
    close_old_connections()
    return function(*args)
