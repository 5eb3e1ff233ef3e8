"""allauth's forms on the way in, which read an address in any of its forms, and know whose it is."""

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import context
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.address_proof import hand_over_unconfirmed_account
from accounts.addresses import clean_address, normal_address
from accounts.admission import offer_for_address
from accounts.models import User


class SignupForm(forms.SignupForm):  # type: ignore[misc]
    def validate_unique_email(self, value: str) -> str:
        """Note whether there is an account with this address. Only people with a link or an invitation are told so.

        Others get the same response in any case, and the rest by mail. A link lets people in without a mail, so that
        its response tells the difference anyway.
        """
        self.account_already_exists = User.objects.with_address(value) is not None
        if self.account_already_exists and offer_for_address(context.request, value):
            raise ValidationError(_("There is an account with this address. Sign in with it, and you are in."))
        return value

    def save(self, request: HttpRequest) -> User:
        """Save the address too where somebody else has named it as their second one, at which allauth leaves it out."""
        user: User = super().save(request)
        if not EmailAddress.objects.filter(user=user).exists():
            address = EmailAddress(user=user, email=user.email, primary=True)
            address.verified = get_adapter().is_email_verified(request, user.email)
            address.save()
            EmailAddress.objects.fill_cache_for_user(user, [address])
        if user.has_confirmed(user.email):
            User.objects.free_address(user.email, owner=user)
        return user


class LoginForm(forms.LoginForm):  # type: ignore[misc]
    def clean_login(self) -> str:
        return normal_address(super().clean_login())


class ResetPasswordForm(forms.ResetPasswordForm):  # type: ignore[misc]
    def clean_email(self) -> str:
        """Find the one account whose address this is. The mail goes to the address as it is stored."""
        email = clean_address(self.cleaned_data["email"])
        user = User.objects.with_address(email)
        self.users = [user] if user and user.is_active else []
        return email


class ResetPasswordKeyForm(forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def save(self) -> None:
        """Set the password. The mail has proved the address, if no address of the account was confirmed before."""
        super().save()
        hand_over_unconfirmed_account(context.request, self.user)
