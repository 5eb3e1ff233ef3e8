"""The reader's language and time zone: as they chose, else by their browser and the installation's settings."""

from zoneinfo import ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.models import User
from kindwall.bridge import PERSON_KEY


class PreferencesMiddleware(MiddlewareMixin):
    """Activate the reader's language and time zone, before messages, which are stored in the language of the request.

    Django's LocaleMiddleware also obeys a cookie; a page kept for everybody who asks for the same
    language must not depend on one. Templates find the rest at the request: `theme` and `time_zone`.
    """

    def process_request(self, request: HttpRequest) -> None:
        user = reader(request)
        if user:
            request.META[PERSON_KEY] = user.pk
        languages = dict(settings.LANGUAGES)
        chosen = user.language if user and user.language in languages else ""
        translation.activate(chosen or browser_language(request))
        request.asked_for_language = not chosen  # type: ignore[attr-defined]
        request.theme = user.theme if user else ""  # type: ignore[attr-defined]
        request.time_zone = activate_time_zone(user.time_zone) if user else ""  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
            if getattr(request, "asked_for_language", False):
                patch_vary_headers(response, ["Accept-Language"])
        # The thread serves another reader next.
        translation.deactivate()
        timezone.deactivate()
        return response


def reader(request: HttpRequest) -> User | None:
    """Return the signed-in person. Without a cookie no session is read, so that the page can be shared by all."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return request.user if isinstance(request.user, User) else None


def browser_language(request: HttpRequest) -> str:
    """Return the first language of the browser's list that is available here."""
    for language, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if language == "*":
            break
        try:
            return translation.get_supported_language_variant(language)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def activate_time_zone(name: str) -> str:
    """Activate the zone and return its name; return an empty string where the zone does not exist."""
    if not name:
        return ""
    try:
        timezone.activate(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    return name
