"""What happens to an account when somebody proves that its address, which was never confirmed, is theirs.

Everybody with a link to a team can sign up with another person's address. The owner of the address gets the account by
a mail or by a provider that vouches for the address, and nobody else can sign in to it from then on.
"""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User

# Functions of apps above, each of which ends the secret addresses at which a person reads without signing in. An app
# registers its own in its `AppConfig.ready()`.
revocations: list[Callable[[User], None]] = []


def register(revoke: Callable[[User], None]) -> None:
    """Call `revoke` for each account that is handed over. Registering it again changes nothing."""
    if revoke not in revocations:
        revocations.append(revoke)


def drop_ways_to_sign_in(user: User) -> None:
    """Remove connected accounts, second factors and passkeys. The password stays."""
    SocialAccount.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()


def hand_over_unconfirmed_account(request: HttpRequest, user: User) -> None:
    """Confirm the main address of an account without any confirmed one, and end everybody else's way into it.

    Its teams and stories stay with it: nearly always it is the same person, who had not confirmed the address yet.
    """
    if EmailAddress.objects.filter(user=user, verified=True).exists():
        return
    with transaction.atomic():
        drop_ways_to_sign_in(user)
        EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
        end_other_sessions(request, user)
        for revoke in revocations:
            revoke(user)
        confirm_main_address(request, user)


def confirm_main_address(request: HttpRequest, user: User) -> None:
    """Confirm the main address, if it is not confirmed yet and still nobody else has confirmed it."""
    sync_user_email_address(user)
    address = EmailAddress.objects.get(user=user, email=user.email)
    if not address.verified:
        get_adapter().confirm_email(request, address)
