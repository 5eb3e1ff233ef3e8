"""Data that the database itself refuses, whatever the code does."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Membership, Reason, Team, User
from stories.models import (
    Assignment,
    AuditEntry,
    Claim,
    ModeratorNote,
    OutboxEvent,
    Reaction,
    Report,
    State,
    Story,
    Uplift,
)
from tests.conftest import Cast
from tests.factories import make_edit, make_story


@pytest.fixture(autouse=True)
def cast_of_this_module(cast: Cast) -> None:
    """Allow the database to every test of this module."""


def refuses(constraint: str, write: Callable[[], Any]) -> None:
    """Check that the write is refused by this constraint."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write()
    named = constraint in str(refused.value)
    # SQLite names the columns of a unique pair instead of the constraint.
    assert named or (connection.vendor == "sqlite" and "UNIQUE constraint failed" in str(refused.value)), refused.value


LONG = "x" * 10_001
BAD_STORIES = [
    ("story_state_known", {"state": "lost"}),
    ("story_kind_known", {"kind": "stolen"}),
    ("story_qualities_known", {"first_quality": "envy"}),
    ("story_qualities_known", {"first_quality": "love", "second_quality": "envy"}),
    ("story_qualities_known", {"first_quality": "love", "second_quality": "hope", "third_quality": "envy"}),
    ("story_qualities_in_order_and_once", {"first_quality": "love", "second_quality": "love"}),
    ("story_qualities_in_order_and_once", {"second_quality": "hope", "third_quality": "hope"}),
    ("story_qualities_in_order_and_once", {"second_quality": "peace", "third_quality": "hope"}),
    ("story_qualities_in_order_and_once", {"first_quality": "love", "third_quality": "hope"}),
    ("story_complete_unless_being_written", {"body": ""}),
    ("story_complete_unless_being_written", {"kind": ""}),
    ("story_complete_unless_being_written", {"first_quality": ""}),
    ("story_not_endless", {"body": LONG}),
    ("story_published_has_its_moment", {"published_at": None}),
    ("story_published_has_its_moment", {"state": "removed", "published_at": None}),
    ("story_published_has_its_moment", {"state": "aside", "published_at": None}),
    ("story_accepted_is_an_edit", {"state": "accepted"}),
    ("story_pending_has_its_moment", {"state": "pending", "submitted_at": None}),
    ("uplift_count", {"uplift_count": -1}),
    ("see_count", {"see_count": -1}),
    ("high_five_count", {"high_five_count": -1}),
    ("smile_count", {"smile_count": -1}),
    ("warm_count", {"warm_count": -1}),
    ("try_count", {"try_count": -1}),
    ("revision", {"revision": -1}),
]


@pytest.mark.parametrize(("constraint", "values"), BAD_STORIES, ids=[f"{name} {bad}"[:70] for name, bad in BAD_STORIES])
def test_database_refuses_bad_story(story: Story, constraint: str, values: dict[str, Any]) -> None:
    refuses(constraint, lambda: Story.objects.filter(pk=story.pk).update(**values))


@pytest.mark.parametrize("state", [state for state in State if state not in ("draft", "returned")])
def test_only_draft_or_returned_story_may_be_incomplete(cast: Cast, state: str) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    for column in ("body", "kind", "first_quality"):
        refuses("story_complete_unless_being_written", lambda: Story.objects.filter(pk=story.pk).update(**{column: ""}))  # noqa: B023
    for being_written in ("draft", "returned"):
        writing = make_story(author=cast.member, moderator=cast.moderator, state=being_written)
        assert Story.objects.filter(pk=writing.pk).update(body="", kind="", first_quality="") == 1


def test_longest_text_fits(story: Story) -> None:
    assert Story.objects.filter(pk=story.pk).update(body="x" * 10_000) == 1


def test_editor_makes_one_story(cast: Cast) -> None:
    editor = uuid.uuid4()
    begun = {"team": cast.team, "author": cast.member.user, "created_by_editor": editor}
    twice = [Story(**begun, body=str(number)) for number in (1, 2)]
    refuses("story_once_per_editor", lambda: Story.objects.bulk_create(twice))


def test_one_uplift_for_each_person_and_story(cast: Cast, story: Story) -> None:
    Uplift.objects.create(story=story, user=cast.newcomer.user)
    refuses("uplift_once", lambda: Uplift.objects.bulk_create([Uplift(story=story, user=cast.newcomer.user)]))


def test_each_reaction_once_for_each_person_and_story(cast: Cast, story: Story) -> None:
    Reaction.objects.create(story=story, user=cast.newcomer.user, kind="warm")
    Reaction.objects.create(story=story, user=cast.newcomer.user, kind="see")
    again = Reaction(story=story, user=cast.newcomer.user, kind="warm")
    refuses("reaction_once", lambda: Reaction.objects.bulk_create([again]))


def test_unknown_choices_are_refused(cast: Cast, story: Story) -> None:
    Reaction.objects.create(story=story, user=cast.newcomer.user, kind="warm")
    refuses("reaction_kind_known", lambda: Reaction.objects.update(kind="shrug"))
    refuses("audit_action_known", lambda: entry_of(story, action="forget"))
    Report.make(story, by=cast.newcomer, reason="hurts")
    refuses("report_reason_known", lambda: Report.objects.update(reason="dull"))
    refuses("outbox_kind_known", lambda: OutboxEvent.objects.update(kind="noise"))
    refuses("membership_role_known", lambda: Membership.objects.update(role="king"))
    refuses("membership_trust_known", lambda: Membership.objects.update(trust="blind"))


