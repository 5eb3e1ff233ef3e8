"""Forms of the desk that were sent while signed out, restored after signing in."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Membership
from accounts.unsent_forms import pop_unsent_form
from moderation.bulk import BulkChoice
from moderation.desk import DeskItem
from moderation.forms.decisions import FixForm, MessageForm
from moderation.letters import letter_text, letter_to_several
from stories.models import Action


def restore_unsent_form(request: HttpRequest, membership: Membership, item: DeskItem) -> None:
    """Fill the form of this story with what was typed, or show it as text where that form is no longer offered."""
    address = {"team": membership.team.slug, "pk": item.story.pk}
    forms = {reverse(action, kwargs=address): action for action in (*item.letter_forms, Action.FIX)}
    typed = pop_unsent_form(request, forms)
    if typed is None:
        return
    action = forms[typed.path]
    if action == Action.FIX and item.story.is_pending and not item.why_not:
        item.open_form = action
        item.fix_form = FixForm(initial=typed.fields.dict(), auto_id=f"story-{item.story.pk}-fix-%s")
    elif action == Action.FIX:
        item.unsent = typed.fields.get("body", "")
    elif item.accepts_letter(Action(action)):
        item.open_form = action
        parts = {part: typed.fields.get(part, "") for part in MessageForm.PARTS if part in typed.fields}
        item.letter_forms[action].initial = {**item.letter_forms[action].initial, **parts}
    else:
        item.unsent = letter_text(typed.fields)


def unsent_bulk_letter(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    """Return the context for stories that were chosen, and for an unsent letter to their authors."""
    typed = pop_unsent_form(request, {reverse("bulk", kwargs={"team": membership.team.slug})})
    if typed is None:
        return {}
    choice = BulkChoice.read(membership, typed.fields)
    chosen = {"choice": choice, "ticked": choice.ticked}
    if "message" not in typed.fields:
        return chosen
    return {"bulk": letter_to_several(membership, typed.fields, sent=False), **chosen}
