"""Asking to follow the wall."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.models import Membership
from stories.live import LiveResponse
from stories.models import OutboxEvent


@require_GET
def live(request: HttpRequest, membership: Membership) -> HttpResponse:
    """A stream of what happens after the event that the browser saw last, or from now on."""
    seen = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    # More digits than an id can have would not fit the database's integer.
    after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else OutboxEvent.objects.newest_id()
    return LiveResponse(team_id=membership.team_id, after=after)
