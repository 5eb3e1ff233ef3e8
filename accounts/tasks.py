"""What is done in the background about people and teams."""

from django.urls import reverse

from accounts.models import Invitation
from kindwall.mail import mail_task, write


@mail_task
def send_invitation(invitation_pk: int) -> None:
    """Its link is made when it is sent, so that no token lies in a task; whatever was sent before opens nothing."""
    invitation = Invitation.objects.to_send(invitation_pk)
    if invitation is None:
        return
    token = invitation.renew_token()
    inviter = invitation.invited_by
    write(
        invitation.email,
        "accounts/mail/invitation",
        {"invitation": invitation, "path": reverse("join_by_invitation", args=[token])},
        language=inviter.language if inviter else "",
    )
    invitation.mark_sent()
