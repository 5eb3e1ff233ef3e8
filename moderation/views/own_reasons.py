"""A moderator's own reasons with a letter."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import moderators_only
from accounts.models import Membership, Reason
from accounts.models.reason import MOST_OWN_REASONS
from kindwall.numbers import read_number
from moderation.forms.own_reasons import OwnReasonForm


@require_http_methods(["GET", "HEAD", "POST"])
@moderators_only
def own_reasons(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    if request.method != "POST":
        return own_reasons_page(request, membership, OwnReasonForm())
    form = OwnReasonForm(request.POST)
    if form.is_valid() and form.save(by=membership):
        messages.success(request, _("Saved."), extra_tags="sent")
        return redirect("own-reasons", team=membership.team.slug)
    return own_reasons_page(request, membership, form, status=422)


@require_POST
@moderators_only
def delete_own_reason(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    if Reason.objects.own(membership).filter(pk=pk).delete()[0]:
        messages.success(request, _("Deleted."))
    return redirect("own-reasons", team=membership.team.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@moderators_only
def phrases(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Lead from the page of an earlier version to the reasons that its phrases have become.

    The words of a phrase that is sent from that page are in a new reason, which has to be named.
    """
    if request.method != "POST":
        return redirect("own-reasons", team=membership.team.slug)
    form = OwnReasonForm({"words": request.POST.get("body", "")})
    response = own_reasons_page(request, membership, form, status=422)
    response["HX-Retarget"] = "body"  # that page asks for a part of itself
    return response


def own_reasons_page(
    request: HttpRequest, membership: Membership, form: OwnReasonForm, status: int = 200
) -> HttpResponse:
    reasons = list(Reason.objects.own(membership))
    changed = read_number(form.data.get("reason", "")) if form.is_bound else None
    shown = [(reason, form if reason.pk == changed else OwnReasonForm.of(reason)) for reason in reasons]
    context = {
        "here": "moderation",
        "reasons": shown,
        "changed": changed,
        "form": OwnReasonForm() if changed in {reason.pk for reason in reasons} else form,
        "most": MOST_OWN_REASONS,
        "full": len(reasons) >= MOST_OWN_REASONS,
    }
    return render(request, "moderation/own_reasons.html", context, status=status)
