"""Stores a form that somebody sent while they had to sign in or confirm their password first, and gives it back once.

It belongs to one person and is kept for an hour. Its page shows it again as it was filled in; where that page has no
place for it any more, `accounts.views.unsent` shows it. Passwords, other secrets and files are not stored.
"""

import time
from collections.abc import Container
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from kindwall.form_filling import TOKEN_FIELD, fill_form
from kindwall.forms import has_secrets

UNSENT_FORM_KEY = "typed"
# A form in which somebody writes has one of these, or the number of its writer. Any other is a button.
WRITTEN = ("body", "message", "writer")
# A story at its longest, in any script, percent-encoded; an anonymous session is not a place to store files.
MOST_BYTES = 130_000
UNSENT_FORM_SECONDS = 3600  # seconds


@dataclass(frozen=True, slots=True)
class UnsentForm:
    """A form that was sent to `path` from `page`. The fields in `lost` held secrets or files."""

    path: str
    fields: QueryDict
    page: str = ""
    lost: list[str] = field(default_factory=list)


def keep_unsent_form(request: HttpRequest, page: str) -> bool:
    """Put a refused form into the session until its person comes to `page`. Return whether it is there."""
    if request.method != "POST" or not is_written_form(request):
        return False
    fields = request.POST.copy()
    fields.pop(TOKEN_FIELD, None)
    secrets = [name for name in fields if has_secrets([name])]
    lost = [name for name in secrets if fields[name]] + list(request.FILES)
    for name in secrets:
        del fields[name]
    if not may_be_kept(request, encoded := fields.urlencode()):
        return False
    kept = {
        "path": request.path,
        "fields": encoded,
        "page": page,
        "lost": lost,
        "until": time.time() + UNSENT_FORM_SECONDS,
    }
    request.session[UNSENT_FORM_KEY] = kept
    if not request.user.is_authenticated:
        request.session.set_expiry(UNSENT_FORM_SECONDS)  # signing in sets its own
    return True


def is_written_form(request: HttpRequest) -> bool:
    """Return whether the form has something that somebody filled in, and is that of whoever is signed in."""
    writer = request.POST.get("writer", "")
    if request.user.is_authenticated and writer not in ("", str(request.user.pk)):
        return False
    return not set(WRITTEN).isdisjoint(request.POST)


def may_be_kept(request: HttpRequest, encoded: str) -> bool:
    if request.user.is_authenticated:
        return True
    return len(encoded) <= MOST_BYTES and bool(ratelimit.consume(request, action="keep_unsent_form"))


def unsent_form(request: HttpRequest) -> UnsentForm | None:
    """Return the form that this person has sent and that is not given back yet.

    The forms say who opened them: on a shared computer, what one person wrote is not handed to the
    next who signs in.
    """
    kept = request.session.get(UNSENT_FORM_KEY)
    if kept is None or kept.get("until", 0) < time.time():
        return None
    fields = QueryDict(kept["fields"])
    if fields.get("writer", "") not in ("", str(request.user.pk)):
        return None
    return UnsentForm(path=kept["path"], fields=fields, page=kept["page"], lost=kept["lost"])


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
        del request.session[UNSENT_FORM_KEY]
    return typed


def pop_any_unsent_form(request: HttpRequest) -> UnsentForm | None:
    """Return the unsent form wherever it was sent to, and forget it."""
    typed = unsent_form(request)
    if typed:
        del request.session[UNSENT_FORM_KEY]
    return typed


def with_unsent_form(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return a page with the unsent form that was sent from it filled in again.

    Where that page no longer has such a form, redirect to the one that shows what was typed.
    """
    # A page that has read no session is the same for everybody.
    if not request.session.accessed or UNSENT_FORM_KEY not in request.session or not opens_page(request, response):
        return response
    typed = unsent_form(request)
    if typed is None or not request.user.is_authenticated or urlsplit(typed.page).path != request.path:
        return response
    page = filled(request, response, typed) if isinstance(response, HttpResponse) else None
    if page is None:
        response = redirect("unsent_form")
    else:
        del request.session[UNSENT_FORM_KEY]
        response.content = page  # type: ignore[attr-defined]
    add_never_cache_headers(response)
    return response


def opens_page(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether somebody has opened this page, rather than a part of it or a page that leads elsewhere."""
    ahead = "prefetch" in request.headers.get("Sec-Purpose", "")
    if request.method != "GET" or request.headers.get("HX-Request") or ahead or request.path == reverse("unsent_form"):
        return False
    return response.status_code == 200 or 400 <= response.status_code < 500


def filled(request: HttpRequest, response: HttpResponse, typed: UnsentForm) -> str | None:
    if response.status_code != 200 or not response.get("Content-Type", "").startswith("text/html"):
        return None
    return fill_form(
        response.text,
        page=request.path,
        path=typed.path,
        sent=typed.fields,
        lost=typed.lost,
        notice=lambda labels: render_to_string("accounts/unsent_notice.html", {"lost": labels}, request),
    )
