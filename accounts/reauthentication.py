"""Asks people to authenticate again before something that cannot be undone."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.unsent_forms import keep_unsent_form

View = Callable[..., HttpResponseBase]


def recently_confirmed(view: View) -> View:
    """Let only people through who gave their password or second factor within the last five minutes.

    Put it on the page that asks “are you sure?” and on the address its form is sent to:

        @require_http_methods(["GET", "POST"])
        @recently_confirmed
        def delete_account(request): ...

    Others confirm it first and then come to the page, which they send (again): nothing irreversible happens without
    its page having been read. It is filled in as it was sent. A view that only takes a POST names its page, below a
    team with the same arguments: `@recently_confirmed_from("people")`.

    Somebody with neither a password nor a second factor, as after single sign-on, has come from their
    provider within that time, or goes there once more.
    """
    return recently_confirmed_from("")(view)


def recently_confirmed_from(page: str) -> Callable[[View], View]:
    """Work as `recently_confirmed`, and lead people back to the page with this URL name after they confirmed."""

    def decorate(view: View) -> View:
        @wraps(view)
        def confirmed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if confirmed_recently(request):
                return view(request, *args, **kwargs)
            back = request.get_full_path()
            if page:
                # Resolved anew: AccessMiddleware has put a membership in the place of the team's slug.
                back = reverse(page, kwargs=resolve(request.path_info).kwargs)
            keep_unsent_form(request, back)
            return redirect_to_reauthentication(request, back)

        return confirmed

    return decorate


def confirmed_by_provider(view: View) -> View:
    """Wrap allauth's own pages, which let people through who have neither a password nor a second factor."""

    @wraps(view)
    def confirmed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return sent_to_provider(request, request.get_full_path()) or view(request, *args, **kwargs)

    return confirmed


def sent_to_provider(request: HttpRequest, back: str) -> HttpResponse | None:
    """Redirect to the provider. Returns None for people with a password or second factor, or who just came back."""
    return (
        None
        if confirmation_methods(request) or confirmed_recently(request)
        else redirect_to_reauthentication(request, back)
    )


def confirmed_recently(request: HttpRequest) -> bool:
    if confirmation_methods(request):
        return bool(did_recently_reauthenticate(request))
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def confirmation_methods(request: HttpRequest) -> list[dict[str, Any]]:
    methods: list[dict[str, Any]] = get_adapter().get_reauthentication_methods(request.user)
    return methods


def redirect_to_reauthentication(request: HttpRequest, back: str) -> HttpResponse:
    """Redirect to the page that asks for the password or second factor, or to the provider, which leads to `back`."""
    methods = confirmation_methods(request)
    response = redirect(
        f"{methods[0]['url']}?{urlencode({'next': back})}" if methods else provider_login_url(request, back)
    )
    add_never_cache_headers(response)
    return response


def provider_login_url(request: HttpRequest, back: str) -> str:
    """Return the provider's sign-in address. Raises PermissionDenied where none of theirs is set up any more."""
    for account in SocialAccount.objects.filter(user=request.user).order_by("-last_login"):
        with suppress(SocialApp.DoesNotExist):
            return str(account.get_provider(request).get_login_url(request, process="login", next=back))
    raise PermissionDenied(
        _("Please confirm that it is you: sign out, sign in again, and come back to this page within five minutes.")
    )
