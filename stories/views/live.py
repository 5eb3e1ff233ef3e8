"""The live streams of a wall and of the desk."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from accounts.access import moderators_only, publicly
from accounts.models import Membership, Team, User
from kindwall.addresses import network_of
from stories.live.hub import LiveResponse, hub
from stories.live.outbox_reader import read_since
from stories.live.position import read_position
from stories.live.render import Audience
from stories.live.viewers import Watcher
from stories.models import OutboxEvent


@require_GET
def public_live(request: HttpRequest, team: Team) -> HttpResponse:
    return open_stream(request, team.pk, user=None)


@publicly(public_live)
@require_GET
def live(request: HttpRequest, membership: Membership) -> HttpResponse:
    return open_stream(request, membership.team_id, user=membership.user, moderates=membership.may_moderate)


@require_GET
def public_missed(request: HttpRequest, team: Team) -> HttpResponse:
    return missed_events(request, team.pk, visitor=True)


@publicly(public_missed)
@require_GET
def missed(request: HttpRequest, membership: Membership) -> HttpResponse:
    return missed_events(request, membership.team_id, visitor=False)


@require_GET
@moderators_only
def desk_live(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    return open_stream(request, membership.team_id, user=membership.user, at_desk=True)


def open_stream(
    request: HttpRequest, team_id: int, *, user: User | None, moderates: bool = False, at_desk: bool = False
) -> HttpResponse:
    """Return a stream of the events after the last one that the browser has seen, or from now on."""
    watcher = watcher_of(request, user, moderates=moderates)
    if status := hub.viewers.refusal(watcher):
        # The page stays as it was loaded, and asks again later.
        return HttpResponse(status=status, headers={"Retry-After": "60", "Cache-Control": "no-store"})
    audience = audience_of_request(visitor=user is None, at_desk=at_desk)
    return LiveResponse(team_id=team_id, audience=audience, watcher=watcher, after=seen_event(request, team_id))


def missed_events(request: HttpRequest, team_id: int, *, visitor: bool) -> HttpResponse:
    """Return the events after the last one that the browser has seen, for a tab that follows another tab's stream."""
    past, _newest = read_since(team_id, audience_of_request(visitor=visitor), seen_event(request, team_id))
    return HttpResponse(past, content_type="text/event-stream", headers={"Cache-Control": "no-store"})


def seen_event(request: HttpRequest, team_id: int) -> int:
    seen = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    return read_position(seen, team_id) if seen else OutboxEvent.objects.newest_id()


def audience_of_request(*, visitor: bool, at_desk: bool = False) -> Audience:
    return Audience(language=get_language() or settings.LANGUAGE_CODE, visitor=visitor, desk=at_desk)


def watcher_of(request: HttpRequest, user: User | None, *, moderates: bool) -> Watcher:
    address = network_of(request.META.get("REMOTE_ADDR", ""))
    if user is None:
        return Watcher(address=address)
    return Watcher(
        user_id=user.pk,
        session=request.session.session_key or "",
        password=user.password,
        address=address,
        moderates=moderates,
    )
