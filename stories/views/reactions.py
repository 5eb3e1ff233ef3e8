"""Uplifts and reactions: what readers give to a story."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import page_of
from accounts.models import Membership
from kindwall.htmx import fragment_or_redirect
from stories.cards import Card
from stories.limits import limit_on_pressing
from stories.models import Overtaken, ReactionKind, Refused, Story
from stories.views.lookup import get_readable
from stories.wall import own_reactions


@require_POST
@vary_on_headers("HX-Request")
def uplift(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    return toggle_and_show(request, membership, pk, lambda story: story.toggle_uplift(by=membership))


@require_POST
@vary_on_headers("HX-Request")
def react(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    kind = request.POST.get("kind", "")
    if kind not in ReactionKind.values:
        raise BadRequest(_("There is no such reaction."))
    return toggle_and_show(
        request, membership, pk, lambda story: story.toggle_reaction(ReactionKind(kind), by=membership)
    )


def toggle_and_show(
    request: HttpRequest, membership: Membership, pk: int, toggle: Callable[[Story], bool]
) -> HttpResponse:
    """Toggle the reaction and return the story's buttons, with a reason where it was refused."""
    story = get_readable(membership, pk)
    notice, status = "", 200
    try:
        if limit := limit_on_pressing(request):
            raise Refused(limit.reason)
        toggle(story)
    except Refused as refused:
        notice, status = str(refused), 409
    except Overtaken:
        notice, status = _("This story is not on the wall, so it cannot be answered."), 409
    story = get_readable(membership, pk)
    wall = reverse("wall", kwargs={"team": membership.team.slug})
    if not story.is_published:
        return fragment_or_redirect(request, "components/toast.html", {}, to=wall, notice=notice, status=status)
    card = Card.of(story, membership.team.slug)
    return fragment_or_redirect(
        request,
        "stories/card.html#reactions",
        {"card": card, "reactions": card.reactions(own_reactions(membership.user_id, [pk])[pk])},
        to=f"{page_of(request, wall)}#story-{pk}-card",
        notice=notice,
        status=status,
    )
