"""Links that anybody can join by, and invitations by e-mail."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import owners_only
from accounts.addresses import readable_address
from accounts.forms.invitations import InviteForm, LinkForm
from accounts.models import Invitation, JoinLink, Membership, Refused
from accounts.models.invitation import Invited
from accounts.qr import qr_svg
from kindwall.numbers import read_number

INVITATIONS_PAGE = 50
MOST_ADDRESSES_NAMED = 8


@require_safe
@owners_only
def invite(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    return invite_page(request, membership, LinkForm(), InviteForm())


@require_POST
@owners_only
def send_invitations(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return invite_page(request, membership, LinkForm(), form, status=422)
    emails = form.cleaned_data["emails"]
    if not all(may_invite(request, email) for email in emails):
        form.add_error("emails", _("You have sent many invitations in one hour. Send the rest later, or share a link."))
        page = invite_page(request, membership, LinkForm(), form, status=429)
        page["Retry-After"] = "3600"  # the hour that ACCOUNT_RATE_LIMITS counts in
        return page
    for message in invitation_messages(Invitation.invite(by=membership, emails=emails, role=form.cleaned_data["role"])):
        messages.success(request, message, extra_tags="sent")
    return redirect("invite", team=membership.team.slug)


def may_invite(request: HttpRequest, email: str) -> bool:
    """Limit the mails that one person sends, and those that one address gets."""
    by_this_person: bool = ratelimit.consume(request, action="invite")
    return by_this_person and bool(ratelimit.consume(request, action="invite_address", key=email))


def invitation_messages(invited: Invited) -> list[str]:
    notes = []
    if number := len(invited.new):
        words = ngettext("%(number)d invitation is on its way.", "%(number)d invitations are on their way.", number)
        notes.append(words % {"number": number})
    if invited.members:
        notes.append(_("In the team already: %(emails)s.") % {"emails": shorten_addresses(invited.members)})
    if invited.waiting:
        notes.append(
            _("Invited before, and not sent again: %(emails)s.") % {"emails": shorten_addresses(invited.waiting)}
        )
    return notes


def shorten_addresses(emails: list[str]) -> str:
    """Return the first addresses and the number of the rest, to keep the message short."""
    rest = len(emails) - MOST_ADDRESSES_NAMED
    named = ", ".join(map(readable_address, emails[:MOST_ADDRESSES_NAMED]))
    if rest <= 0:
        return named
    more = ngettext("and %(number)d more", "and %(number)d more", rest) % {"number": rest}
    return f"{named}, {more}"


@require_POST
@owners_only
def send_again(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    invitation = get_object_or_404(Invitation.objects.of(membership.team), pk=pk)
    try:
        if not ratelimit.consume(request, action="resend_invitation", key=str(pk)):
            raise Refused(_("A mail was sent a moment ago. Please wait five minutes before you send another."))
        if not ratelimit.consume(request, action="invite_address", key=invitation.email):
            raise Refused(_("This address has been sent enough mails for today. Try again tomorrow."))
        invitation.send_again(by=membership)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(
            request, _("Another mail to %(email)s is on its way.") % {"email": readable_address(invitation.email)}
        )
    return redirect("invite", team=membership.team.slug)


@require_POST
@owners_only
def revoke_invitation(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    invitation = get_object_or_404(Invitation.objects.of(membership.team), pk=pk)
    if invitation.revoke(by=membership):
        message = _("The invitation to %(email)s no longer works.")
        messages.success(request, message % {"email": readable_address(invitation.email)})
    return redirect("invite", team=membership.team.slug)


@require_POST
@never_cache
@owners_only
def make_link(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Respond with the link without a redirect, because its token is stored nowhere."""
    form = LinkForm(request.POST)
    if not form.is_valid():
        return invite_page(request, membership, form, InviteForm(), status=422)
    role, most_uses = form.cleaned_data["role"], form.cleaned_data["most_uses"]
    link, token = JoinLink.make(by=membership, role=role, expires_at=form.expires_at, most_uses=most_uses)
    url = settings.ORIGIN + reverse("join_by_link", args=[token])
    context = {"here": "people", "link": link, "url": url, "qr": qr_svg(url)}
    return render(request, "accounts/people/link.html", context)


@require_POST
@owners_only
def revoke_link(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    link = get_object_or_404(JoinLink.objects.of(membership.team), pk=pk)
    if link.revoke(by=membership):
        messages.success(request, _("That link no longer works."))
    return redirect("invite", team=membership.team.slug)


def invite_page(
    request: HttpRequest, membership: Membership, link_form: LinkForm, invite_form: InviteForm, status: int = 200
) -> HttpResponse:
    waiting = Invitation.objects.of(membership.team).open().page_after(read_number(request.GET.get("before", "")))
    page = list(waiting[: INVITATIONS_PAGE + 1])
    context = {
        "here": "people",
        "link_form": link_form,
        "invite_form": invite_form,
        "links": JoinLink.objects.of(membership.team).usable(),
        "invitations": page[:INVITATIONS_PAGE],
        "older": page[INVITATIONS_PAGE - 1].pk if len(page) > INVITATIONS_PAGE else None,
    }
    return render(request, "accounts/people/invite.html", context, status=status)
