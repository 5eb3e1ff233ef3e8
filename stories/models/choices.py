"""The fixed choices of stories, and the named sets of them that the rest of the code uses."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    GIVEN = "given", _("Given")
    RECEIVED = "received", _("Received")
    WITNESSED = "witnessed", _("Witnessed")


class Quality(models.TextChoices):
    """The labels stand in the middle of a sentence, as do those of the states."""

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
    TAKEN_DOWN = "taken-down", _("taken down")  # by its author, who can put it back
    # Reported by members and not on the wall until a moderator has decided on the reports.
    HIDDEN = "aside", _("hidden")
    # The author is not told and sees the story as pending.
    SPAM = "spam", _("spam")
    # An edit whose text was given to the published story.
    ACCEPTED = "accepted", _("accepted")


class Action(models.TextChoices):
    """Everything that people do to a story. The decisions among them are in DECISIONS."""

    SUBMIT = "submit", _("Submit")
    WITHDRAW = "withdraw", _("Withdraw")
    PUBLISH = "publish", _("Publish")
    RETURN = "return", _("Return")
    DECLINE = "decline", _("Decline")
    REMOVE = "remove", _("Remove")
    RESTORE = "restore", _("Restore")
    EDIT = "edit", _("Edit")
    TAKE_DOWN = "take-down", _("Take down")
    PUT_BACK = "put-back", _("Put back")
    STAND_BY = "stand-by", _("Ask for a second opinion")
    SPAM = "spam", _("Spam")
    NOT_SPAM = "not-spam", _("Not spam")
    UNDO = "undo", _("Undo")
    FIX = "fix", _("Fix a typo")
    OWN_WORDS = "own-words", _("Keep my words")
    HIDE = "aside", _("Hide until a moderator looks")
    DISMISS_REPORTS = "keep", _("Dismiss the reports")
    REVIEW = "review", _("Look at a published story")
    ASSIGN = "hand", _("Assign to a colleague")  # stored under its former name

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
    Action.TAKE_DOWN: pgettext_lazy("somebody did it", "took down"),
    Action.PUT_BACK: pgettext_lazy("somebody did it", "put back"),
    Action.STAND_BY: pgettext_lazy("somebody did it", "asked for a second opinion on"),
    Action.SPAM: pgettext_lazy("somebody did it", "marked as spam"),
    Action.NOT_SPAM: pgettext_lazy("somebody did it", "took the spam mark off"),
    Action.UNDO: pgettext_lazy("somebody did it", "undid a decision on"),
    Action.FIX: pgettext_lazy("somebody did it", "fixed a typo in"),
    Action.OWN_WORDS: pgettext_lazy("somebody did it", "took back the fix of"),
    Action.HIDE: pgettext_lazy("somebody did it", "hid"),
    Action.DISMISS_REPORTS: pgettext_lazy("somebody did it", "dismissed the reports on"),
    Action.REVIEW: pgettext_lazy("somebody did it", "looked at"),
    Action.ASSIGN: pgettext_lazy("somebody did it", "assigned"),
}

# Named sets of actions. A name that ends in DECISIONS holds only what moderators do.

# All that a moderator decides. Each can be undone for ten seconds.
DECISIONS = (
    Action.PUBLISH,
    Action.RETURN,
    Action.DECLINE,
    Action.REMOVE,
    Action.RESTORE,
    Action.SPAM,
    Action.NOT_SPAM,
    Action.DISMISS_REPORTS,
    Action.REVIEW,
)
# Decisions on a submission that its author hears of.
VERDICTS = (Action.PUBLISH, Action.RETURN, Action.DECLINE)
# Verdicts that do not publish the story.
REFUSALS = (Action.RETURN, Action.DECLINE)
# Decisions that only moderators ever see.
SPAM_DECISIONS = (Action.SPAM, Action.NOT_SPAM)
# All decisions on a submission.
SUBMISSION_DECISIONS = (*VERDICTS, *SPAM_DECISIONS)
# Decisions on a published story that close its reports.
REPORT_DECISIONS = (Action.REMOVE, Action.DISMISS_REPORTS)
# Actions of a moderator on a story that waits for review.
PENDING_ACTIONS = (Action.PUBLISH, Action.FIX, Action.RETURN, Action.DECLINE, Action.SPAM)
# Decisions that carry a letter to the author.
LETTER_ACTIONS = (*REFUSALS, Action.REMOVE)
# Actions whose message the author and the moderators read as one conversation.
CONVERSATION_ACTIONS = (*LETTER_ACTIONS, Action.STAND_BY)
# Actions by which an author puts a text forward; where nobody reviews it first, it is published at once.
SENDING_ACTIONS = (Action.SUBMIT, Action.EDIT)
# Actions after which a published text counts as read by a moderator; to fix a typo is to read the author's words, too.
READING_ACTIONS = (Action.PUBLISH, Action.RESTORE, Action.DISMISS_REPORTS, Action.REVIEW, Action.OWN_WORDS)
# Actions after which the text may be another one.
TEXT_ACTIONS = (Action.EDIT, Action.FIX, Action.OWN_WORDS, Action.UNDO)
# Actions that an undo can take back: together with an accepted edit it takes back the change to the original story.
REVERSIBLE_ACTIONS = (*DECISIONS, Action.EDIT)
# Decisions that the author does not see until they cannot be undone any more.
DELAYED_DECISIONS = LETTER_ACTIONS
# Actions that the author never hears of: spam, reports, a look at what is published, and what moderators arrange among
# themselves.
UNSEEN_ACTIONS = (*SPAM_DECISIONS, Action.HIDE, Action.DISMISS_REPORTS, Action.REVIEW, Action.ASSIGN)
# Actions that leave `updated_at` alone, because the author would notice them by the order of their own stories.
QUIET_ACTIONS = (*DELAYED_DECISIONS, *SPAM_DECISIONS, Action.DISMISS_REPORTS, Action.REVIEW)
# Actions that other apps hear of once they have settled (stories/settlement.py): they change what people see, or
# somebody waits for them. A submission is announced as well where nobody reviews it.
ANNOUNCED_ACTIONS = (
    Action.PUBLISH,
    Action.RETURN,
    Action.DECLINE,
    Action.REMOVE,
    Action.RESTORE,
    Action.EDIT,
    Action.TAKE_DOWN,
    Action.PUT_BACK,
    Action.OWN_WORDS,
    Action.HIDE,
    Action.DISMISS_REPORTS,
)

# Named sets of states.

# The author may be changing the text, and it may be incomplete.
WRITING_STATES = (State.DRAFT, State.RETURNED)
# Returned or declined: the author may ask for a second opinion.
REFUSED_STATES = (State.RETURNED, State.DECLINED)
# An edit in one of these may still be accepted; a story has at most one such edit.
OPEN_STATES = (State.DRAFT, State.PENDING, State.RETURNED)
# The author takes these for open, because spam looks to them as if it waited.
OPEN_TO_AUTHOR_STATES = (*OPEN_STATES, State.SPAM)
# Published, or set aside and perhaps published again tomorrow.
WALL_STATES = (State.PUBLISHED, State.HIDDEN)
# Not published at the moment; from these a story comes back with its reactions.
OFF_WALL_STATES = (State.REMOVED, State.HIDDEN, State.TAKEN_DOWN)
# Published once. Only these may be without an author.
EVER_PUBLISHED_STATES = (State.PUBLISHED, State.REMOVED, State.HIDDEN, State.TAKEN_DOWN)
# Their author can delete these for good.
DELETABLE_STATES = (State.DRAFT, State.TAKEN_DOWN)
# Approved: the story is published, or the edit accepted.
APPROVED_STATES = (State.PUBLISHED, State.ACCEPTED)

# The decisions with a letter that are possible in each state.
LETTER_ACTIONS_BY_STATE: dict[str, tuple[Action, ...]] = {
    State.PENDING: REFUSALS,
    State.RETURNED: (Action.DECLINE,),
    State.DECLINED: (Action.RETURN,),
    State.PUBLISHED: (Action.REMOVE,),
    State.HIDDEN: (Action.REMOVE,),
}


class ReactionKind(models.TextChoices):
    SEE = "see", _("I see you")
    HIGH_FIVE = "high-five", _("High five")
    SMILE = "smile", _("Made me smile")
    WARM = "warm", _("Warmed me")
    TRY = "try", _("I’ll try this")

    @property
    def counter(self) -> str:
        """Return the name of the story's column that counts this reaction."""
        return f"{self.name.lower()}_count"