def entry_of(story: Story, **values: Any) -> AuditEntry:
    """Write a row without the methods of the models."""
    given = {"from_state": "pending", "to_state": "returned", "revision": 1, "body": story.body, **values}
    return AuditEntry.objects.create(story=story, **given)


@pytest.mark.parametrize("action", ["return", "decline"])
def test_refusal_without_message_is_refused(story: Story, action: str) -> None:
    refuses("audit_no_without_message", lambda: entry_of(story, action=action))
    assert entry_of(story, action=action, message="Please say what happened.").pk


def test_decision_is_undone_once(cast: Cast, story: Story) -> None:
    entry = story.audit_log.latest("pk")
    entry_of(story, action="undo", undoes=entry)
    # By the constraint, or on SQLite by the trigger that comes before it.
    with pytest.raises(IntegrityError, match=r"undoes|append-only"), transaction.atomic():
        entry_of(story, action="undo", undoes=entry)


def test_edit_is_never_published_itself_and_one_is_open_at_a_time(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    row = Story.objects.filter(pk=edit.pk)
    for state in ("published", "removed", "aside"):
        refuses("story_edit_never_hangs_itself", lambda: row.update(state=state, published_at=story.published_at))  # noqa: B023
    second = Story(team=cast.team, author=cast.member.user, edit_of=story, body="Another.")
    refuses("story_one_open_edit", lambda: Story.objects.bulk_create([second]))
    edit.decline(by=cast.moderator, revision=edit.revision, message="Not this one.")
    second.save()


def test_one_report_for_each_person_and_story_and_one_claim_for_each_story(cast: Cast, story: Story) -> None:
    Report.make(story, by=cast.newcomer, reason="hurts")
    again = Report(story=story, reporter=cast.newcomer.user, reason="other")
    refuses("report_once", lambda: Report.objects.bulk_create([again]))
    claim = Claim.take(story, by=cast.moderator)
    second = Claim(story=story, moderator=cast.owner.user, lapses_at=claim.lapses_at)
    refuses("story_id", lambda: Claim.objects.bulk_create([second]))


def test_one_assignment_for_each_story_and_no_note_without_words(cast: Cast, pending: Story) -> None:
    Assignment.assign(pending, by=cast.moderator, to=cast.owner)
    second = Assignment(story=pending, moderator=cast.moderator.user)
    refuses("story_id", lambda: Assignment.objects.bulk_create([second]))
    empty = ModeratorNote(story=pending, moderator=cast.moderator.user, text="")
    refuses("moderator_note_has_words", lambda: ModeratorNote.objects.bulk_create([empty]))


def test_reason_has_a_name_that_is_its_own_in_the_team_or_for_its_moderator(cast: Cast) -> None:
    mine = {"team": cast.team, "user": cast.moderator.user}
    Reason.objects.bulk_create([Reason(team=cast.team, name="A"), Reason(**mine, name="A")])
    refuses("reason_named", lambda: Reason.objects.update(name=""))
    refuses("name", lambda: Reason.objects.bulk_create([Reason(team=cast.team, name="A")]))
    refuses("name", lambda: Reason.objects.bulk_create([Reason(**mine, name="A")]))


def test_address_has_one_spelling_and_one_person(cast: Cast) -> None:
    refuses("user_email_lower_case", lambda: User.objects.filter(pk=cast.stranger.pk).update(email="A@example.org"))
    taken = cast.member.user.email
    refuses("email", lambda: User.objects.filter(pk=cast.stranger.pk).update(email=taken))


def test_person_is_in_a_team_once_and_slug_is_unique(cast: Cast) -> None:
    again = Membership(team=cast.team, user=cast.member.user, role="owner")
    refuses("membership_once", lambda: Membership.objects.bulk_create([again]))
    refuses("slug", lambda: Team.objects.bulk_create([Team(name="Another", slug=cast.team.slug)]))


def delete(person: User) -> None:
    person.emailaddress_set.all().delete()  # type: ignore[attr-defined]
    person.delete()
    connection.check_constraints()  # deferred to the commit otherwise


def test_person_with_a_story_is_not_deleted(cast: Cast, story: Story) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        delete(cast.member.user)
    assert Story.objects.filter(pk=story.pk).exists()


def test_log_outlives_the_person(cast: Cast, story: Story) -> None:
    delete(cast.moderator.user)
    published = AuditEntry.objects.get(story=story, action="publish")
    assert (published.actor, published.actor_name) == (None, "Somebody who has left")


@pytest.mark.parametrize("state", ["draft", "pending", "returned", "declined", "spam"])
def test_only_story_once_published_can_lose_its_author(cast: Cast, state: str) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    authorless = Story.objects.filter(pk=story.pk)
    refuses("story_without_author_only_from_the_wall", lambda: authorless.update(author=None))


def test_stories_are_deleted_with_their_team(cast: Cast, story: Story) -> None:
    story.toggle_uplift(by=cast.newcomer)
    Team.objects.filter(pk=cast.team.pk).delete()
    assert not Story.objects.exists()
    assert not AuditEntry.objects.exists()
    assert not Uplift.objects.exists()
    assert Membership.objects.count() == 1
