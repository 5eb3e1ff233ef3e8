"""Asking to follow the wall."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from accounts.access import moderators_only, publicly
from accounts.models import Membership, Team
from kindwall.numbers import read_number
from stories.announcing import Audience
from stories.live import LiveResponse, hub
from stories.models import OutboxEvent


@require_GET
def public_live(request: HttpRequest, team: Team) -> HttpResponse:
    if hub.is_full_of_visitors:
        # Their page is then as new as its last loading.
        return HttpResponse(status=503, headers={"Retry-After": "30", "Cache-Control": "no-store"})
    return following(request, team.pk, user_id=None)


@publicly(public_live)
@require_GET
def live(request: HttpRequest, membership: Membership) -> HttpResponse:
    return following(request, membership.team_id, user_id=membership.user_id)


@require_GET
@moderators_only
def desk_live(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    return following(request, membership.team_id, user_id=membership.user_id, at_desk=True)


def following(request: HttpRequest, team_id: int, *, user_id: int | None, at_desk: bool = False) -> LiveResponse:
    """A stream of what happens after the event that the browser saw last, or from now on."""
    seen = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    after = read_number(seen)
    if after is None:
        after = OutboxEvent.objects.newest_id()
    language = get_language() or settings.LANGUAGE_CODE
    audience = Audience(language=language, visitor=user_id is None, desk=at_desk)
    return LiveResponse(team_id=team_id, audience=audience, user_id=user_id, after=after)
