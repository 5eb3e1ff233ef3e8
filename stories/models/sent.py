"""Stories as moderators may read them: with the text that was submitted, never with one that was not.

An author changes the text of a draft and of a returned story. Moderators see no text of a draft, and of a returned
story the text that was returned. In every other state the present text was submitted.
"""

from collections.abc import Collection, Iterable, Iterator
from copy import copy
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from accounts.models import Membership
from stories.models.audit import AuditEntry
from stories.models.choices import SUBMISSION_DECISIONS, WRITING_STATES, State
from stories.models.queryset import StoryQuerySet
from stories.models.story import Story
from stories.models.text import StoryText

LARGEST_NUMBER = 2**63 - 1  # that the database can compare with


class SentStoryQuerySet(StoryQuerySet):
    """Loads stories with their submitted texts. One more query where any of them is returned."""

    def _fetch_all(self) -> None:
        loaded = self._result_cache is None
        super()._fetch_all()
        if loaded:
            stories = [story for story in self._result_cache or [] if isinstance(story, SentStory)]
            give_sent_texts(stories)

    if TYPE_CHECKING:

        def __iter__(self) -> Iterator["SentStory"]: ...

        def first(self) -> "SentStory | None": ...


class SentStory(Story):
    """A story as moderators may read it. It cannot carry a text that was not submitted, however it is loaded.

    It is only read: decisions are methods of `itself`.
    """

    objects: ClassVar = SentStoryQuerySet.as_manager()

    returned_by: AuditEntry | None = None  # the decision that returned the story, once it is loaded
    is_being_rewritten = False  # whether the author has changed the text since
    # Facts for the desk: None where the story was not read together with them.
    is_reported: bool | None = None  # whether it has open reports
    has_notes: bool | None = None  # of moderators
    decision_counts: dict[str, int] | None = None  # on its author's stories in the team; None also before the first
    assigned_away_until: date | None = None  # the day until which the moderator whom it is assigned to is away

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name_plural = "stories"

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **how: Any) -> Self:
        story = super().from_db(db, field_names, values, **how)
        if story.__dict__.get("state", State.DRAFT) in WRITING_STATES:
            story._forget_text()
        return story

    @classmethod
    def of(cls, story: Story) -> "SentStory":
        """Return the same story for moderators; one query where it is returned."""
        sent = as_sent_unread(story)
        give_sent_texts([sent])
        return sent

    @property
    def itself(self) -> Story:
        """Return the story to act on, at the revision that was submitted, so that a later one is noticed."""
        story = copy(self)
        story.__class__ = Story  # type: ignore[assignment]
        return story

    @property
    def refusal_in_effect(self) -> AuditEntry | None:
        return self.returned_by if self.state == State.RETURNED else super().refusal_in_effect

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("A story as it was sent is read once.")

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("A story as it was sent is only read.")

    def _forget_text(self) -> None:
        self.text = StoryText()

    def _take_text(self, decision: AuditEntry | None) -> None:
        """Show the text that the decision was about, or none where it was erased."""
        self.text = decision.text if decision else StoryText()
        self.returned_by = decision
        self.is_being_rewritten = decision is None or decision.revision != self.revision
        if decision is None:
            return
        self.revision = decision.revision
        if self.is_being_rewritten and "updated_at" in self.__dict__:
            self.updated_at = self.submitted_at or decision.created_at


def as_sent_unread(story: Story) -> SentStory:
    """Return the story for moderators, without a text that its author may be changing."""
    sent = cast(SentStory, copy(story))
    sent.__class__ = SentStory
    if sent.state in WRITING_STATES:
        sent._forget_text()
    return sent


def give_sent_texts(stories: Iterable[SentStory]) -> None:
    """Give returned stories, and the returned originals of edits, the text that was submitted."""
    loaded = list(stories)
    for story in loaded:
        original = story._state.fields_cache.get("edit_of")
        if isinstance(original, Story) and not isinstance(original, SentStory):
            story._state.fields_cache["edit_of"] = as_sent_unread(original)
    originals = [original for story in loaded if (original := story._state.fields_cache.get("edit_of"))]
    returned = [story for story in [*loaded, *originals] if story.__dict__.get("state") == State.RETURNED]
    if not returned:
        return
    in_effect = AuditEntry.objects.about(story.pk for story in returned).in_effect()
    decisions = in_effect.filter(action__in=SUBMISSION_DECISIONS).oldest_first()
    latest = {entry.story_id: entry for entry in decisions}
    for story in returned:
        story._take_text(latest.get(story.pk))


def seen_by(membership: Membership, numbers: Iterable[int]) -> dict[int, Story]:
    """Return the stories among these that this person may read, by primary key; two queries at most.

    Their own and published ones come as Story, all others come to moderators as SentStory.
    """
    wanted = {pk for pk in numbers if pk <= LARGEST_NUMBER}
    seen = Story.objects.visible_to(membership).with_author_and_team().in_bulk(wanted)
    if membership.may_moderate and wanted - seen.keys():
        sent = SentStory.objects.sent_to(membership).with_author_and_team()
        seen |= sent.in_bulk(wanted - seen.keys())
    return seen
