"""Refuse requests whose texts cannot be decoded or stored, before any view uses them.

Browsers send UTF-8, and never a NUL. PostgreSQL stores no NUL, and a charset in a request's Content-Type would decide
how its fields are decoded.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from kindwall import errors

NUL = "\x00"
UNREADABLE = "application/octet-stream; charset=unreadable"


class ReadableRequest(WSGIRequest):
    """A request that can be refused even when its Content-Type is invalid.

    Django raises an error for it before any middleware runs, and rendering the error page would fail again.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        try:
            super().__init__(environ)
            readable = is_utf8(self)
        except (BadRequest, LookupError, ValueError):
            readable = False
        if not readable:
            self.__dict__.clear()  # remove the values decoded with that charset
            super().__init__({**environ, "CONTENT_TYPE": UNREADABLE})


class RequestTextMiddleware:
    """Responds 400 to such a request, before the session is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_text(request):
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            return errors.bad_request(request, BadRequest())


def is_utf8(request: HttpRequest) -> bool:
    charset = (request.content_params or {}).get("charset", "utf-8")
    return charset.lower() in ("utf-8", "utf8")


def is_text(request: HttpRequest) -> bool:
    return (
        is_utf8(request)
        and NUL not in request.path_info
        and "%00" not in request.META.get("QUERY_STRING", "")
        and not any(NUL in value for value in request.COOKIES.values())
    )
