"""Asking again who somebody is, before something that cannot be taken back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode

View = Callable[..., HttpResponseBase]


def recently_confirmed(view: View) -> View:
    """Lets through who has given their password or second factor within the last five minutes.

    Put it on the page that asks “are you sure?” and on the address its form is sent to:

        @require_http_methods(["GET", "POST"])
        @recently_confirmed
        def delete_account(request): ...

    Others confirm it first and then come to the page, which they send (again): what was posted is
    not kept, so that nothing irreversible happens without its page having been read. A view that
    only takes a POST names its page, below a team with the same arguments: `@recently_confirmed_from("people")`.

    Somebody with neither a password nor a second factor, as after single sign-on, is let through:
    their provider has said who they are, and there is nothing here to ask them for.
    """
    return recently_confirmed_from("")(view)


def recently_confirmed_from(page: str) -> Callable[[View], View]:
    """The same; who has to confirm comes back to the page with that URL name, or to where they were."""

    def decorate(view: View) -> View:
        @wraps(view)
        def confirmed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if did_recently_reauthenticate(request):
                return view(request, *args, **kwargs)
            back = request.get_full_path()
            if page:
                # Resolved anew: AccessMiddleware has put a membership in the place of the team's slug.
                back = reverse(page, kwargs=resolve(request.path_info).kwargs)
            return ask_who(request, back)

        return confirmed

    return decorate


def ask_who(request: HttpRequest, back: str) -> HttpResponse:
    """To the page that asks for the password or the second factor, and from there to `back`."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    answer = redirect(f"{methods[0]['url']}?{urlencode({'next': back})}")
    add_never_cache_headers(answer)
    return answer
