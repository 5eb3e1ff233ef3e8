"""How moderation goes here, for everybody in the team."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from stories.figures import figures as figures_of
from stories.views.pages import team_page


@require_safe
def figures(request: HttpRequest, membership: Membership) -> HttpResponse:
    here = "moderation" if membership.may_moderate else "figures"
    return team_page(request, membership, "stories/figures.html", {"here": here, "figures": figures_of(membership)})
