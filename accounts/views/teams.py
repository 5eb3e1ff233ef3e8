"""The list of a person's teams, and starting another."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person
from accounts.admission import joinable_teams
from accounts.forms.teams import TeamForm
from accounts.models import Membership, Refused, Team, User


@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    """Show the teams that the person is in, and those that they may join."""
    user = person(request)
    context = {
        "memberships": Membership.objects.of(user),
        "joinable": joinable_teams(user),
        "may_start": may_start_teams(user),
    }
    return render(request, "accounts/teams.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if not may_start_teams(user):
        raise PermissionDenied(_("Only the person who runs this installation can start new teams. Ask them for one."))
    form = TeamForm(request.POST) if request.method == "POST" else TeamForm()
    if not form.is_valid():
        return start_page(request, form)
    if limited := ratelimit.consume_or_429(request, action="start_team", user=user):
        return limited  # type: ignore[no-any-return]
    try:
        owner = Team.start(by=user, **form.cleaned_data)
    except Refused as refused:
        form.add_error("slug", str(refused))
        return start_page(request, form)
    messages.success(request, _("The wall is ready. Next, invite somebody."))
    return redirect(owner.team)


def start_page(request: HttpRequest, form: TeamForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "accounts/start_team.html", {"form": form}, status=status)


def may_start_teams(user: User) -> bool:
    """Return whether the setting TEAM_CREATION lets this person start teams."""
    return settings.TEAM_CREATION == "anyone" or user.is_superuser
