"""Uplifts and reactions: what readers give to a story."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import page_of
from accounts.models import Membership
from kindwall.htmx import fragment_or_redirect
from stories.cards import Card
from stories.limits import limit_on_pressing
from stories.models import Overtaken, ReactionKind, Refused, Story
from stories.reactions import own_state, people_behind
from stories.views.lookup import get_readable, read_stories
from stories.wall import own_reactions

JSON = "application/json"


@require_POST
@vary_on_headers("HX-Request", "Accept")
def uplift(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    wanted = read_wanted(request)
    return press_and_show(request, membership, pk, lambda story: story.set_uplift(by=membership, wanted=wanted))


@require_POST
@vary_on_headers("HX-Request", "Accept")
def react(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    wanted, data = read_wanted(request), request.POST
    kind = data.get("give") or data.get("take-back") or data.get("kind", "")
    if kind not in ReactionKind.values:
        raise BadRequest(_("There is no such reaction."))
    return press_and_show(
        request, membership, pk, lambda story: story.set_reaction(ReactionKind(kind), by=membership, wanted=wanted)
    )


def read_wanted(request: HttpRequest) -> bool | None:
    """Return whether the reaction is to be given; None where the form does not say, as pages of before did not."""
    if "give" in request.POST:
        return True
    return False if "take-back" in request.POST else None


def press_and_show(
    request: HttpRequest, membership: Membership, pk: int, press: Callable[[Story], bool]
) -> HttpResponse:
    """Give the reaction or take it back, and return the story's reactions, with a reason where it was refused."""
    story = get_readable(membership, pk)
    notice, status = "", 200
    try:
        if limit := limit_on_pressing(request):
            raise Refused(limit.reason)
        press(story)
    except Refused as refused:
        notice, status = str(refused), 409
    except Overtaken:
        notice, status = _("This story is not on the wall, so nobody can react to it."), 409
    if request.get_preferred_type(["text/html", JSON]) == JSON:
        return JsonResponse({"said": notice, "stories": own_state(membership, [pk])}, status=status)
    story = get_readable(membership, pk)
    wall = reverse("wall", kwargs={"team": membership.team.slug})
    if not story.is_published:
        return fragment_or_redirect(request, "components/toast.html", {}, to=wall, notice=notice, status=status)
    card = Card.of(story, membership.team.slug)
    context = {
        "card": card,
        "own": story.author_id == membership.user_id,
        "reactions": card.reactions(own_reactions(membership.user_id, [pk])[pk]),
    }
    to = f"{page_of(request, wall)}#story-{pk}-card"
    return fragment_or_redirect(request, "stories/card.html#reactions", context, to=to, notice=notice, status=status)


@require_safe
def own(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Return what this reader has given to the stories that their page shows, and the stories' counts.

    A page of the wall asks for it when its reader comes back to it.
    """
    membership.record_wall_seen()
    return JsonResponse({"stories": own_state(membership, read_stories(request))})


@require_safe
def people(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    """Show by name who has reacted to a story."""
    story = get_object_or_404(Story.objects.of(membership.team).published().with_author(), pk=pk)
    card = Card.of(story, membership.team.slug)
    return render(
        request, "stories/reactions.html", {"story": story, "card": card, "given": people_behind(story, card)}
    )
