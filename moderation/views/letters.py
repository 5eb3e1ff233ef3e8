"""Previews of letters, as their authors will read them."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Reason
from kindwall.htmx import is_htmx
from moderation.desk import last_entry
from moderation.desk_page import DeskPage
from moderation.letters import as_read, letter_text, letter_to_several, message_form
from moderation.lookup import get_submitted
from stories.models import Action
from stories.models.choices import LETTER_ACTIONS


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def preview(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    story = get_submitted(membership, pk)
    asked = request.POST.get("answer", "")
    action = Action(asked) if asked in LETTER_ACTIONS else Action.RETURN
    form = message_form(membership, story, action, Reason.objects.for_letters(membership), request.POST)
    if "fill" in request.POST:
        form.fill(request.POST.get("reason", ""))
    letter = form.preview()
    seen = as_read(membership.team, action, letter)
    if is_htmx(request):
        return render(request, "moderation/letter_form.html#preview", {**seen, "story": story})
    page = DeskPage(request, membership)
    item = page.open(story)
    item.open_form, item.letter_forms[action] = action, form
    if item.is_withdrawn:
        item.overtaken_by, item.unsent = last_entry(story), letter_text(letter)
    return page.render(preview=seen)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def preview_to_several(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Respond with the preview of a letter to several authors. Without htmx, the bulk form shows it."""
    letter = letter_to_several(membership, request.POST, sent=False).preview()
    return render(request, "moderation/letter_form.html#preview", as_read(membership.team, Action.RETURN, letter))
