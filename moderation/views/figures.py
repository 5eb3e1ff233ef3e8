"""Figures about moderation, for everybody in the team."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Membership
from moderation.figures import figures_of


@require_safe
def figures(request: HttpRequest, membership: Membership) -> HttpResponse:
    here = "moderation" if membership.may_moderate else "figures"
    return render(request, "moderation/figures.html", {"here": here, "figures": figures_of(membership)})
