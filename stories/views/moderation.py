"""The queue, longest-waiting first."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.access import moderators_only
from accounts.models import Membership
from stories.desk import give_back_typed, hung_unread, queue, story_typed_about, usual_wait
from stories.views.pages import team_page


@require_safe
@moderators_only
def moderation(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    items = queue(membership)
    give_back_typed(request, membership, items)
    if elsewhere := story_typed_about(request, membership):
        return redirect(elsewhere)
    context = {
        "here": "moderation",
        "items": items,
        "hung_unread": hung_unread(membership),
        "usual_wait": usual_wait(membership.team),
    }
    return team_page(request, membership, "stories/moderation.html", context)
