"""Removal of a published story from where its card is: on the wall, or on its own page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Reason
from kindwall.htmx import is_htmx
from moderation.addresses import desk_address
from moderation.desk import why_not_decided
from moderation.forms.decisions import MessageForm
from moderation.letters import letter_text, message_form
from moderation.lookup import get_submitted
from moderation.own_decisions import undoable_decisions
from moderation.undone_letters import letter_parts, undone_removal
from moderation.views.decisions import carry_out, decide
from stories.models import Action, Overtaken, SentStory

REMOVE = Action.REMOVE


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def remove(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """Remove a story at the desk, or where its card is: there the form names the card."""
    if is_htmx(request) and "card" in request.POST:
        return remove_card(request, membership, pk)
    return decide(request, membership, pk, REMOVE)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@moderators_only
def removal(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """Show the letter of a removal; without htmx the desk does. An earlier version also sent it here."""
    if request.method == "POST":
        return remove_card(request, membership, pk) if is_htmx(request) else decide(request, membership, pk, REMOVE)
    story = get_submitted(membership, pk)
    if not is_htmx(request):
        return redirect(f"{desk_address(membership, story=story.pk)}&answer={REMOVE}")
    form = message_form(membership, story, REMOVE, Reason.objects.for_letters(membership))
    if undone := undone_removal(membership, story):
        form.initial = {**form.initial, **letter_parts(undone)}
    return letter_page(request, membership, story, form)


def remove_card(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    """Remove the story, and respond with the line that takes the place of its card."""
    story = get_submitted(membership, pk)
    form = message_form(membership, story, REMOVE, Reason.objects.for_letters(membership), request.POST)
    if not form.is_valid():
        return letter_page(request, membership, story, form, status=422)
    if why_not_removed(membership, story):
        return letter_page(request, membership, story, form, status=409)
    try:
        carry_out(membership, story, REMOVE, form)
    except Overtaken as overtaken:
        return letter_page(request, membership, SentStory.of(overtaken.story), form, status=409)
    entries = [entry for entry in undoable_decisions(membership) if entry.story_id == story.pk]
    return render(request, "moderation/removal.html#removed", {"story": story, "entries": entries})


def letter_page(
    request: HttpRequest, membership: Membership, story: SentStory, form: MessageForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"story": story, "form": form, "why_not": why_not_removed(membership, story)}
    if context["why_not"]:
        context["unsent"] = letter_text(form.data)
    elif status == 409:  # sent again, it removes the text that is on the wall now
        form.data = {**form.letter(), "revision": story.revision}
        context["has_changed"] = True
    response = render(request, "moderation/removal.html#letter", context, status=status)
    if request.method == "POST":
        response["HX-Retarget"], response["HX-Reswap"] = "#removal", "innerHTML"
    return response


def why_not_removed(membership: Membership, story: SentStory) -> str:
    if not story.is_published:
        return _("This story is not on the wall any more.")
    return why_not_decided(membership, story)
