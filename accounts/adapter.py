"""Where allauth's journeys meet Kindwall's people."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts.joining import come_in, join_automatically, signup_is_open
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data["name"]
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signup_is_open(request)

    def unstash_verified_email(self, request: HttpRequest) -> None:
        """Nothing: an invitation confirms its address for who signs up with it, and adds it to nobody else's account.

        It stays stashed for `is_email_verified`, until somebody has signed in.
        """

    def post_login(self, request: HttpRequest, user: User, *, redirect_url: str | None, **login: Any) -> HttpResponse:
        """However they have signed in: they join what they came for, and what people with their address are in."""
        request.session.pop("account_verified_email", None)
        join_automatically(user)
        membership = come_in(request, user)
        if membership:
            messages.success(request, _("You are in. Welcome to %(team)s.") % {"team": membership.team.name})
            redirect_url = membership.team.get_absolute_url()
        response: HttpResponse = super().post_login(request, user, redirect_url=redirect_url, **login)
        return response

    def send_account_already_exists_mail(self, email: str) -> None:
        """As slow as making an account, so that the time does not tell whose address is known."""
        make_password(get_random_string(16))
        super().send_account_already_exists_mail(email)
