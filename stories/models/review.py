"""Whether and why a moderator reads a person's stories before they are published."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Policy, Team, Trust
from kindwall import clock
from stories.models.text import StoryText
from stories.watch_words import watched_words

DECLINES_WITHIN = timedelta(days=30)
MOST_DECLINES = 2  # within that time; then a person's stories are reviewed again


class Review(models.TextChoices):
    """Why a person's stories are reviewed. The labels are read by that person."""

    EVERYONE = "everyone", gettext_lazy("A moderator reads every story first.")
    NEWCOMER = (
        "newcomer",
        gettext_lazy("A moderator reads your first stories. After a few, your stories are published at once."),
    )
    # As little as is true: that a moderator asked for it is told only where one chose to tell it (review_sentences).
    ALWAYS = "always", gettext_lazy("A moderator reads your stories first.")
    DECLINED = (
        "declined",
        gettext_lazy("Two of your stories were declined within thirty days, so a moderator reads the next ones first."),
    )
    # Says no more than the others do: an author must not notice that a story was marked as spam.
    SPAM = "spam", gettext_lazy("A moderator reads it first.")


def is_reviewed(membership: Membership) -> bool:
    return review_of(membership) is not None


def review_of(membership: Membership) -> Review | None:
    """Return why this person's stories are reviewed, or None where they are published at once.

    Read once for each Membership object, and again after `set_trust`.
    """
    if "review" not in membership.derived:
        membership.derived["review"] = _read_review(membership)
    review: Review | None = membership.derived["review"]
    return review


def _read_review(membership: Membership) -> Review | None:
    """Let moderators' trust in the person come first, then the team's policy."""
    if membership.trust == Trust.ALWAYS:
        return Review.ALWAYS
    if membership.trust == Trust.USUAL and membership.team.policy == Policy.EVERYONE:
        return Review.EVERYONE
    stories = membership.user.stories.of(membership.team)
    if stories.marked_as_spam().exists():
        return Review.SPAM
    if stories.declined_since(_declines_count_from(membership)) >= MOST_DECLINES:
        return Review.DECLINED
    return Review.NEWCOMER if is_reviewed_as_newcomer(membership) else None


def has_watched_word(text: StoryText, team: Team) -> bool:
    """Return whether the text has a word that a moderator wants to read before it is published."""
    return bool(watched_words(text.body, team.watch_word_list))


def is_reviewed_as_newcomer(membership: Membership) -> bool:
    if membership.trust != Trust.USUAL or membership.team.policy != Policy.NEWCOMERS:
        return False
    return membership.user.stories.of(membership.team).let_in() < membership.team.newcomer_until


def _declines_count_from(membership: Membership) -> datetime:
    """Return the start of the period in which declines count: a change of trust settles those before it."""
    start = clock.now() - DECLINES_WITHIN
    return max(start, membership.trust_changed_at) if membership.trust_changed_at else start
