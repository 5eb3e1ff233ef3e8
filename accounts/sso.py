"""Single sign-on: what is taken from a provider, and how people are sent there and back."""

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

from accounts.address_proof import hand_over_unconfirmed_account
from accounts.claims import UnusableClaims, check_claims
from accounts.models import User
from accounts.names import readable_name
from accounts.providers import PARSE_ERRORS, Session
from accounts.reauthentication import sent_to_provider

logger = logging.getLogger(__name__)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Allow everybody: the provider decides who has an account with it."""
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
        found.sociallogin_from_response = lambda request, claims: read(request, check_claims(found.id, claims))
        return found

    def on_authentication_error(self, request: HttpRequest, provider: Any, **happened: Any) -> None:
        """Log what failed; not the error's own words, which may hold what the provider sent."""
        if error := happened.get("exception"):
            logger.warning("Signing in with %s failed: %s.", provider.sub_id, type(error).__name__)

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        return {**super().get_signup_form_initial_data(sociallogin), "name": sociallogin.user.name}

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Find the person whose address the provider has confirmed; not one who only named it as a second one."""
        for address in sociallogin.email_addresses:
            if address.verified and self.can_authenticate_by_email(sociallogin, address.email):
                user = User.objects.with_address(address.email)
                if user:
                    return user, address.email
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Give a new account only those addresses that the provider has confirmed.

        Otherwise the account would wait with another person's address until that person confirms it, and let both in.
        A person with an account here may connect any provider's account to it.
        """
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            if asked := sent_to_provider(request, reverse("socialaccount_connections")):
                raise ImmediateHttpResponse(asked)
            return
        if sociallogin.is_existing:
            if sociallogin._did_authenticate_by_email:
                take_over(request, sociallogin)
            return
        confirmed = [address for address in sociallogin.email_addresses if address.verified]
        if not confirmed:
            page = render(request, "socialaccount/address_unconfirmed.html", status=HTTPStatus.FORBIDDEN)
            raise ImmediateHttpResponse(page)
        sociallogin.email_addresses = confirmed
        sociallogin.user.email = confirmed[0].email
        for address in confirmed:
            User.objects.free_address(address.email, owner=None)

    def validate_disconnect(self, account: SocialAccount, accounts: Any) -> None:
        if settings.SSO_ONLY and not accounts.exclude(pk=account.pk).exists():
            raise self.validation_error("disconnect_last")

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """Return the apps of the settings alone; allauth would also query the database on every sign-in page."""
        return [
            app
            for kind, configuration in settings.SOCIALACCOUNT_PROVIDERS.items()
            for app in (SocialApp(provider=kind, **values) for values in configuration["APPS"])
            if (provider is None or provider in (app.provider, app.provider_id))
            and (client_id is None or client_id == app.client_id)
        ]


def take_over(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """Give an account that somebody made with this person's address, and never confirmed, to this person alone."""
    user = sociallogin.user
    if user.has_confirmed(sociallogin._did_authenticate_by_email):
        return
    user.set_unusable_password()
    user.save(update_fields=["password"])
    hand_over_unconfirmed_account(request, user)


def name_in(data: dict[str, Any]) -> str:
    """Return the person's name at the provider, or the part of their address before the @: a name that can be read."""
    parts = f"{data.get('first_name') or ''} {data.get('last_name') or ''}"
    local, _at, domain = (data.get("email") or "").partition("@")
    username = (data.get("username") or "").partition("@")[0]
    return readable_name(data.get("name") or "", parts, username, local, domain)


def provider_login(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Send people to a provider by a page that redirects in the browser, where allauth would redirect the form.

    Browsers hold a form to `form-action` through every redirect, and a provider sends people on to
    addresses that nobody here knows. A page that redirects is not a form, so the policy stays at 'self'.
    """

    @wraps(view)
    def login(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except SocialApp.DoesNotExist:
            raise Http404 from None
        except (RequestException, *PARSE_ERRORS) as error:
            logger.warning(
                "A provider to sign in with does not answer as it should: %s: %s", type(error).__name__, error
            )
            return render(request, "socialaccount/provider_silent.html", status=HTTPStatus.FAILED_DEPENDENCY)
        if isinstance(response, HttpResponseRedirect) and response.url.startswith(("https://", "http://")):
            return render(request, "socialaccount/leaving.html", {"url": response.url})
        return response

    return never_cache(login)


def provider_callback(view: Callable[..., HttpResponseBase], provider: str) -> Callable[..., HttpResponseBase]:
    """Wrap the view that a provider sends people back to, and refuse claims that cannot be used."""

    @wraps(view)
    def callback(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except SocialApp.DoesNotExist:
            raise Http404 from None
        except UnusableClaims as unusable:
            logger.warning("Signing in with %s was refused: %s.", provider, unusable.reason)
            context = {"words": unusable.words}
            return render(request, "socialaccount/unusable_claims.html", context, status=HTTPStatus.FORBIDDEN)

    return never_cache(callback)
