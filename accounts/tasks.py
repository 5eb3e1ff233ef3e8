"""Background tasks about people and teams."""

from django.urls import reverse

from accounts.models import Invitation
from kindwall.mail import mail_task, write


@mail_task
def send_invitation(invitation_pk: int) -> None:
    """Send the mail of an invitation, with a new link: a task stores no token. Links sent before stop working."""
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
