"""Sentences about the way of a person's stories to the wall, for that person and for moderators."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Membership, Policy, Trust
from stories.models.review import Review, is_reviewed_as_newcomer, review_of

# For moderators, about another person.
FOR_MODERATORS = {
    Review.EVERYONE: gettext_lazy("A moderator reads everybody’s stories here first, and so theirs."),
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
    if review == Review.NEWCOMER:
        return progress_of_newcomer(member)
    if review == Review.ALWAYS and member.trust_told_at:
        return _("A moderator chose to read their stories first. They are told so.")
    if review == Review.ALWAYS:
        return _("A moderator chose to read their stories first. They are not told that.")
    if review:
        return str(FOR_MODERATORS[review])
    if member.trust == Trust.TRUSTED:
        return _("Their stories are published at once: a moderator marked them as trusted.")
    return _("By the team’s rule, their stories are published at once.")


def progress_of_newcomer(member: Membership) -> str:
    """Return how many of the stories that a newcomer needs have been published."""
    needed, published = member.team.newcomer_until, member.user.stories.of(member.team).let_in()
    counted = ngettext(
        "They are new here: %(published)d of %(needed)d story is published. "
        "Until then, a moderator reads theirs first.",
        "They are new here: %(published)d of %(needed)d stories are published. "
        "Until then, a moderator reads theirs first.",
        needed,
    )
    return counted % {"published": published, "needed": needed}


def review_for_author(member: Membership) -> str:
    """Return the sentence for the person themselves, which must not reveal spam or a decline that can be undone.

    "Now and then a moderator reads one first" is true for everybody, so that a story that waits reveals nothing.
    """
    review = review_visible_to_author(member)
    if review:
        return reason_for_author(member, review)
    if member.trust == Trust.TRUSTED:
        return _("You are trusted here: your stories are published at once. Now and then a moderator reads one first.")
    return _("Your stories are published at once. Now and then a moderator reads one first.")


def reason_for_author(member: Membership, review: Review) -> str:
    """Return why a moderator reads the person's stories first, in words for that person."""
    if review == Review.ALWAYS and member.trust_told_at:
        return _("A moderator has asked to read your stories first.")
    if review == Review.ALWAYS and member.team.policy == Policy.EVERYONE:
        return str(Review.EVERYONE.label)
    return str(review.label)


def review_visible_to_author(member: Membership) -> Review | None:
    review = review_of(member)
    undoable = review == Review.DECLINED and member.user.stories.of(member.team).settling().exists()
    if review == Review.SPAM or undoable:
        return Review.NEWCOMER if is_reviewed_as_newcomer(member) else None
    return review
