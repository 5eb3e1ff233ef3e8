"""Respond to an action: with a fragment to htmx, and with a redirect to a plain form."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def is_htmx(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]


def fragment_or_redirect(
    request: HttpRequest,
    fragment: str,
    context: dict[str, Any],
    *,
    to: Any,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render the fragment (`page.html#part`) for htmx, or redirect a plain form to `to` with a message."""
    if is_htmx(request):
        response: HttpResponse = render(request, fragment, {**context, "notice": notice}, status=status)
    else:
        if notice:
            messages.add_message(request, messages.SUCCESS if status < 400 else messages.WARNING, notice)
        response = redirect(to)
    return response
