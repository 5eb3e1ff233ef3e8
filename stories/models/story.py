"""The story, with its constraints, and its edits as their author sees them."""

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.db import IntegrityError, models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Membership
from stories.models.audit import AuditEntry
from stories.models.author_actions import AuthorActions
from stories.models.choices import (
    EVER_PUBLISHED_STATES,
    OPEN_STATES,
    WRITING_STATES,
    Kind,
    Quality,
    State,
)
from stories.models.decisions import Decisions
from stories.models.fields import StoryFields
from stories.models.queryset import StoryQuerySet
from stories.models.reactions import ReaderActions
from stories.models.review import has_watched_word, is_reviewed
from stories.models.text import StoryText
from stories.models.undo import Undo
from stories.text import CODE_POINTS_PER_CHARACTER

MOST_CHARACTERS = 1_000  # as a person counts them: grapheme clusters
MOST_CODE_POINTS = MOST_CHARACTERS * CODE_POINTS_PER_CHARACTER


def first_unsettled(entries: Iterable[AuditEntry]) -> AuditEntry | None:
    """Return the first of the latest decisions that the author must not see yet; one may have superseded another."""
    first: AuditEntry | None = None
    for entry in entries:
        first = (first or entry) if entry.is_unsettled else None
    return first


def no_quality_before(field: str, earlier: str) -> Q:
    return Q(**{field: ""}) | (~Q(**{earlier: ""}) & ~Q(**{field: F(earlier)}))


