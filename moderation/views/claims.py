"""Claiming a story while reading it."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership
from kindwall.htmx import is_htmx
from moderation.desk_page import DeskPage
from moderation.lookup import get_submitted
from stories import visits
from stories.models import Claim


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def claim(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """Claim a story, or release it with `held=0`. The browser repeats a claim while the story is open.

    The story may have been decided on meanwhile.
    """
    story = get_submitted(membership, pk)
    if request.POST.get("held") == "0":
        Claim.release(story, by=membership)
        return HttpResponse(status=204)
    visits.announce_visit(request, pk)
    # Reading one's own story does not keep it from colleagues, and its author does not learn who reads it.
    can_be_held = story.is_pending and not story.is_for_colleagues_of(membership)
    held = Claim.take(story, by=membership) if can_be_held else None
    if not is_htmx(request):
        return DeskPage(request, membership).redirect_to(story.pk)
    if held is None:
        return HttpResponse(status=204)
    context = {"story": story, "claim": held}
    return render(request, "moderation/claim.html", context)
