"""Where allauth's journeys meet Kindwall's people."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts.addresses import clean_address
from accounts.admission import come_in, has_read_mail_to, join_automatically, signup_is_open
from accounts.models import User
from accounts.templatetags.browsers import browser_name
from kindwall.mail import send_later


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
        """Nothing: what is stashed fills in a form. It is added to nobody's account, and confirms no address."""

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        return has_read_mail_to(request, email)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Until its first address is confirmed an account is nobody's yet, and nothing set up before then stays."""
        user = email_address.user_id
        with transaction.atomic():
            first = not EmailAddress.objects.filter(user=user, verified=True).exists()
            confirmed: bool = super().confirm_email(request, email_address)
            if confirmed and first:
                SocialAccount.objects.filter(user=user).delete()
                Authenticator.objects.filter(user=user).delete()
        return confirmed

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

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """By a task, as every mail: to the page that asks for it each mail server is equally quick.

        Its links begin with ORIGIN, by whichever of our names the request came.
        """
        links = {name: from_origin(value) for name, value in context.items() if name.endswith("_url")}
        host = urlsplit(settings.ORIGIN).netloc
        ours = {"origin": settings.ORIGIN, "current_site": {"domain": host, "name": host}, "email": email}
        message = self.render_mail(template_prefix, email, context | links | ours | known_browser(context))
        send_later(email, str(message.subject), f"{message.body}\n")


def known_browser(context: dict[str, Any]) -> dict[str, str]:
    """The browser's name in our words: whoever uses it chooses what it says of itself, links included."""
    return {"user_agent": browser_name(context["user_agent"])} if "user_agent" in context else {}


def from_origin(url: str) -> str:
    return settings.ORIGIN + urlsplit(url)._replace(scheme="", netloc="").geturl()
