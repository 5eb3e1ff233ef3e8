"""The steps between a right password and being signed in, where they differ from allauth's."""

from typing import Any

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.stages import EmailVerificationStage

from accounts.admission import is_let_in_unconfirmed


class ConfirmationStage(EmailVerificationStage):  # type: ignore[misc]
    """Waits for the confirmation of the address; not for members, and for people who come by a link or an invitation.

    These are sent the same mail when they sign up, and confirm their address when they like.
    """

    def handle(self) -> tuple[Any, bool]:
        if self.login.user and is_let_in_unconfirmed(self.request, self.login.user):
            self.login.email_verification = EmailVerificationMethod.OPTIONAL
        response, goes_on = super().handle()
        return response, goes_on
