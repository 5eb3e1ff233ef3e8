"""The pages for when something does not work out. Each says what to do next."""

import re
import sys
from typing import NamedTuple

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from kindwall.outage import failed_writes, is_failed_write, is_outage

RETRY_AFTER = 10  # seconds
WRITTEN = {"body", "message"}
ONE_LINE = 60  # characters; longer texts are shown in a field of several lines
SECRET = re.compile("password|code|token$|secret|credential")


class Field(NamedTuple):
    """One field of a form as it was sent; `is_text` where there are words to be seen again."""

    name: str
    value: str
    is_text: bool


WAIT = 300  # seconds after which most limits let somebody try again


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return render(request, "errors/413.html", status=413)
    return render(request, "errors/400.html", status=400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", {"reason": str(exception)}, status=403)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


@requires_csrf_token
def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What allauth shows whoever has come to one of its limits (ACCOUNT_RATE_LIMITS), which it counts in a window."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(WAIT)
    return response


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    failure = sys.exception()
    if is_outage(failure):
        if is_failed_write(failure):
            failed_writes.note()
        return unavailable(request)
    # Without the request's context: whatever broke may break again in a context processor.
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Nothing can be kept at the moment: give back what was typed, ready to send again."""
    if request.headers.get("HX-Request") == "true":
        # The page stays as it is, with what was typed, and says so itself (static/js/page.js).
        response = HttpResponse(_("This could not be kept just now. Try again in a moment."), status=503)
        response["HX-Reswap"] = "none"
    else:
        context = {"typed": typed_anything(request), "path": request.get_full_path(), "csrf_token": get_token(request)}
        response = HttpResponse(render_to_string("errors/unavailable.html", context), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before a sign-in or sign-out: give back what was typed, ready to send again."""
    typed = typed_anything(request) if WRITTEN & request.POST.keys() else []
    return render(request, "errors/csrf.html", {"typed": typed, "path": request.path}, status=403)


def typed_anything(request: HttpRequest) -> list[Field]:
    """Return the fields of a form of ours; nothing of one that another site sent, or that holds a secret or a file."""
    try:
        names = [name for name in request.POST if name != "csrfmiddlewaretoken"]
        has_files = bool(request.FILES)
    except Exception:  # noqa: BLE001 - reading the form may have been what failed
        return []
    ours = f"{request.scheme}://{request.get_host()}"
    if request.headers.get("Origin") != ours or has_files or any(SECRET.search(name) for name in names):
        return []
    return [
        Field(name, str(value), name in WRITTEN or len(value) > ONE_LINE or "\n" in value)
        for name in names
        for value in request.POST.getlist(name)
    ]
