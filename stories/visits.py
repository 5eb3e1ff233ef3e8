"""The registry of apps that hear when somebody opens the page of a story.

An app registers a function in its `AppConfig.ready()`. It writes only what the page can do without.
"""

from collections.abc import Callable

from django.http import HttpRequest

from accounts.access import person
from accounts.models import User

VisitListener = Callable[[User, int], None]  # gets the person and the story's number

visit_listeners: list[VisitListener] = []


def register(listener: VisitListener) -> None:
    """Call `listener` for each visit. Registering it again changes nothing."""
    if listener not in visit_listeners:
        visit_listeners.append(listener)


def announce_visit(request: HttpRequest, story: int) -> None:
    """Announce a visit, unless the browser only loads the page in case its reader opens it."""
    if request.method == "GET" and "Sec-Purpose" not in request.headers:
        for listener in visit_listeners:
            listener(person(request), story)
