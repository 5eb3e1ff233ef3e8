"""The product's fixed words: what a story is about, where it stands, how it is answered."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    GIVEN = "given", _("Given")
    RECEIVED = "received", _("Received")
    WITNESSED = "witnessed", _("Witnessed")


class Quality(models.TextChoices):
    """Said in the middle of a sentence, as are the states."""

    LOVE = "love", _("love")
    RESPECT = "respect", _("respect")
    HOPE = "hope", _("hope")
    ENCOURAGEMENT = "encouragement", _("encouragement")
    CONSIDERATION = "consideration", _("consideration")
    POSITIVITY = "positivity", _("positivity")
    HARMONY = "harmony", _("harmony")
    PEACE = "peace", _("peace")


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    PENDING = "pending", _("waiting")
    PUBLISHED = "published", _("published")
    RETURNED = "returned", _("returned")
    DECLINED = "declined", _("declined")
    REMOVED = "removed", _("removed")
    # Off the wall until a moderator has looked at what members reported of it.
    HIDDEN = "aside", _("set aside")
    # Silent: its author is told nothing, and sees it wait.
    SPAM = "spam", _("spam")
    # A new text of a published story, once the story has it.
    ACCEPTED = "accepted", _("accepted")


class Action(models.TextChoices):
    """What somebody did to a story; the decisions are a moderator's."""

    SUBMIT = "submit", _("Submit")
    WITHDRAW = "withdraw", _("Withdraw")
    PUBLISH = "publish", _("Publish")
    RETURN = "return", _("Return")
    DECLINE = "decline", _("Decline")
    REMOVE = "remove", _("Remove")
    RESTORE = "restore", _("Restore")
    EDIT = "edit", _("Edit")
    STAND_BY = "stand-by", _("Stand by")
    SPAM = "spam", _("Spam")
    NOT_SPAM = "not-spam", _("Not spam")
    UNDO = "undo", _("Undo")
    FIX = "fix", _("Fix a typo")
    OWN_WORDS = "own-words", _("Keep my words")
    HIDE = "aside", _("Set aside")
    KEEP = "keep", _("Leave it on the wall")
    HAND = "hand", _("Hand to a colleague")

    @property
    def past(self) -> str:
        return str(PAST[self])


PAST = {
    Action.SUBMIT: pgettext_lazy("somebody did it", "submitted"),
    Action.WITHDRAW: pgettext_lazy("somebody did it", "withdrew"),
    Action.PUBLISH: pgettext_lazy("somebody did it", "published"),
    Action.RETURN: pgettext_lazy("somebody did it", "returned"),
    Action.DECLINE: pgettext_lazy("somebody did it", "declined"),
    Action.REMOVE: pgettext_lazy("somebody did it", "removed"),
    Action.RESTORE: pgettext_lazy("somebody did it", "restored"),
    Action.EDIT: pgettext_lazy("somebody did it", "edited"),
    Action.STAND_BY: pgettext_lazy("somebody did it", "stood by"),
    Action.SPAM: pgettext_lazy("somebody did it", "marked as spam"),
    Action.NOT_SPAM: pgettext_lazy("somebody did it", "cleared of spam"),
    Action.UNDO: pgettext_lazy("somebody did it", "undid a decision on"),
    Action.FIX: pgettext_lazy("somebody did it", "fixed a typo in"),
    Action.OWN_WORDS: pgettext_lazy("somebody did it", "took back the fix of"),
    Action.HIDE: pgettext_lazy("somebody did it", "set aside"),
    Action.KEEP: pgettext_lazy("somebody did it", "left on the wall"),
    Action.HAND: pgettext_lazy("somebody did it", "handed on"),
}
# What a moderator did with a story. Each can be undone for a moment.
DECISIONS = (
    Action.PUBLISH,
    Action.RETURN,
    Action.DECLINE,
    Action.REMOVE,
    Action.RESTORE,
    Action.SPAM,
    Action.NOT_SPAM,
    Action.KEEP,
)
# Those that an undoing takes back: with the letting in of a new text, also its story's taking it over.
UNDOABLE = (*DECISIONS, Action.EDIT)
# Those that say what is to become of a story that waits, or take that back.
ANSWERS = (Action.PUBLISH, Action.RETURN, Action.DECLINE, Action.SPAM, Action.NOT_SPAM)
# Those that bring a text to the wall by its author's own hand, where nobody reads it first.
SENT = (Action.SUBMIT, Action.EDIT)
# Those that leave a text hanging that a moderator has read; whoever fixed a typo had read it with that, too.
READ_AND_PUBLISHED = (Action.PUBLISH, Action.RESTORE, Action.KEEP, Action.OWN_WORDS)
# Those that the author does not see before nobody can undo them any more.
SETTLING = (Action.RETURN, Action.DECLINE, Action.REMOVE)
# Those that its author never hears of: the silent path, what goes on between moderators, and what is about a report.
UNSEEN_BY_AUTHOR = (Action.SPAM, Action.NOT_SPAM, Action.HIDE, Action.KEEP, Action.HAND)
# Those that leave the story's place among its author's own, who would notice them by it.
QUIET = (*SETTLING, Action.SPAM, Action.NOT_SPAM, Action.KEEP)
# Those that other apps hear of once they have settled (stories/settlement.py): they changed what people see, or are
# an answer that somebody waits for. A submission is one where nobody reviews it.
ANNOUNCED = (
    Action.PUBLISH,
    Action.RETURN,
    Action.DECLINE,
    Action.REMOVE,
    Action.RESTORE,
    Action.EDIT,
    Action.OWN_WORDS,
    Action.HIDE,
    Action.KEEP,
)


class ReactionKind(models.TextChoices):
    SEE = "see", _("I see you")
    HIGH_FIVE = "high-five", _("High five")
    SMILE = "smile", _("Made me smile")
    WARM = "warm", _("Warmed me")
    TRY = "try", _("I’ll try this")

    @property
    def counter(self) -> str:
        """The story's column that counts this reaction."""
        return f"{self.name.lower()}_count"
