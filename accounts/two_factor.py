"""Second factors: whether a person has one, whether a session was signed in with it, and their forms."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django import forms as fields
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts import qr
from accounts.models import Team
from accounts.reauthentication import confirmed_by_provider

LONGEST_KEY_NAME = 80
# Recovery codes replace one of these for once, and do not count by themselves.
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_two_factor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Return whether an authenticator app or a passkey is set up. One query."""
    return bool(is_mfa_enabled(user, SECOND_FACTORS))


def users_with_two_factor() -> QuerySet[Authenticator, dict[str, int]]:
    """Return the pks of people who have a second factor, for use in another query."""
    return Authenticator.objects.filter(type__in=SECOND_FACTORS).values("user")  # type: ignore[no-any-return]


def signed_in_with_two_factor(request: HttpRequest) -> bool:
    """Return whether the person has a second factor and signed in with it in this session. At most one query.

    Having one is not enough: a session may be older than it.
    """
    shown = any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))
    return shown and has_two_factor(request.user)


def ask_for_two_factor(request: HttpRequest, back: str, team: Team | None = None) -> HttpResponse:
    """Ask for the second factor and lead to `back`; explain how to set one up to people who have none."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    way = next((way["url"] for way in ways if way["id"].startswith("mfa_")), None)
    if way is None or not has_two_factor(request.user):
        return render(request, "accounts/two_factor_needed.html", {"team": team}, status=403)
    response = redirect(f"{way}?{urlencode({'next': back})}")
    add_never_cache_headers(response)
    return response


def adds_a_factor(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Wrap allauth's pages that add a factor: with the first one the person's other sessions end, which lack it."""

    @confirmed_by_provider
    @wraps(view)
    def adding(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        before = has_two_factor(request.user)
        response = view(request, *args, **kwargs)
        if not before and has_two_factor(request.user):
            record_authentication(request, request.user, "mfa")
            end_other_sessions(request, request.user)
        return response

    return adding


def without_two_factor(team: Team) -> int:
    """Return how many of the team's moderators and owners have no second factor. One query."""
    return team.memberships.moderators().exclude(user__in=users_with_two_factor()).count()


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def build_totp_svg(self, url: str) -> SafeString:
        """Return inline SVG, because the Content-Security-Policy allows no data: addresses."""
        return qr.qr_svg(url)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        """Return a first name for it, which the person may change."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey {number}").format(number=number)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name this site as browsers show it beside a passkey."""
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Kindwall"}


class CredentialField(fields.JSONField):
    """Refuses numbers with too many digits, and lists that are nested too deep, which would raise in the parser."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class StrictCredential(fields.Form):
    """Refuses credentials that no browser would send, at which allauth's forms raise an error."""

    credential = CredentialField(widget=fields.HiddenInput)

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise MFAAdapter().validation_error("incorrect_code") from error


class LoginWebAuthnForm(StrictCredential, forms.LoginWebAuthnForm):  # type: ignore[misc]
    pass


class AuthenticateWebAuthnForm(StrictCredential, forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ReauthenticateWebAuthnForm(StrictCredential, forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class AddWebAuthnForm(forms.AddWebAuthnForm):  # type: ignore[misc]
    name = fields.CharField(required=False, max_length=LONGEST_KEY_NAME)
    credential = CredentialField(widget=fields.HiddenInput)


class EditWebAuthnForm(forms.EditWebAuthnForm):  # type: ignore[misc]
    name = fields.CharField(max_length=LONGEST_KEY_NAME)