class Story(AuthorActions, Decisions, Undo, ReaderActions):
    """A micro-kindness that somebody gave, received or witnessed.

    Every change of state is one method: of its author (author_actions.py), of moderators (decisions.py, undo.py) or of
    readers (reactions.py). Each compares and sets (state, revision) in the database. Of two people who act at once,
    one wins and the other gets Overtaken. Repeating an action changes nothing and returns False.
    """

    objects = StoryQuerySet.as_manager()

    class Meta(StoryFields.Meta):
        abstract = False
        verbose_name_plural = "stories"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "author", "created_by_editor"], name="story_once_per_editor"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="story_state_known"),
            models.CheckConstraint(condition=Q(kind__in=[*Kind.values, ""]), name="story_kind_known"),
            models.CheckConstraint(
                condition=Q(first_quality__in=[*Quality.values, ""])
                & Q(second_quality__in=[*Quality.values, ""])
                & Q(third_quality__in=[*Quality.values, ""]),
                name="story_qualities_known",
            ),
            models.CheckConstraint(
                condition=no_quality_before("second_quality", "first_quality")
                & no_quality_before("third_quality", "second_quality")
                & (Q(third_quality="") | ~Q(third_quality=F("first_quality"))),
                name="story_qualities_in_order_and_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=WRITING_STATES) | (~Q(kind="") & ~Q(first_quality="") & ~Q(body="")),
                name="story_complete_unless_being_written",
            ),
            models.CheckConstraint(condition=Q(body__length__lte=MOST_CODE_POINTS), name="story_not_endless"),
            models.CheckConstraint(
                condition=~Q(state__in=EVER_PUBLISHED_STATES) | Q(published_at__isnull=False),
                name="story_published_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False) | Q(state__in=EVER_PUBLISHED_STATES),
                name="story_without_author_only_from_the_wall",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PENDING) | Q(submitted_at__isnull=False),
                name="story_pending_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(edit_of__isnull=True) | ~Q(state__in=EVER_PUBLISHED_STATES) & Q(author__isnull=False),
                name="story_edit_never_hangs_itself",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ACCEPTED) | Q(edit_of__isnull=False), name="story_accepted_is_an_edit"
            ),
            models.UniqueConstraint(
                fields=["edit_of"],
                condition=Q(state__in=OPEN_STATES),
                name="story_one_open_edit",
            ),
        ]
        indexes: ClassVar = [
            # The last columns of these four are there so that a part of the wall, such as a month or an author's
            # stories, is put into any order from the index alone.
            models.Index(
                "team",
                F("published_at").desc(),
                F("id").desc(),
                "uplift_count",
                "warmth",
                "state",
                name="story_wall",
                condition=Q(state="published"),
            ),
            models.Index(
                "team",
                "author",
                F("published_at").desc(),
                F("id").desc(),
                "uplift_count",
                "warmth",
                "state",
                name="story_by_author",
                condition=Q(state="published"),
            ),
            models.Index(
                "team",
                F("uplift_count").desc(),
                F("id").desc(),
                "published_at",
                "author",
                "state",
                name="story_lifted",
                condition=Q(state="published"),
            ),
            models.Index(
                "team",
                F("warmth").desc(),
                F("id").desc(),
                "published_at",
                "author",
                "state",
                name="story_warm",
                condition=Q(state="published"),
            ),
            # The last columns are in it so that SQLite counts the desk's lists of pending stories from the index alone.
            models.Index(
                fields=["team", "submitted_at", "id", "state", "author", "submission_count"],
                name="story_queue",
                condition=Q(state="pending"),
            ),
            models.Index(
                "team",
                "submitted_at",
                "id",
                "stood_by_at",
                "author",
                "state",
                "submission_count",
                name="story_stood_by",
                condition=Q(state="pending") & Q(stood_by_at__isnull=False),
            ),
            models.Index(
                fields=["team", "published_at", "id", "author", "state"], name="story_aside", condition=Q(state="aside")
            ),
            models.Index(
                "team",
                F("unreviewed_since").desc(),
                F("id").desc(),
                "author",
                "state",
                name="story_unreviewed",
                condition=Q(state="published") & Q(unreviewed_since__isnull=False),
            ),
            # The queue asks of each author whether they are new.
            models.Index(fields=["team", "author"], name="story_let_in", condition=Q(published_at__isnull=False)),
            models.Index(fields=["team", "-decided_at", "-id"], name="story_spam", condition=Q(state="spam")),
            models.Index("team", "author", F("updated_at").desc(), F("id").desc(), name="story_mine"),
            # The state is in the index so that the page about an author counts and filters by it alone.
            models.Index(
                "team", "author", F("id").desc(), "state", name="story_of_author", condition=~Q(state="draft")
            ),
            models.Index(fields=["team", "author"], name="story_drafts", condition=Q(state="draft")),
            models.Index(
                "team",
                F("decided_at").desc(),
                F("id").desc(),
                name="story_decided",
                condition=Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind or 'unfinished'} story {self.pk}, {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("story", kwargs={"team": self.team.slug, "pk": self.pk})

    @classmethod
    def begin(
        cls,
        *,
        by: Membership,
        editor: uuid.UUID,
        sequence: int = 0,
        text: StoryText,
        edit_of: "Story | None" = None,
    ) -> tuple["Story", bool]:
        """Return the draft that this editor has begun, and whether it is new.

        With `edit_of`, begin an edit of that story. A story has one open edit at a time, so an open one is returned.
        """
        if edit_of:
            edit_of._only_its_author(by)
            if opened := edit_of.open_edit:
                return opened, False
        try:
            return cls.objects.get_or_create(
                team=by.team,
                author=by.user,
                created_by_editor=editor,
                defaults={
                    **text.story_columns(),
                    "saved_by_editor": editor,
                    "edit_of": edit_of,
                    "save_sequence": sequence,
                },
            )
        except IntegrityError:
            if edit_of and (opened := edit_of.open_edit):  # in another window, at the same moment
                return opened, False
            raise

    @property
    def open_edit(self) -> "Story | None":
        """Return the edit that the author is writing or has submitted."""
        return self.edits.open_to_their_author().with_author_and_team().first()

    @property
    def latest_edit(self) -> "Story | None":
        """Return the latest edit that was not accepted."""
        return self.edits.without_accepted_edits().with_author_and_team().with_original().order_by("-pk").first()

    @property
    def edit_under_way(self) -> "Story | None":
        """Return the edit that is open as its author sees it: one that is spam or was just declined is open to them."""
        latest = self.latest_edit
        return latest if latest and latest.state_for_author() in OPEN_STATES else None

    def may_be_edited_by(self, by: Membership, text: StoryText | None = None) -> bool:
        """Return whether this author may change the text in place, to `text`: it is not under review, or needs none."""
        if self.author_id != by.user_id:
            return False
        return self.is_editable or (self.is_published and not self.needs_review_to_change(by, text))

    def needs_review_to_change(self, by: Membership, text: StoryText | None = None) -> bool:
        """Return whether an edit of this published story waits for a moderator while the old text stays.

        With `text`, return whether this very text does.
        """
        if text is not None and has_watched_word(text, by.team):
            return True
        return not by.may_moderate and is_reviewed(by)

    def is_changed_by_an_edit(self, by: Membership, text: StoryText | None = None) -> bool:
        """Return whether this author changes the published story, to `text`, by an edit that waits for review."""
        return self.author_id == by.user_id and self.is_published and self.needs_review_to_change(by, text)

    def unsettled_decision(self, lately: Iterable[AuditEntry] | None = None) -> AuditEntry | None:
        """Return the decision that the author must not see yet, or None.

        `lately` are the entries in effect that can still be undone, oldest first, where the caller has read them.
        """
        if self.state == State.SPAM or not self.is_settling:
            return None
        return first_unsettled(self.audit_log.in_effect().within_undo().oldest_first() if lately is None else lately)

    def state_for_author(self, lately: Iterable[AuditEntry] | None = None) -> State:
        """Return the state that the author sees: before unsettled decisions, and pending where it is spam."""
        return self.state_before(self.unsettled_decision(lately))

    def state_before(self, unsettled: AuditEntry | None) -> State:
        """Return the same where the caller has the unsettled decision already."""
        if self.state == State.SPAM:
            return State.PENDING
        return State(unsettled.from_state if unsettled else self.state)

    @property
    def has_unsettled_decision(self) -> bool:
        """Return whether a moderator has just decided something that the author does not see yet."""
        return self.state != State.SPAM and self.state_for_author() != self.state

    @property
    def fix(self) -> "tuple[AuditEntry, AuditEntry] | None":
        """Return the entries with the author's text and the moderator's fix, while the fixed text is published."""
        return Story.objects.fix_in(self)
