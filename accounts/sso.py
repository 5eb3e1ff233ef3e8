"""Signing in with an account from elsewhere: what we take from it, and how we send people there."""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount import app_settings
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from requests import RequestException

from accounts.claims import UnusableClaims, check_claims
from accounts.models import User
from accounts.names import LONGEST_NAME, one_line
from accounts.providers import STUMBLES, Session
from accounts.reauthentication import sent_to_provider

logger = logging.getLogger(__name__)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """The provider vouches for its people, whoever else may make an account here."""
        return True

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.name = name_in(data)
        return user

    def get_requests_session(self) -> Session:
        return Session(timeout=app_settings.REQUESTS_TIMEOUT)

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        """Return the provider, which reads no claim that has not been checked."""
        found = super().get_provider(request, provider, client_id)
        read = found.sociallogin_from_response
        found.sociallogin_from_response = lambda request, answer: read(request, check_claims(found.id, answer))
        return found

    def on_authentication_error(self, request: HttpRequest, provider: Any, **happened: Any) -> None:
        """Log what failed; not the error's own words, which may hold what the provider sent."""
        if error := happened.get("exception"):
            logger.warning("Signing in with %s failed: %s.", provider.sub_id, type(error).__name__)

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        return {**super().get_signup_form_initial_data(sociallogin), "name": sociallogin.user.name}

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """A new account has the addresses that the provider has confirmed, and no other.

        Else it would wait, with somebody's address, until its owner confirms it, and let in both from then on.
        Who has an account here already may connect any other to it.
        """
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            if asked := sent_to_provider(request, reverse("socialaccount_connections")):
                raise ImmediateHttpResponse(asked)
            return
        if sociallogin.is_existing:
            return
        confirmed = [address for address in sociallogin.email_addresses if address.verified]
        if not confirmed:
            page = render(request, "socialaccount/address_unconfirmed.html", status=HTTPStatus.FORBIDDEN)
            raise ImmediateHttpResponse(page)
        sociallogin.email_addresses = confirmed
        sociallogin.user.email = confirmed[0].email

    def validate_disconnect(self, account: SocialAccount, accounts: Any) -> None:
        if settings.SSO_ONLY and not accounts.exclude(pk=account.pk).exists():
            raise self.validation_error("disconnect_last")

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """Those of the settings; allauth would ask the database for more on every sign-in page."""
        return [
            app
            for kind, configuration in settings.SOCIALACCOUNT_PROVIDERS.items()
            for app in (SocialApp(provider=kind, **values) for values in configuration["APPS"])
            if (provider is None or provider in (app.provider, app.provider_id))
            and (client_id is None or client_id == app.client_id)
        ]


def name_in(data: dict[str, Any]) -> str:
    """What the provider calls the person; failing that, the front of their address."""
    parts = data.get("name") or f"{data.get('first_name') or ''} {data.get('last_name') or ''}"
    name = one_line(parts) or (data.get("username") or data.get("email") or "").partition("@")[0]
    return str(name[:LONGEST_NAME])


def way_out(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Sends people to a provider by a page that leaves by itself, where allauth would redirect the form.

    Browsers hold a form to `form-action` through every redirect, and a provider sends people on to
    addresses that nobody here knows. A page that is left is no form, so the policy stays at 'self'.
    """

    @wraps(view)
    def outward(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            answer = view(request, *args, **kwargs)
        except SocialApp.DoesNotExist:
            raise Http404 from None
        except (RequestException, *STUMBLES) as error:
            logger.warning(
                "A provider to sign in with does not answer as it should: %s: %s", type(error).__name__, error
            )
            return render(request, "socialaccount/provider_silent.html", status=HTTPStatus.FAILED_DEPENDENCY)
        if isinstance(answer, HttpResponseRedirect) and answer.url.startswith(("https://", "http://")):
            return render(request, "socialaccount/leaving.html", {"url": answer.url})
        return answer

    return never_cache(outward)


def way_back(view: Callable[..., HttpResponseBase], provider: str) -> Callable[..., HttpResponseBase]:
    """Lets people in from a provider, and refuses what cannot be used of its answer: here alone."""

    @wraps(view)
    def inward(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except SocialApp.DoesNotExist:
            raise Http404 from None
        except UnusableClaims as unusable:
            logger.warning("Signing in with %s was refused: %s.", provider, unusable.reason)
            context = {"words": unusable.words}
            return render(request, "socialaccount/unusable_claims.html", context, status=HTTPStatus.FORBIDDEN)

    return never_cache(inward)
