"""Everybody reads in their own language and time zone: as they chose, else as the browser asks and the wall is set."""

from zoneinfo import ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.models import User
from kindwall.bridge import PERSON


class PreferencesMiddleware(MiddlewareMixin):
    """Before messages are kept, so that they are kept in the language they were said in.

    Django's LocaleMiddleware also obeys a cookie; a page kept for everybody who asks for the same
    language must not depend on one. Templates find the rest at the request: `theme` and `time_zone`.
    """

    def process_request(self, request: HttpRequest) -> None:
        user = reader(request)
        if user:
            request.META[PERSON] = user.pk
        languages = dict(settings.LANGUAGES)
        chosen = user.language if user and user.language in languages else ""
        translation.activate(chosen or asked_for(request))
        request.asked_for_language = not chosen  # type: ignore[attr-defined]
        request.theme = user.theme if user else ""  # type: ignore[attr-defined]
        request.time_zone = activate_time_zone(user.time_zone) if user else ""  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
            if getattr(request, "asked_for_language", False):
                patch_vary_headers(response, ["Accept-Language"])
        # The thread answers somebody else next.
        translation.deactivate()
        timezone.deactivate()
        return response


def reader(request: HttpRequest) -> User | None:
    """Who is signed in. Where there is no session, none is asked for: the page can be the same for all."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return request.user if isinstance(request.user, User) else None


def asked_for(request: HttpRequest) -> str:
    """The first language of the browser's list that there is here."""
    for language, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if language == "*":
            break
        try:
            return translation.get_supported_language_variant(language)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def activate_time_zone(name: str) -> str:
    """The name, or nothing where there is no such zone (any more)."""
    if not name:
        return ""
    try:
        timezone.activate(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    return name
