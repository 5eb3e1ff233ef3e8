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
    State.PENDING: Badge("waiting", "clock", _("Waiting")),
    State.PUBLISHED: Badge("published", "pin", _("On the wall")),
    State.RETURNED: Badge("returned", "return", _("Returned for a change")),
    State.DECLINED: Badge("declined", "decline", _("Declined")),
    State.REMOVED: Badge("removed", "close", _("Removed")),
    State.TAKEN_DOWN: Badge("draft", "return", _("Taken down")),
    State.HIDDEN: Badge("aside", "clock", _("Looked at again")),
    State.SPAM: Badge("spam", "close", _("Spam")),
    State.ACCEPTED: Badge("accepted", "check", _("On the wall")),
}

HEADINGS: dict[State, Words] = {
    State.DRAFT: _("A draft, for you alone."),
    State.PENDING: _("A moderator will read this soon."),
    State.PUBLISHED: _("Your story hangs on the wall."),
    State.RETURNED: _("Something to change, then it can hang."),
    State.DECLINED: _("This one does not hang here."),
    State.REMOVED: _("This one was removed from the wall."),
    State.TAKEN_DOWN: _("You took this story down."),
    State.HIDDEN: _("A moderator looks at this once more."),
}
HEADINGS_OF_EDITS: dict[State, Words] = HEADINGS | {
    State.PENDING: _("A moderator will read your change soon."),
    State.DECLINED: _("This change does not hang here."),
}
SECOND_OPINION_HEADING = _("Somebody else will look at this.")

OFF_THE_WALL = _("It is off the wall, and your words are kept here for you.")
EXPLANATIONS: dict[State, Words] = {
    State.RETURNED: _("Change it in place and send it again. Until then, only you and the moderators can see it."),
    State.DECLINED: _("Your words are kept here, for you. Nobody on the wall sees a trace of this."),
    State.TAKEN_DOWN: _("It is not on the wall, and nobody can react to it. It keeps the reactions that it has."),
    State.HIDDEN: _(
        "It is off the wall meanwhile. Your words are kept here, and so is all that people answered. "
        "Only you and the moderators can see it."
    ),
}
EXPLANATIONS_OF_EDITS: dict[State, Words] = EXPLANATIONS | {
    State.RETURNED: _("Change it in place and send it again. Until then the old text hangs."),
    State.DECLINED: _("Your words are kept here, for you, and the old text hangs as it was."),
}
SECOND_OPINIONS: dict[State, Words] = {
    State.RETURNED: _("This was the second look, and its answer is the last word on what has to change."),
    State.DECLINED: _("This was the second look. Its answer is final."),
}
FINAL = _("A second moderator has looked at it; their answer is the last word.")


def badge(state: str) -> Badge:
    return BADGES[State(state)]


def heading(story: StoryForAuthor) -> str:
    """Return the heading of the author's page; empty for spam and accepted edits, which authors never see."""
    if story.is_pending and story.is_stood_by:
        return str(SECOND_OPINION_HEADING)
    headings = HEADINGS_OF_EDITS if story.edit_of_id else HEADINGS
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
