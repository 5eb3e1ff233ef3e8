"""The deliveries of a channel, for the team's owners."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import owners_only
from accounts.models import Membership
from syndication.models import Delivery
from syndication.views.channels import SHOWN_DELIVERIES, channel_of


@require_safe
@owners_only
def deliveries(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """Respond with the list alone, which the page loads while something is on its way."""
    channel = channel_of(membership, pk)
    context = {"channel": channel, "deliveries": channel.deliveries.newest_first()[:SHOWN_DELIVERIES]}
    return render(request, "syndication/channel.html#deliveries", context)


@require_POST
@owners_only
def test(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    channel_of(membership, pk).send_test()
    messages.success(request, _("A test is on its way. Its result is shown below."))
    return redirect("channel", team=membership.team.slug, pk=pk)


@require_POST
@owners_only
def replay(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    delivery = get_object_or_404(Delivery.objects.of(membership.team), pk=pk)
    if delivery.replay():
        messages.success(request, _("It is sent once more."))
    return redirect("channel", team=membership.team.slug, pk=delivery.channel_id)
