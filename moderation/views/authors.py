"""The page about one author, and how far their stories are trusted."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import moderators_only
from accounts.models import Membership, Refused
from moderation.addresses import story_address
from moderation.authors import read_author_page
from moderation.forms.trust import TrustForm


@require_safe
@moderators_only
def author(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """Show an author's stories and letters. One's own page is the one that every author has."""
    if pk == membership.pk:
        return redirect("mine", team=membership.team.slug)
    member = get_object_or_404(Membership.objects.in_team(membership.team), pk=pk)
    state, before = request.GET.get("state", ""), request.GET.get("before", "")
    page = read_author_page(membership, member, state=state, before=before)
    context = {"here": "moderation", "page": page, "story_at": story_address(membership)}
    return render(request, "moderation/author.html", context)


@require_POST
@moderators_only
def trust(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    member = get_object_or_404(Membership.objects.in_team(membership.team), pk=pk)
    form = TrustForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("author", team=membership.team.slug, pk=pk)
    try:
        changed = member.set_trust(form.cleaned_data["trust"], by=membership, told=form.cleaned_data["told"])
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Saved.") if changed else _("Nothing had to be changed."))
    return redirect("author", team=membership.team.slug, pk=pk)
