"""The wall."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from stories.views.pages import team_page
from stories.wall import read_page


@require_safe
def wall(request: HttpRequest, membership: Membership) -> HttpResponse:
    before = request.GET.get("before", "")

    def page() -> object:
        # Called by the template, so after the live stream's place was read: what happens in
        # between is then sent again rather than missed.
        return read_page(membership, before)

    return team_page(request, membership, "stories/wall.html", {"here": "wall", "page": page, "before": before})
