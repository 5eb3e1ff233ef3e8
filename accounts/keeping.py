"""Keeps what somebody typed while they were signed out, and hands it back once after they sign in."""

from collections.abc import Container
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

KEY = "typed"
# Fields in which people write. Everything else of a form is a press, and can be pressed again.
WRITTEN = {"body", "message"}
# A story at its longest, in any script, percent-encoded; an anonymous session is not a place to store files.
MOST_BYTES = 130_000


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was sent to `path` by somebody who was signed out."""

    path: str
    fields: QueryDict


def keep_typed(request: HttpRequest) -> None:
    """Put a refused form's fields into the session that the sign-in will carry over."""
    if request.method != "POST" or not WRITTEN & request.POST.keys():
        return
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    encoded = fields.urlencode()
    if len(encoded) <= MOST_BYTES:
        request.session[KEY] = {"path": request.path, "fields": encoded}


def take_typed(request: HttpRequest, paths: Container[str], composers: Container[str] = ()) -> Typed | None:
    """What was kept for one of these addresses or composers; given once."""
    kept = request.session.get(KEY)
    if kept is None:
        return None
    fields = QueryDict(kept["fields"])
    if kept["path"] not in paths and fields.get("composer", "") not in composers:
        return None
    del request.session[KEY]
    return Typed(path=kept["path"], fields=fields)
