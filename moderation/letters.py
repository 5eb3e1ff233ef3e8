"""Letters to authors: the form, the words to begin from, and how its author will read it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from accounts.models import Membership, Reason, Team
from moderation.forms.decisions import MessageForm
from moderation.hints import hints
from stories.models import Action, AuditEntry, Letter, Story


def message_form(
    membership: Membership, story: Story, answer: Action, reasons: Sequence[Reason], data: QueryDict | None = None
) -> MessageForm:
    initial = {
        "revision": story.revision,
        "reason": "",
        "next_step": next_step(membership.team, story, answer),
        "talk_to": talk_to_me(membership),
    }
    return MessageForm(data, initial=initial, auto_id=f"story-{story.pk}-{answer}-%s", reasons=reasons)


def talk_to_me(membership: Membership) -> str:
    """Words to begin the letter's last part from."""
    return gettext("If you would like to talk about it, come to me: %(name)s.") % {"name": membership.user.name}


def letter_to_several(membership: Membership, typed: QueryDict, *, sent: bool) -> MessageForm:
    """A letter that several authors get; with what was typed so far where it is not sent yet."""
    data = None
    if sent:
        data = typed.copy()
        data["revision"] = "1"  # each story brings its own
    begun = {"reason": "", "next_step": after_decline(), "talk_to": talk_to_me(membership)}
    initial = begun | {part: typed[part] for part in MessageForm.PARTS if part in typed}
    reasons = Reason.objects.of(membership.team)
    return MessageForm(data, initial=initial, auto_id="bulk-%s", reasons=reasons)


def next_step(team: Team, story: Story, answer: Action) -> str:
    """Words to begin the letter's third part from."""
    if answer == Action.RETURN:
        words = [gettext("Change it in place under “Mine” and send it again; every word of it is there.")]
        if not story.stood_by_at:
            words.append(gettext("If you want it as it is, press “Stand by it”, and somebody else looks."))
        return " ".join(words)
    if story.stood_by_at:
        return gettext("Two of us have read it now, so this answer is the last word. Your text stays with you.")
    if answer == Action.REMOVE:
        return gettext("Your text stays with you under “Mine”, and you can write it anew.")
    return after_decline()


def after_decline() -> str:
    return gettext("Your text stays with you. If you see it differently, press “Stand by it”, and somebody else looks.")


def written(fields: Mapping[str, Any]) -> str:
    """A letter's parts as one text."""
    parts = (str(fields.get(part) or "").strip() for part in MessageForm.PARTS if part != "reason")
    return "\n\n".join(part for part in parts if part)


def as_read(answer: Action, letter: Letter) -> dict[str, Any]:
    """A letter as its author will read it, with what its writer may want to think about once more."""
    return {"entry": AuditEntry(action=answer, **letter), "hints": hints(letter)}
