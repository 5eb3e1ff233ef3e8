"""Ten seconds in which whoever decided can take it back, as if it had not been."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from stories.models import AuditEntry, OutboxEvent, Overtaken, Refused, Report, State, Story, StoryText
from stories.models.audit import UNDO_FOR
from tests.conftest import Cast
from tests.factories import make_draft, make_edit, make_member, make_story, make_team
from tests.stories.transitions import CLEAR_SPAM, EVERY_DECISION, MARK_SPAM, REMOVE, RESTORE, Transition

pytestmark = pytest.mark.once

each_decision = pytest.mark.parametrize("transition", EVERY_DECISION, ids=str)
MOMENT = timedelta(microseconds=1)


def row(story: Story) -> dict[str, Any]:
    return dict(Story.objects.values().get(pk=story.pk))


def last(story: Story) -> AuditEntry:
    return story.audit_log.latest("pk")


def decided(transition: Transition, story: Story, by: Membership, at: datetime) -> AuditEntry:
    with clock.at(at):
        assert transition.do(story, by)
    return last(story)


def alike(a: datetime | None, b: datetime | None) -> bool:
    """A stamp that is read back from the log was written a moment beside it."""
    return a == b or (a is not None and b is not None and abs(a - b) < timedelta(milliseconds=500))


@each_decision
def test_the_story_is_as_it_was_and_the_undo_is_logged_once(cast: Cast, transition: Transition) -> None:
    story = transition.story(cast)
    before, now = row(story), timezone.now()
    entry = decided(transition, story, cast.moderator, now)
    with clock.at(now + UNDO_FOR - MOMENT):
        assert story.undo(entry, by=cast.moderator) is True
    after = row(story)
    moments = ("decided_at", "updated_at", "settles_at")
    assert {name: after[name] for name in after if name not in moments} == {
        name: before[name] for name in before if name not in moments
    }
    assert alike(after["decided_at"], before["decided_at"])
    assert story.state == transition.from_state
    assert not story.is_settling

    undo = last(story)
    assert (undo.action, undo.undoes, undo.actor) == ("undo", entry, cast.moderator.user)
    assert (undo.from_state, undo.to_state) == (transition.to_state, transition.from_state)
    assert (undo.body, undo.revision) == (story.body, story.revision)
    standing = story.audit_log.in_effect()
    assert entry not in standing
    assert undo not in standing

    before, rows, events = row(story), story.audit_log.count(), OutboxEvent.objects.count()
    assert story.undo(entry, by=cast.moderator) is False
    assert (row(story), story.audit_log.count(), OutboxEvent.objects.count()) == (before, rows, events)


@each_decision
def test_what_was_undone_can_be_decided_again(cast: Cast, transition: Transition) -> None:
    story = transition.story(cast)
    entry = decided(transition, story, cast.moderator, timezone.now())
    story.undo(entry, by=cast.moderator)
    assert transition.do(story, cast.moderator) is True
    assert story.state == transition.to_state


@each_decision
def test_after_ten_seconds_it_is_too_late(cast: Cast, transition: Transition) -> None:
    story, now = transition.story(cast), timezone.now()
    entry = decided(transition, story, cast.moderator, now)
    before, rows = row(story), story.audit_log.count()
    with clock.at(now + UNDO_FOR), pytest.raises(Refused, match="too late"):
        story.undo(entry, by=cast.moderator)
    assert (row(story), story.audit_log.count()) == (before, rows)


def test_nobody_else_undoes_it(cast: Cast, pending: Story) -> None:
    pending.decline(by=cast.moderator, revision=1, message="Not this one.")
    for other in (cast.second_moderator, cast.owner, cast.member, cast.foreign_owner):
        with pytest.raises(Refused):
            pending.undo(last(pending), by=other)
    assert pending.state == State.DECLINED


def test_nothing_but_a_decision_is_undone_nor_that_of_another_story(cast: Cast, pending: Story) -> None:
    with pytest.raises(Refused):
        pending.undo(last(pending), by=cast.member)
    other = make_story(author=cast.newcomer, state="pending")
    other.publish(by=cast.moderator, revision=1)
    with pytest.raises(Refused):
        pending.undo(last(other), by=cast.moderator)
    assert (pending.state, other.state) == (State.PENDING, State.PUBLISHED)


def test_an_undo_is_not_undone(cast: Cast, pending: Story) -> None:
    pending.publish(by=cast.moderator, revision=1)
    pending.undo(last(pending), by=cast.moderator)
    with pytest.raises(Refused):
        pending.undo(last(pending), by=cast.moderator)
    assert pending.state == State.PENDING


# Walls


def test_a_published_card_that_is_undone_leaves_every_wall(cast: Cast, pending: Story) -> None:
    pending.publish(by=cast.moderator, revision=1)
    before = OutboxEvent.objects.newest_id()
    pending.undo(last(pending), by=cast.moderator)
    told = [(event.team_id, event.story_id, event.kind) for event in OutboxEvent.objects.after(before)]
    assert told == [(cast.team.pk, pending.pk, "gone")]


def test_a_removed_card_that_is_undone_is_back_with_its_answers_and_its_place(cast: Cast, story: Story) -> None:
    story.toggle_uplift(by=cast.newcomer)
    hung = story.published_at
    story.remove(by=cast.moderator, revision=1, message="Taken down.")
    before = OutboxEvent.objects.newest_id()
    story.undo(last(story), by=cast.moderator)
    assert [event.kind for event in OutboxEvent.objects.after(before)] == ["back"]
    assert (story.published_at, story.uplift_count) == (hung, 1)


@pytest.mark.parametrize("method", ["return_for_change", "decline", "mark_spam"])
def test_what_no_wall_was_told_of_no_wall_is_told_of(cast: Cast, pending: Story, method: str) -> None:
    letter = {} if method == "mark_spam" else {"message": "Not this one."}
    getattr(pending, method)(by=cast.moderator, revision=1, **letter)
    pending.undo(last(pending), by=cast.moderator)
    assert not OutboxEvent.objects.filter(story_id=pending.pk).exists()


# When the story has gone on


def test_after_a_colleagues_decision_it_is_overtaken(cast: Cast, pending: Story) -> None:
    pending.publish(by=cast.moderator, revision=1)
    published = last(pending)
    pending.remove(by=cast.owner, revision=1, message="Taken down.")
    with pytest.raises(Overtaken) as overtaken:
        pending.undo(published, by=cast.moderator)
    assert overtaken.value.story.state == State.REMOVED


def test_after_its_author_took_spam_back_it_is_overtaken(cast: Cast, pending: Story) -> None:
    pending.mark_spam(by=cast.moderator, revision=1)
    entry = last(pending)
    pending.withdraw(by=cast.member)
    with pytest.raises(Overtaken):
        pending.undo(entry, by=cast.moderator)
    assert Story.objects.get(pk=pending.pk).state == State.DRAFT


def test_after_it_was_set_aside_it_is_overtaken(cast: Cast, pending: Story) -> None:
    pending.publish(by=cast.moderator, revision=1)
    entry = last(pending)
    pending.hide_for_review()
    with pytest.raises(Overtaken):
        pending.undo(entry, by=cast.moderator)
    assert Story.objects.get(pk=pending.pk).state == State.HIDDEN


def test_after_another_text_it_is_overtaken(cast: Cast) -> None:
    story = make_story(author=cast.second_moderator, state="pending")
    story.publish(by=cast.moderator, revision=1)
    entry = last(story)
    story.revise(by=cast.second_moderator, revision=1, text=StoryText("given", ["hope"], "Held the lift."))
    with pytest.raises(Overtaken):
        story.undo(entry, by=cast.moderator)
    assert Story.objects.get(pk=story.pk).body == "Held the lift."


def test_two_decisions_are_undone_one_after_the_other(cast: Cast, pending: Story) -> None:
    """The first can be undone for as long as ever it could, and until then its author is told nothing of it."""
    now = timezone.now()
    pending.publish(by=cast.second_moderator, revision=1)
    Story.objects.filter(pk=pending.pk).update(settles_at=None)
    pending.refresh_from_db()
    removed = decided(REMOVE, pending, cast.moderator, now)
    restored = decided(RESTORE, pending, cast.moderator, now + timedelta(seconds=3))
    with clock.at(now + timedelta(seconds=5)):
        pending.undo(restored, by=cast.moderator)
        assert pending.state == State.REMOVED
        assert pending.state_for_author() == State.PUBLISHED
    with clock.at(now + UNDO_FOR - MOMENT):
        assert pending.state_for_author() == State.PUBLISHED
        assert pending.undo(removed, by=cast.moderator) is True
    assert pending.state == State.PUBLISHED


def test_spam_that_was_cleared_by_mistake_is_spam_for_its_thirty_days(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    decided(MARK_SPAM, pending, cast.second_moderator, now - timedelta(days=29))
    cleared = decided(CLEAR_SPAM, pending, cast.moderator, now)
    pending.undo(cleared, by=cast.moderator)
    assert list(Story.objects.spam()) == [pending]
    with clock.at(now + timedelta(days=2)):
        assert not Story.objects.spam().exists()


# Other effects of the decision


def test_the_text_is_that_before_the_fix(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", body="Held teh door.")
    story.publish(by=cast.moderator, revision=1, fixed="Held the door.")
    story.undo(last(story), by=cast.moderator)
    assert (story.state, story.body) == (State.PENDING, "Held teh door.")
    assert last(story).body == "Held teh door."
    story.publish(by=cast.moderator, revision=story.revision, fixed="Held the door!")
    story.undo(last(story), by=cast.moderator)
    assert Story.objects.get(pk=story.pk).body == "Held teh door."


def test_reports_are_open_again(cast: Cast, story: Story) -> None:
    decisions: list[Callable[[], bool]] = [
        lambda: story.dismiss_reports(by=cast.moderator, revision=1),
        lambda: story.remove(by=cast.moderator, revision=1, message="Taken down."),
    ]
    for decide in decisions:
        report, _new = Report.make(story, by=cast.newcomer, reason="hurts")
        decide()
        report.refresh_from_db()
        assert report.decision == last(story)
        story.undo(last(story), by=cast.moderator)
        report.refresh_from_db()
        assert report.decision is None
        assert list(Story.objects.reported()) == [story]


def test_reports_that_were_answered_before_stay_answered(cast: Cast, story: Story) -> None:
    report, _new = Report.make(story, by=cast.newcomer, reason="hurts")
    story.dismiss_reports(by=cast.moderator, revision=1)
    kept = last(story)
    story.remove(by=cast.moderator, revision=1, message="Taken down.")
    story.undo(last(story), by=cast.moderator)
    report.refresh_from_db()
    assert report.decision == kept


def as_now(person: Membership) -> Membership:
    return Membership.objects.select_related("team", "user").get(pk=person.pk)


# An edit that was accepted


@pytest.fixture
def edit(cast: Cast, story: Story) -> Story:
    edit = make_edit(story, author=cast.member, body="The kinder telling.")
    Story.objects.filter(pk=edit.pk).update(kind="received", first_quality="peace", second_quality="love")
    edit.refresh_from_db()
    return edit


def test_the_story_on_the_wall_has_its_old_text_again(cast: Cast, story: Story, edit: Story) -> None:
    before, old = OutboxEvent.objects.newest_id(), story.text
    edit.publish(by=cast.moderator, revision=edit.revision)
    story.refresh_from_db()
    assert story.text == StoryText("received", ["peace", "love"], "The kinder telling.")
    edit.undo(last(edit), by=cast.moderator)
    story.refresh_from_db()
    assert (story.text, story.state, edit.state) == (old, State.PUBLISHED, State.PENDING)
    assert [(event.story_id, event.kind) for event in OutboxEvent.objects.after(before)] == [(story.pk, "card")] * 2
    assert [entry.body for entry in story.audit_log.oldest_first()][-2:] == ["The kinder telling.", old.body]


def test_its_log_says_who_took_the_new_text_back(cast: Cast, story: Story, edit: Story) -> None:
    before = story.audit_log.count()
    edit.publish(by=cast.moderator, revision=edit.revision)
    edit.undo(last(edit), by=cast.moderator)
    taken_over, taken_back = story.audit_log.oldest_first()[before:]
    assert (taken_over.action, taken_over.actor) == ("edit", cast.member.user)
    assert (taken_back.action, taken_back.actor) == ("undo", cast.moderator.user)
    assert taken_back.undoes == taken_over
    assert (taken_back.from_state, taken_back.to_state) == (State.PUBLISHED, State.PUBLISHED)
    assert list(story.audit_log.in_effect()) == list(story.audit_log.oldest_first()[:before])


def test_an_edit_that_was_taken_back_is_none_to_a_later_undo(cast: Cast, story: Story, edit: Story) -> None:
    """Each takes back the one that came with its own decision."""
    for _round in range(2):
        edit.publish(by=cast.moderator, revision=edit.revision)
        edit.undo(last(edit), by=cast.moderator)
        story.refresh_from_db()
        assert story.body == "Held the door, and my tongue."
    edit.publish(by=cast.second_moderator, revision=edit.revision, fixed="The kindest telling.")
    assert Story.objects.get(pk=story.pk).fix
    edit.undo(last(edit), by=cast.second_moderator)
    story.refresh_from_db()
    assert (story.body, edit.body) == ("Held the door, and my tongue.", "The kinder telling.")
    assert story.fix is None
    undone = [entry.undone_by.actor for entry in story.audit_log.filter(action="edit").oldest_first()]
    assert undone == [cast.moderator.user, cast.moderator.user, cast.second_moderator.user]


def test_where_its_author_writes_another_by_now_it_is_overtaken(cast: Cast, story: Story, edit: Story) -> None:
    edit.publish(by=cast.moderator, revision=edit.revision)
    another = make_edit(Story.objects.get(pk=story.pk), author=cast.member, body="Kinder still.")
    assert another.pk != edit.pk
    with pytest.raises(Overtaken):
        edit.undo(last(edit), by=cast.moderator)
    assert Story.objects.get(pk=story.pk).body == "The kinder telling."


def test_where_the_story_has_another_text_by_now_it_is_overtaken(cast: Cast, story: Story, edit: Story) -> None:
    edit.publish(by=cast.moderator, revision=edit.revision)
    cast.team.change(by=cast.owner, policy="after")
    hung = Story.objects.get(pk=story.pk)
    text: dict[str, Any] = {"kind": "given", "qualities": ["hope"], "body": "Kinder still."}
    assert hung.revise(by=as_now(cast.member), revision=hung.revision, text=StoryText(**text))
    with pytest.raises(Overtaken):
        edit.undo(last(edit), by=cast.moderator)
    assert Story.objects.get(pk=story.pk).body == "Kinder still."


# The author

SILENT = [transition for transition in EVERY_DECISION if transition.action in ("return", "decline", "remove")]


@pytest.mark.parametrize("transition", SILENT, ids=str)
def test_its_author_sees_nothing_before_it_settles_and_all_of_it_after(cast: Cast, transition: Transition) -> None:
    story, now = transition.story(cast), timezone.now()
    decided(transition, story, cast.moderator, now)
    with clock.at(now + UNDO_FOR - MOMENT):
        assert story.state_for_author() == transition.from_state
        assert last(story) not in story.audit_log.with_message().settled()
    assert story.state == transition.to_state, "a copy was shown"
    with clock.at(now + UNDO_FOR):
        assert story.state_for_author() == transition.to_state
        assert last(story) in story.audit_log.with_message().settled()


def test_what_was_undone_is_never_said(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    pending.return_for_change(by=cast.moderator, revision=1, message="Please say what happened.")
    pending.undo(last(pending), by=cast.moderator)
    with clock.at(now + timedelta(days=1)):
        assert pending.state_for_author() == State.PENDING
        assert not pending.audit_log.with_message().settled().exists()


def test_what_settles_cannot_be_edited_submitted_or_stood_by_before(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        pending.return_for_change(by=cast.moderator, revision=1, message="Please say what happened.")
        assert not pending.may_be_edited_by(cast.member)
        acts: list[Callable[[], bool]] = [
            lambda: pending.submit(by=cast.member),
            lambda: pending.stand_by(by=cast.member, message="Please look again."),
            lambda: pending.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "Another.")),
        ]
        for act in acts:
            with pytest.raises(Overtaken):
                act()
    with clock.at(now + UNDO_FOR):
        assert pending.may_be_edited_by(cast.member)
        assert pending.submit(by=cast.member)


def test_a_teams_only_moderator_undoes_their_own(db: None) -> None:
    alone = make_member(team=make_team(), role="owner")
    story = make_draft(author=alone)
    story.submit(by=alone)
    story.publish(by=alone, revision=1)
    assert story.undo(last(story), by=alone) is True
