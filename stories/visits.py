"""The registry of apps that hear when somebody opens the page of a story, or the story at the desk.

An app registers a listener in its `AppConfig.ready()`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.access import person
from accounts.models import User
from stories.needs_moderator import Query


@dataclass(frozen=True, slots=True)
class VisitListener:
    """Two functions that get the person and the story's number."""

    visit: Callable[[User, int], None]  # writes only what the page can do without
    unread_query: Callable[[User, int], Query]  # the query for how much a visit would mark as read


visit_listeners: list[VisitListener] = []


def register(listener: VisitListener) -> None:
    """Call `listener` for each visit. Registering it again changes nothing."""
    if listener not in visit_listeners:
        visit_listeners.append(listener)


def is_visit(request: HttpRequest) -> bool:
    """Return whether somebody opens the page, rather than their browser in case they open it."""
    return request.method != "HEAD" and "Sec-Purpose" not in request.headers


def announce_visit(request: HttpRequest, story: int) -> None:
    if is_visit(request):
        for listener in visit_listeners:
            listener.visit(person(request), story)


def unread_about_query(reader: User, story: int) -> Query:
    """Return the query for how much a visit would mark as read, for a page that reads it together with its counts."""
    queries = [listener.unread_query(reader, story) for listener in visit_listeners]
    sql = " + ".join(f"({sql})" for sql, _params in queries)
    return f"SELECT {sql or 0}", tuple(value for _sql, params in queries for value in params)
