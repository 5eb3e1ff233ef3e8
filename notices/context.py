"""The context processor for the bell in the header of every page."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.last_team import LAST_TEAM
from accounts.models import User
from notices.bell import Bell


def bell(request: HttpRequest) -> dict[str, Any]:
    """Return the bell, read when it is first shown. A team’s page makes its own (templatetags)."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or getattr(request, "membership", None):
        return {}
    return {"bell": SimpleLazyObject(partial(Bell.read, user, request.COOKIES.get(LAST_TEAM, "")))}
