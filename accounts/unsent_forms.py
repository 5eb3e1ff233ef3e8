"""Stores what a person typed while signed out, and gives it back once after they sign in."""

from collections.abc import Container
from dataclasses import dataclass

from allauth.core import ratelimit
from django.http import HttpRequest, QueryDict

KEY = "typed"
# Fields in which people write. A form without them is a button, which can be pressed again.
WRITTEN = {"body", "message"}
# A story at its longest, in any script, percent-encoded; an anonymous session is not a place to store files.
MOST_BYTES = 130_000
KEPT_FOR = 3600  # seconds


@dataclass(frozen=True, slots=True)
class UnsentForm:
    """A form that was sent to `path` by a person who was signed out."""

    path: str
    fields: QueryDict


def keep_unsent_form(request: HttpRequest) -> None:
    """Put a refused form's fields into the session that the sign-in will carry over."""
    if request.method != "POST" or not WRITTEN & request.POST.keys():
        return
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    encoded = fields.urlencode()
    if len(encoded) <= MOST_BYTES and ratelimit.consume(request, action="keep_unsent_form"):
        request.session[KEY] = {"path": request.path, "fields": encoded}
        request.session.set_expiry(KEPT_FOR)  # signing in sets its own


def unsent_form(request: HttpRequest) -> UnsentForm | None:
    """Return what this person sent while signed out.

    The forms say who opened them: on a shared computer, what one person wrote is not handed to the
    next who signs in.
    """
    kept = request.session.get(KEY)
    if kept is None:
        return None
    fields = QueryDict(kept["fields"])
    if fields.get("writer", "") not in ("", str(request.user.pk)):
        return None
    return UnsentForm(path=kept["path"], fields=fields)


def unsent_form_for(request: HttpRequest, paths: Container[str], composers: Container[str] = ()) -> UnsentForm | None:
    """Return the unsent form if it was sent to one of these addresses or from one of these composers."""
    typed = unsent_form(request)
    if typed and (typed.path in paths or typed.fields.get("composer", "") in composers):
        return typed
    return None


def pop_unsent_form(request: HttpRequest, paths: Container[str], composers: Container[str] = ()) -> UnsentForm | None:
    """Return the unsent form as `unsent_form_for` does, and forget it."""
    typed = unsent_form_for(request, paths, composers)
    if typed:
        del request.session[KEY]
    return typed
