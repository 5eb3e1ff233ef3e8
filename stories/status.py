"""Words for the state of a story: a badge for everybody who may see the state, sentences for its author."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stories.author_view import StoryForAuthor
from stories.models import State

type Words = str | Promise


@dataclass(frozen=True, slots=True)
class Badge:
    css: str
    icon: str
    label: Words


BADGES = {
    State.DRAFT: Badge("draft", "pencil", _("Draft")),
    State.PENDING: Badge("waiting", "clock", _("Waiting for review")),
    State.PUBLISHED: Badge("published", "pin", _("Published")),
    State.RETURNED: Badge("returned", "return", _("Returned for a change")),
    State.DECLINED: Badge("declined", "decline", _("Declined")),
    State.REMOVED: Badge("removed", "close", _("Removed")),
    State.TAKEN_DOWN: Badge("draft", "return", _("Taken down")),
    State.HIDDEN: Badge("aside", "clock", _("Hidden (under review)")),
    State.SPAM: Badge("spam", "close", _("Spam")),
    State.ACCEPTED: Badge("accepted", "check", _("Published")),
}

STATE_HEADINGS: dict[State, Words] = {
    State.DRAFT: _("A draft. Only you can see it."),
    State.PENDING: _("Waiting for review. A moderator will read it soon."),
    State.PUBLISHED: _("Your story is published."),
    State.RETURNED: _("Returned: please change something, then it can be published."),
    State.DECLINED: _("Declined: this story will not be published."),
    State.REMOVED: _("A moderator removed this story from the wall."),
    State.TAKEN_DOWN: _("You took this story down."),
    State.HIDDEN: _("Hidden while a moderator reviews it."),
}
HEADINGS_OF_EDITS: dict[State, Words] = STATE_HEADINGS | {
    State.PENDING: _("A moderator will read your change soon."),
    State.DECLINED: _("Declined: this change will not be published."),
}
SECOND_OPINION_HEADING = _("Another moderator will read this.")

OFF_THE_WALL = _("It is not on the wall any more. Your text is saved here, for you.")
EXPLANATIONS: dict[State, Words] = {
    State.RETURNED: _("Change it here and send it again. Until then, only you and the moderators can see it."),
    State.DECLINED: _("Your text is saved here, for you. Nobody else in the team can see that this happened."),
    State.TAKEN_DOWN: _("It is not on the wall, and nobody can react to it. It keeps the reactions that it has."),
    State.HIDDEN: _(
        "It is off the wall meanwhile. Your words are kept here, and so is all that people answered. "
        "Only you and the moderators can see it."
    ),
}
EXPLANATIONS_OF_EDITS: dict[State, Words] = EXPLANATIONS | {
    State.RETURNED: _("Change it here and send it again. Until then, the old text stays on the wall."),
    State.DECLINED: _("Your text is saved here, for you. The old text stays on the wall."),
}
SECOND_OPINIONS: dict[State, Words] = {
    State.RETURNED: _("This is the second opinion. What it asks you to change is final."),
    State.DECLINED: _("This is the second opinion. It is final."),
}
FINAL = _("A second moderator has decided on it. That decision is final.")


def badge(state: str) -> Badge:
    return BADGES[State(state)]


def state_heading(story: StoryForAuthor) -> str:
    """Return the heading of the author's page; empty for spam and accepted edits, which authors never see."""
    if story.is_pending and story.is_stood_by:
        return str(SECOND_OPINION_HEADING)
    headings = HEADINGS_OF_EDITS if story.edit_of_id else STATE_HEADINGS
    return str(headings.get(State(story.state), ""))


def explanation(story: StoryForAuthor) -> str:
    """Explain to the author a decision that took the story off the wall, or did not let it there."""
    state = State(story.state)
    explanations = EXPLANATIONS_OF_EDITS if story.edit_of_id else EXPLANATIONS
    words = str(explanations.get(state, OFF_THE_WALL))
    if state in SECOND_OPINIONS:
        if story.is_stood_by:
            return f"{words} {SECOND_OPINIONS[state]}"
        if story.is_final:
            return f"{words} {FINAL}"
    return words
