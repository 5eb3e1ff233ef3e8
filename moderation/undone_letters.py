"""The letters of returns, declines and removals that were undone: they lie open again, with every word."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict

from accounts.models import Membership
from moderation.bulk import BulkChoice
from moderation.desk import DeskItem
from moderation.forms.decisions import MessageForm
from moderation.letters import letter_to_several
from stories.models import Action, AuditEntry, SentStory
from stories.models.choices import LETTER_ACTIONS


def reopen_letters(membership: Membership, item: DeskItem | None, undone: Iterable[AuditEntry]) -> dict[str, Any]:
    """Open the letter of the undone decision on this story; of several, return the context of one letter to all."""
    with_letter = [entry for entry in undone if entry.action in LETTER_ACTIONS]
    if len(with_letter) > 1:
        typed = QueryDict(mutable=True)
        typed.update(letter_parts(with_letter[0]))
        choice = BulkChoice.of_undone(membership, with_letter)
        letter = letter_to_several(membership, typed, sent=False, has_second_opinion=choice.has_second_opinion)
        return {"bulk": letter, "choice": choice, "ticked": choice.ticked}
    for entry in with_letter:
        action = Action(entry.action)
        if item and item.story.pk == entry.story_id and item.accepts_letter(action):
            item.open_form = action
            form = item.letter_forms[action]
            form.initial = {**form.initial, **letter_parts(entry)}
    return {}


def undone_removal(membership: Membership, story: SentStory) -> AuditEntry | None:
    """Return the removal of this story that this moderator undid, if nothing has happened to the story since."""
    log = story.audit_log.exclude(action=Action.UNDO).select_related("undone_by").order_by("-pk")
    last: AuditEntry | None = log.first()
    if last is None or last.action != Action.REMOVE or last.actor_id != membership.user_id:
        return None
    return last if hasattr(last, "undone_by") else None


def letter_parts(entry: AuditEntry) -> dict[str, str]:
    return {part: getattr(entry, part) for part in MessageForm.PARTS}
