"""A second factor: who has one, and how ours are shown."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts import qr
from accounts.models import Team

# Recovery codes stand in for these and are none by themselves.
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_two_factor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether an authenticator app or a passkey is set up. One query."""
    return bool(is_mfa_enabled(user, SECOND_FACTORS))


def without_two_factor(team: Team) -> int:
    """How many of the team's moderators and owners have none yet. One query."""
    protected = Authenticator.objects.filter(type__in=SECOND_FACTORS).values("user")
    return team.memberships.moderators().exclude(user__in=protected).count()


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def build_totp_svg(self, url: str) -> SafeString:
        """Drawn into the page itself: our Content-Security-Policy lets no picture in from a data: address."""
        return qr.drawn(url)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        """To be changed as they like."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey {number}").format(number=number)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What a browser shows beside a passkey."""
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Kindwall"}


class Refusing:
    """Beside allauth's forms: what no browser would send is refused, where it would be an error of the server's."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise MFAAdapter().validation_error("incorrect_code") from error


class LoginWebAuthnForm(Refusing, forms.LoginWebAuthnForm):  # type: ignore[misc]
    pass


class AuthenticateWebAuthnForm(Refusing, forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ReauthenticateWebAuthnForm(Refusing, forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass
