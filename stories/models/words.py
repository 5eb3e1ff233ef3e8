"""The product's fixed words: what a story is about, where it stands, how it is answered."""

from django.db import models


class Kind(models.TextChoices):
    GIVEN = "given", "Given"
    RECEIVED = "received", "Received"
    WITNESSED = "witnessed", "Witnessed"


class Quality(models.TextChoices):
    LOVE = "love"
    RESPECT = "respect"
    HOPE = "hope"
    ENCOURAGEMENT = "encouragement"
    CONSIDERATION = "consideration"
    POSITIVITY = "positivity"
    HARMONY = "harmony"
    PEACE = "peace"


class State(models.TextChoices):
    DRAFT = "draft"
    PENDING = "pending", "Waiting"
    PUBLISHED = "published"
    RETURNED = "returned"
    DECLINED = "declined"
    REMOVED = "removed"


class Action(models.TextChoices):
    """What somebody did to a story; the decisions are a moderator's."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    PUBLISH = "publish"
    RETURN = "return"
    DECLINE = "decline"
    REMOVE = "remove"
    RESTORE = "restore"
    EDIT = "edit"

    @property
    def past(self) -> str:
        return PAST[self]


PAST = {
    Action.SUBMIT: "submitted",
    Action.WITHDRAW: "withdrew",
    Action.PUBLISH: "published",
    Action.RETURN: "returned",
    Action.DECLINE: "declined",
    Action.REMOVE: "removed",
    Action.RESTORE: "restored",
    Action.EDIT: "edited",
}
DECISIONS = (Action.PUBLISH, Action.RETURN, Action.DECLINE, Action.REMOVE, Action.RESTORE)


class ReactionKind(models.TextChoices):
    SEE = "see", "I see you"
    HIGH_FIVE = "high-five", "High five"
    SMILE = "smile", "Made me smile"
    WARM = "warm", "Warmed me"
    TRY = "try", "I’ll try this"

    @property
    def counter(self) -> str:
        """The story's column that counts this reaction."""
        return f"{self.name.lower()}_count"
