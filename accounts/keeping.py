"""Keeps what somebody typed while they were signed out, and hands it back once after they sign in."""

from django.http import HttpRequest, QueryDict

KEY = "typed"
# More than a story at its longest, in any script; an anonymous session is not a place to store files.
MOST_CHARACTERS = 20_000


def keep_typed(request: HttpRequest) -> None:
    """Put a refused form's fields into the session that the sign-in will carry over."""
    if request.method != "POST" or "body" not in request.POST:
        return
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    encoded = fields.urlencode()
    if len(encoded) <= 4 * MOST_CHARACTERS:
        request.session[KEY] = {"path": request.path, "fields": encoded}


def take_typed(request: HttpRequest) -> QueryDict | None:
    """What was kept for this address, once."""
    kept = request.session.get(KEY)
    if not kept or kept["path"] != request.path:
        return None
    del request.session[KEY]
    return QueryDict(kept["fields"])
