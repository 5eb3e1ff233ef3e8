"""Letters to authors: their forms, the suggested words, and the preview."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from accounts.models import Membership, Reason, Team
from moderation.forms.decisions import MessageForm
from moderation.hints import hints
from stories.models import Action, AuditEntry, Letter, Story


def message_form(
    membership: Membership, story: Story, action: Action, reasons: Sequence[Reason], data: QueryDict | None = None
) -> MessageForm:
    initial = {
        "revision": story.revision,
        "reason": "",
        "next_step": next_step(membership.team, story, action),
        "talk_to": talk_to_me(membership),
    }
    return MessageForm(data, initial=initial, auto_id=f"story-{story.pk}-{action}-%s", reasons=reasons)


def talk_to_me(membership: Membership) -> str:
    """Return the suggested words for the last part of the letter."""
    return gettext("If you would like to talk about it, come to me: %(name)s.") % {"name": membership.user.name}


def letter_to_several(
    membership: Membership, typed: QueryDict, *, sent: bool, has_second_opinion: bool = False
) -> MessageForm:
    """Return the form of a letter to several authors, with what was typed so far where it is not sent yet.

    Where a second opinion is among the stories, the letter offers none.
    """
    data = None
    if sent:
        data = typed.copy()
        data["revision"] = "1"  # each story brings its own
    begun = {
        "reason": "",
        "next_step": after_return(may_ask_again=not has_second_opinion),
        "talk_to": talk_to_me(membership),
    }
    initial = begun | {part: typed[part] for part in MessageForm.PARTS if part in typed}
    reasons = Reason.objects.for_letters(membership)
    form = MessageForm(data, initial=initial, auto_id="bulk-%s", reasons=reasons)
    form.word_for_several()
    if typed.get("action") == "fill":
        form.fill(str(initial["reason"]), begun)
    return form


def next_step(team: Team, story: Story, action: Action) -> str:
    """Return the suggested words for the third part of the letter."""
    if action == Action.RETURN:
        return after_return(may_ask_again=not story.stood_by_at)
    if story.stood_by_at:
        return gettext("Two of us have read it now, so this answer is the last word. Your text stays with you.")
    if action == Action.REMOVE:
        return gettext("Your text stays with you under “Mine”, and you can use it in a new story.")
    return after_decline()


def after_return(*, may_ask_again: bool) -> str:
    words = [gettext("Change it in place under “Mine” and send it again; every word of it is there.")]
    if may_ask_again:
        words.append(gettext("If you want it as it is, ask for a second opinion, and another moderator decides."))
    return " ".join(words)


def after_decline() -> str:
    return gettext(
        "Your text stays with you. If you see it differently, ask for a second opinion, and another moderator decides."
    )


def letter_text(fields: Mapping[str, Any]) -> str:
    """Join the parts of a letter to one text."""
    parts = (str(fields.get(part) or "").strip() for part in MessageForm.PARTS if part != "reason")
    return "\n\n".join(part for part in parts if part)


def as_read(team: Team, action: Action, letter: Letter) -> dict[str, Any]:
    """Return the context of a preview: the letter as its author will read it, and hints where the team wants them."""
    return {"entry": AuditEntry(action=action, **letter), "hints": hints(letter) if team.letter_hints else []}
