"""Views for errors. Each page tells the reader what to do next."""

import sys
from http import HTTPStatus
from typing import NamedTuple

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from kindwall.forms import WRITTEN_FIELDS, YOUR_WORDS, has_secrets, has_words
from kindwall.htmx import is_htmx
from kindwall.outage import failed_writes, is_failed_write, is_outage

OUTAGE_RETRY_AFTER = 10  # seconds
WAIT = 300  # seconds after which most limits allow another attempt
LONG_FIELDS = {"body", "message"}
ONE_LINE = 60  # characters; longer texts are shown in a field of several lines


class Field(NamedTuple):
    """One field of a form as it was sent; a field that `is_text` is shown again."""

    id: str  # several fields may have the same name
    name: str
    value: str

    @property
    def label(self) -> str:
        return str(WRITTEN_FIELDS.get(self.name, YOUR_WORDS))

    @property
    def is_text(self) -> bool:
        return self.name in WRITTEN_FIELDS or self.is_long

    @property
    def is_long(self) -> bool:
        return self.name in LONG_FIELDS or len(self.value) > ONE_LINE or "\n" in self.value


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return render(request, "errors/413.html", status=413)
    return render(request, "errors/400.html", status=400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    context = {"reason": str(exception), "typed": words_of(request)}
    return render(request, "errors/403.html", context, status=403)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", {"typed": words_of(request)}, status=404)


def with_page_for_refused_method(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return a page in words for somebody who opens the address of a form, in place of Django's empty response."""
    if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.method != "GET" or is_htmx(request):
        return response
    page = render(request, "errors/405.html", status=response.status_code)
    page["Allow"] = response["Allow"]
    return page


@requires_csrf_token
def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Respond to a request beyond one of allauth's limits (ACCOUNT_RATE_LIMITS)."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(WAIT)
    return response


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    failure = sys.exception()
    if is_outage(failure):
        if is_failed_write(failure):
            failed_writes.record()
        return unavailable(request)
    # Without the request's context, because a context processor may be what failed.
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Respond that nothing can be saved at the moment, and give back the form so that it can be sent again."""
    if request.headers.get("HX-Request") == "true":
        # The page keeps its form, and static/js/page.js shows the message.
        response = HttpResponse(_("This could not be saved. Try again in a moment."), status=503)
        response["HX-Reswap"] = "none"
    else:
        context = {"typed": form_fields(request), "path": request.get_full_path(), "csrf_token": get_token(request)}
        response = HttpResponse(render_to_string("errors/unavailable.html", context), status=503)
    response["Retry-After"] = str(OUTAGE_RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Respond to a form from before a sign-in or sign-out, and give it back so that it can be sent again."""
    typed = form_fields(request) if has_words(request.POST.keys()) else []
    return render(request, "errors/csrf.html", {"typed": typed, "path": request.path}, status=403)


def words_of(request: HttpRequest) -> list[Field]:
    """Return the fields of our own form in which its sender has written, where it came too late to be accepted."""
    if request.method != "POST":
        return []
    return [field for field in form_fields(request) if field.is_text and field.value.strip()]


def form_fields(request: HttpRequest) -> list[Field]:
    """Return the fields of our own form; none for a form of another site, or with a secret or a file."""
    try:
        names = [name for name in request.POST if name != "csrfmiddlewaretoken"]
        has_files = bool(request.FILES)
    except Exception:  # noqa: BLE001 - reading the form may have been what failed
        return []
    ours = f"{request.scheme}://{request.get_host()}"
    if request.headers.get("Origin") != ours or has_files or has_secrets(names):
        return []
    return fields_of(request.POST)


def fields_of(form: QueryDict) -> list[Field]:
    """Return the fields of a form for a page that gives it back, without its token."""
    return [
        Field(f"{name}-{place}" if place else name, name, str(value))
        for name, values in form.lists()
        for place, value in enumerate(values)
        if name != "csrfmiddlewaretoken"
    ]
