"""A person's own e-mail addresses. The page is allauth's."""

from allauth.account import views
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import person
from accounts.addresses import normal_address


def addresses(request: HttpRequest) -> HttpResponseBase:
    """Show and change the addresses. Only a confirmed one becomes the main one: two accounts cannot have the same."""
    if "action_primary" in request.POST and not person(request).has_confirmed(request.POST.get("email", "")):
        get_adapter().add_message(request, messages.ERROR, "account/messages/unverified_primary_email.txt")
        return redirect("account_email")
    response: HttpResponseBase = views.email(request)
    return response


@require_POST
def send_confirmation(request: HttpRequest) -> HttpResponse:
    """Send the mail again that confirms one of the person's addresses."""
    email = normal_address(request.POST.get("email", ""))
    address = get_object_or_404(EmailAddress, user=person(request), email=email, verified=False)
    if not send_verification_email_to_address(request, address):
        messages.warning(request, _("That mail was sent a moment ago. Please wait three minutes before the next one."))
    return redirect("account_email")
