"""allauth's mails, in words of our own: for each of its templates the one that is sent instead."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.browsers import browser_name
from kindwall.mail import write_later

# Mails that lead on, and the name of their link in allauth's context.
ACCOUNT_MAILS = {
    "account/email/email_confirmation": ("accounts/mail/confirm_address", "activate_url"),
    "account/email/email_confirmation_signup": ("accounts/mail/confirm_address", "activate_url"),
    "account/email/password_reset_key": ("accounts/mail/new_password", "password_reset_url"),
    "account/email/account_already_exists": ("accounts/mail/account_exists", "password_reset_url"),
    "account/email/unknown_account": ("accounts/mail/no_account", "signup_url"),
}
# Mails about a change of one's account: the subject, which is also the headline.
CHANGES = {
    "account/email/password_changed": _("Your password was changed"),
    "account/email/password_reset": _("Your password was replaced by a new one"),
    "account/email/password_set": _("Your account has a password now"),
    "account/email/email_changed": _("Your main e-mail address was changed"),
    "account/email/email_deleted": _("An e-mail address was removed from your account"),
    "mfa/email/totp_activated": _("Signing in to your account now takes a code from your authenticator app"),
    "mfa/email/totp_deactivated": _("Signing in to your account no longer takes a code from an authenticator app"),
    "mfa/email/recovery_codes_generated": _("Your account has new recovery codes"),
    "mfa/email/webauthn_added": _("Your account has a new passkey or security key"),
    "mfa/email/webauthn_removed": _("A passkey or security key was removed from your account"),
    "socialaccount/email/account_connected": _("Your account was connected with %(provider)s"),
    "socialaccount/email/account_disconnected": _("Your account is no longer connected with %(provider)s"),
}
MAIL_DETAILS = {
    "account/email/email_changed": _("Mail now goes to %(to_email)s instead of %(from_email)s."),
    "account/email/email_deleted": _("It was %(deleted_email)s."),
}


def send_instead(template: str, to: str, context: dict[str, Any]) -> None:
    """Send our mail in place of allauth's, in the language and time zone of this request."""
    if template in ACCOUNT_MAILS:
        ours, link = ACCOUNT_MAILS[template]
        words = {"link": from_origin(context[link])}
    else:
        ours = "accounts/mail/account_changed"
        words = words_of_change(template, context)
    language, time_zone = translation.get_language() or "", timezone.get_current_timezone_name()
    write_later(to, ours, words, language=language, time_zone=time_zone)


def words_of_change(template: str, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "change": CHANGES[template] % context,
        "detail": MAIL_DETAILS[template] % context if template in MAIL_DETAILS else "",
        "timestamp": context["timestamp"],
        "ip": context["ip"],
        # The header is free text, and could contain a link.
        "browser": browser_name(context["user_agent"]),
        "sso_only": settings.SSO_ONLY,
        "link": reverse("usersessions_list"),
    }


def from_origin(url: str) -> str:
    """Return the link below ORIGIN, whichever host name the request came by."""
    return settings.ORIGIN + urlsplit(url)._replace(scheme="", netloc="").geturl()
