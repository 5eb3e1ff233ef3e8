"""Sentences about the way of a person's stories to the wall, for that person and for moderators."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Trust
from stories.models.review import Review, is_reviewed_as_newcomer, review_of

# For moderators, about another person.
FOR_MODERATORS = {
    Review.EVERYONE: gettext_lazy("A moderator reads everybody’s stories here first, and so theirs."),
    Review.NEWCOMER: gettext_lazy(
        "They are new here: a moderator reads their stories first, until enough have been published."
    ),
    Review.ALWAYS: gettext_lazy("A moderator has settled that theirs are read first. They are told so."),
    Review.DECLINED: gettext_lazy(
        "Two of their stories were declined within thirty days, so the next ones are read first. They are told so."
    ),
    Review.SPAM: gettext_lazy(
        "Something of theirs was marked as spam, so what they send waits. They are told nothing of it."
    ),
}


def person_page_context(reader: Membership, member: Membership) -> dict[str, object]:
    """Return what a person's page shows about the review of their stories."""
    return {"how_stories_hang": review_for_author(member) if reader == member else review_for_moderators(member)}


def review_for_moderators(member: Membership) -> str:
    review = review_of(member)
    if review:
        return str(FOR_MODERATORS[review])
    if member.trust == Trust.TRUSTED:
        return _("Their stories are published at once: a moderator marked them as trusted.")
    return _("By the team’s rule, their stories are published at once.")


def review_for_author(member: Membership) -> str:
    """Return the sentence for the person themselves, which must not reveal spam or a decline that can be undone.

    "Now and then a moderator reads one first" is true for everybody, so that a story that waits reveals nothing.
    """
    review = review_visible_to_author(member)
    if review:
        return str(review.label)
    if member.trust == Trust.TRUSTED:
        return _("You are trusted here: your stories are published at once. Now and then a moderator reads one first.")
    return _("Your stories are published at once. Now and then a moderator reads one first.")


def review_visible_to_author(member: Membership) -> Review | None:
    review = review_of(member)
    undoable = review == Review.DECLINED and member.user.stories.of(member.team).settling().exists()
    if review == Review.SPAM or undoable:
        return Review.NEWCOMER if is_reviewed_as_newcomer(member) else None
    return review
