"""The channels of a team, for its owners: connecting, starting again, disconnecting, and the secrets of webhooks."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import owners_only
from accounts.models import Membership
from accounts.reauthentication import recently_confirmed, recently_confirmed_from
from syndication.forms import ChannelForm
from syndication.models import Channel
from syndication.senders import senders, senders_in_order

HERE = {"here": "settings"}
SHOWN_DELIVERIES = 20
NEW_CHANNEL = "new_channel"  # in the session: the webhook whose secret its page shows once by itself


@require_safe
@owners_only
def channels(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    context = {"channels": Channel.objects.of(membership.team), "services": senders_in_order()}
    return render(request, "syndication/channels.html", {**HERE, **context})


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
@recently_confirmed
def connect(request: HttpRequest, membership: Membership, kind: str) -> HttpResponseBase:
    if kind not in senders:
        raise Http404
    form = ChannelForm(request.POST if request.method == "POST" else None, sender=senders[kind])
    if form.is_valid() and (channel := form.save(by=membership)):
        request.session[NEW_CHANNEL] = channel.pk
        return redirect("channel", team=membership.team.slug, pk=channel.pk)
    context = {"form": form, "service": senders[kind].kind}
    return render(request, "syndication/connect.html", {**HERE, **context}, status=422 if form.errors else 200)


@require_safe
@never_cache
@owners_only
def channel(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    found = channel_of(membership, pk)
    is_new = request.session.get(NEW_CHANNEL) == found.pk
    if is_new:
        del request.session[NEW_CHANNEL]
    return channel_page(request, found, secret=found.secret if is_new else None, is_new=is_new)


@require_POST
@never_cache
@owners_only
@recently_confirmed_from("channel")
def secret(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """Respond with the secret without a redirect, so that it is in no address and no session."""
    found = channel_of(membership, pk)
    return channel_page(request, found, secret=found.secret)


@require_POST
@never_cache
@owners_only
@recently_confirmed_from("channel")
def change_secret(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    found = channel_of(membership, pk)
    found.change_secret()
    return channel_page(request, found, secret=found.secret)


@require_POST
@owners_only
def start(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    if channel_of(membership, pk).start_again():
        messages.success(request, _("The channel is on again."))
    return redirect("channel", team=membership.team.slug, pk=pk)


@require_POST
@owners_only
def disconnect(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    if channel_of(membership, pk).disconnect(by=membership):
        messages.success(request, _("Disconnected. Nothing is sent there any more."))
    return redirect("channels", team=membership.team.slug)


def channel_of(membership: Membership, pk: int) -> Channel:
    return get_object_or_404(Channel.objects.of(membership.team), pk=pk)


def channel_page(request: HttpRequest, channel: Channel, **context: Any) -> HttpResponse:
    latest = channel.deliveries.newest_first()[:SHOWN_DELIVERIES]
    return render(request, "syndication/channel.html", {**HERE, "channel": channel, "deliveries": latest, **context})
