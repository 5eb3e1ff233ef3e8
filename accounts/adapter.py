"""The account adapter: allauth's decisions that depend on this project."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts.account_mails import send_instead
from accounts.address_proof import drop_ways_to_sign_in
from accounts.addresses import NOWHERE, clean_address
from accounts.admission import has_read_mail_to, join_automatically, join_pending_team, signup_is_open
from accounts.models import User
from accounts.names import isolated


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data["name"]
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def clean_email(self, email: str) -> str:
        return clean_address(super().clean_email(email))

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signup_is_open(request)

    def unstash_verified_email(self, request: HttpRequest) -> None:
        """Do nothing: the stashed address only fills in a form. It joins no account and confirms no address."""

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        return has_read_mail_to(request, email)

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """Refuse to delete the main address: an account without one could not be signed in to."""
        return email_address.email != email_address.user.email and bool(super().can_delete_email(email_address))

    def get_login_stages(self) -> list[str]:
        """Replace allauth's stage that waits for the confirmation of the address."""
        ours = "accounts.login_stages.ConfirmationStage"
        return [ours if stage.endswith(".EmailVerificationStage") else stage for stage in super().get_login_stages()]

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm the address, and join the teams that people with such an address join automatically.

        Nobody else keeps the address. The first confirmed address becomes the main one, so that a main address that is
        not confirmed never stands beside a confirmed one. On an account that nobody has signed in to, drop the ways to
        sign in that were added before, perhaps by another person.
        """
        user = email_address.user
        with transaction.atomic():
            if email_address.can_set_verified():
                User.objects.free_address(email_address.email, owner=user)
            first = not EmailAddress.objects.filter(user=user, verified=True).exists()
            confirmed: bool = super().confirm_email(request, email_address)
            if confirmed and first:
                if not email_address.primary:
                    email_address.set_as_primary()
                EmailAddress.objects.filter(user=user, email__endswith=f"@{NOWHERE}").delete()
                if user.last_login is None:
                    drop_ways_to_sign_in(user)
        if confirmed:
            join_automatically(user)
        return confirmed

    def post_login(self, request: HttpRequest, user: User, *, redirect_url: str | None, **login: Any) -> HttpResponse:
        """Join the team that was pending, and the teams that people with such an address join automatically."""
        request.session.pop("account_verified_email", None)
        join_automatically(user)
        membership = join_pending_team(request, user)
        if membership:
            messages.success(request, _("You are in. Welcome to %(team)s.") % {"team": isolated(membership.team.name)})
            redirect_url = membership.team.get_absolute_url()
        response: HttpResponse = super().post_login(request, user, redirect_url=redirect_url, **login)
        return response

    def send_account_already_exists_mail(self, email: str) -> None:
        """Hash a password first, so that the time does not reveal whether the address is known."""
        make_password(get_random_string(16))
        super().send_account_already_exists_mail(email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send by a task, so that the time the page takes does not depend on the mail server."""
        send_instead(template_prefix, email, context)
