"""Rules that hold for every transition of a story."""

from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from stories.models import (
    AuditEntry,
    OutboxEvent,
    Overtaken,
    Reaction,
    ReactionKind,
    Refused,
    State,
    Story,
    StoryText,
    Uplift,
)
from tests.conftest import Cast
from tests.factories import make_draft, make_member, make_story, make_team
from tests.stories.transitions import EVERY_DECISION, MESSAGE, SUBMIT, TRANSITIONS, Transition

each_transition = pytest.mark.parametrize("transition", TRANSITIONS, ids=str)
each_decision = pytest.mark.parametrize("transition", EVERY_DECISION, ids=str)

# The transitions of a method, from any state.
METHODS = {transition.method: transition for transition in TRANSITIONS}
ALLOWED = {method: {one.from_state for one in TRANSITIONS if one.method == method} for method in METHODS}
# To its author, spam waits.
REPEATS = [(SUBMIT.method, State.PENDING), (SUBMIT.method, State.SPAM), ("take_down", State.TAKEN_DOWN)]
WRONG = [
    (transition, state)
    for transition in METHODS.values()
    for state in State
    if state not in ALLOWED[transition.method] and (transition.method, state) not in REPEATS
]


def now_of(story: Story) -> Story:
    return Story.objects.get(pk=story.pk)


@each_transition
def test_transition_moves_the_story_once_with_one_audit_row_and_its_event(cast: Cast, transition: Transition) -> None:
    """Repeated, it changes nothing. The outbox has an event exactly when the wall changes."""
    story, actor = transition.story(cast), transition.actor(cast)
    rows, newest, before = story.audit_log.count(), OutboxEvent.objects.newest_id(), timezone.now()
    assert transition.do(story, actor) is True
    assert story.state == now_of(story).state == transition.to_state

    assert story.audit_log.count() == rows + 1
    row = story.audit_log.latest("id")
    assert (row.actor, row.action) == (actor.user, transition.action)
    assert (row.from_state, row.to_state) == (transition.from_state, transition.to_state)
    assert row.message == (MESSAGE if transition.with_message else "")
    assert (row.kind, row.qualities, row.body) == ("given", "hope", story.body)
    assert row.revision == story.revision
    assert before <= row.created_at <= timezone.now()

    events = [(event.team_id, event.story_id, event.kind) for event in OutboxEvent.objects.after(newest)]
    on_the_wall = story.edit_of_id or story.pk
    assert events == ([(cast.team.pk, on_the_wall, transition.event)] if transition.event else [])

    then, last = now_of(story).updated_at, OutboxEvent.objects.newest_id()
    assert transition.do(story, actor) is False
    assert (story.audit_log.count(), OutboxEvent.objects.newest_id()) == (rows + 1, last)
    assert now_of(story).updated_at == then


@each_decision
def test_decision_on_another_revision_or_after_a_colleague_is_overtaken(cast: Cast, transition: Transition) -> None:
    story = transition.story(cast)
    rows, events = story.audit_log.count(), OutboxEvent.objects.count()
    with pytest.raises(Overtaken) as overtaken:
        transition.do(story, cast.moderator, revision=story.revision + 1)
    assert overtaken.value.story.state == now_of(story).state == transition.from_state
    assert (story.audit_log.count(), OutboxEvent.objects.count()) == (rows, events)
    if transition.method == "dismiss_reports":
        return  # several moderators may find that nothing is wrong
    transition.do(story, cast.moderator)
    rows = story.audit_log.count()
    with pytest.raises(Overtaken):
        transition.do(story, cast.owner)
    assert story.audit_log.count() == rows


@pytest.mark.once
@pytest.mark.parametrize(("transition", "state"), WRONG, ids=[f"{one.method} when {two}" for one, two in WRONG])
def test_wrong_state_is_overtaken(cast: Cast, transition: Transition, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.second_moderator, state=state)
    rows, events = story.audit_log.count(), OutboxEvent.objects.count()
    with pytest.raises(Overtaken) as overtaken:
        transition.do(story, transition.actor(cast))
    assert overtaken.value.story.state == now_of(story).state == state
    assert (story.audit_log.count(), OutboxEvent.objects.count()) == (rows, events)


@pytest.mark.once
@each_transition
def test_person_without_the_right_is_refused(cast: Cast, transition: Transition) -> None:
    story = transition.story(cast)
    rows, events = story.audit_log.count(), OutboxEvent.objects.count()
    others = [cast.member, cast.newcomer] if transition.decides else [cast.newcomer, cast.moderator, cast.owner]
    for other in [*others, cast.foreign_owner]:
        with pytest.raises(Refused) as refused:
            transition.do(story, other)
        assert isinstance(refused.value, PermissionDenied)
        assert str(refused.value).endswith(".")
    assert now_of(story).state == transition.from_state
    assert (story.audit_log.count(), OutboxEvent.objects.count()) == (rows, events)


HAVE_HUNG = (State.PUBLISHED, State.REMOVED, State.HIDDEN, State.TAKEN_DOWN)


@pytest.mark.parametrize("state", [state for state in State if state not in HAVE_HUNG])
def test_story_that_was_never_published_has_no_event(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    assert not OutboxEvent.objects.filter(story_id=story.pk).exists()


@pytest.mark.once
@each_decision
def test_moderator_cannot_decide_on_own_story_where_a_colleague_can(cast: Cast, transition: Transition) -> None:
    story = transition.story_of(cast.moderator, cast.second_moderator)
    with pytest.raises(Refused, match="a colleague decides"):
        transition.do(story, cast.moderator)
    assert now_of(story).state == transition.from_state


@pytest.mark.once
@each_decision
@pytest.mark.django_db
def test_only_moderator_decides_on_own_story(transition: Transition) -> None:
    alone = make_member(team=make_team(), role="owner")
    make_member(team=alone.team)
    story = transition.story_of(alone, alone)
    assert transition.do(story, alone) is True
    assert now_of(story).state == transition.to_state


def test_decision_that_cannot_be_logged_is_not_made(cast: Cast, pending: Story) -> None:
    for decide in (pending.return_for_change, pending.decline):
        with pytest.raises(IntegrityError), transaction.atomic():
            decide(by=cast.moderator, revision=pending.revision, message="")
    assert now_of(pending).state == State.PENDING


def test_story_hidden_by_rule_leaves_the_wall_and_has_no_actor(cast: Cast, story: Story) -> None:
    before = OutboxEvent.objects.newest_id()
    assert story.hide_for_review() is True
    row = story.audit_log.latest("id")
    assert (story.state, row.actor, row.action, row.from_state, row.to_state) == (
        State.HIDDEN,
        None,
        "aside",
        "published",
        "aside",
    )
    assert story.hide_for_review() is False
    assert [(event.story_id, event.kind) for event in OutboxEvent.objects.after(before)] == [(story.pk, "gone")]


@pytest.mark.once
@pytest.mark.parametrize("state", [state for state in State if state not in (State.PUBLISHED, State.HIDDEN)])
def test_only_published_story_is_hidden(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    with pytest.raises(Overtaken):
        story.hide_for_review()
    assert now_of(story).state == state


@pytest.mark.once
def test_incomplete_draft_cannot_be_submitted(cast: Cast) -> None:
    unfinished: list[dict[str, object]] = [{"body": ""}, {"kind": ""}, {"qualities": ()}]
    for missing in unfinished:
        story = make_draft(author=cast.member, **missing)  # type: ignore[arg-type]
        with pytest.raises(IntegrityError), transaction.atomic():
            story.submit(by=cast.member)
        assert now_of(story).state == State.DRAFT


def moments(story: Story) -> tuple[datetime | None, datetime | None, datetime | None]:
    return story.submitted_at, story.decided_at, story.published_at


def test_story_keeps_the_moments_of_its_transitions(cast: Cast) -> None:
    story = make_draft(author=cast.member)
    assert moments(story) == (None, None, None)
    story.submit(by=cast.member)
    assert story.submitted_at is not None
    story.publish(by=cast.moderator, revision=story.revision)
    assert story.decided_at == story.published_at
    assert story.published_at is not None
    assert story.published_at > story.submitted_at
    hung = moments(story)
    story.remove(by=cast.moderator, revision=story.revision, message=MESSAGE)
    story.restore(by=cast.moderator, revision=story.revision)
    assert moments(story) == hung, "a story that is put back takes its old place"


# Editing


def test_revision_before_publication_leaves_no_event_and_no_audit_row(cast: Cast) -> None:
    for state in (State.DRAFT, State.RETURNED):
        story = make_story(author=cast.member, moderator=cast.moderator, state=state)
        rows = story.audit_log.count()
        assert story.revise(
            by=cast.member,
            revision=story.revision,
            text=StoryText("witnessed", ["peace", "love"], "Now better."),
        )
        assert (story.kind, story.qualities, story.body, story.revision) == (
            "witnessed",
            ["peace", "love"],
            "Now better.",
            2,
        )
        assert story.audit_log.count() == rows
        assert not OutboxEvent.objects.filter(story_id=story.pk).exists()


def test_same_text_saved_again_changes_nothing(cast: Cast) -> None:
    story = make_draft(author=cast.member)
    assert story.revise(by=cast.member, revision=99, text=story.text) is False
    assert now_of(story).revision == 1


def test_text_saved_elsewhere_is_not_overwritten(cast: Cast) -> None:
    story = make_draft(author=cast.member)
    story.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "From the other window."))
    with pytest.raises(Overtaken) as overtaken:
        story.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "From this one."))
    assert overtaken.value.story.body == now_of(story).body == "From the other window."


@pytest.mark.once
@pytest.mark.parametrize("state", [state for state in State if state not in (State.DRAFT, State.RETURNED)])
def test_member_cannot_revise_story_under_review_or_decided(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    with pytest.raises(Overtaken):
        story.revise(by=cast.member, revision=story.revision, text=StoryText("given", ["hope"], "Another."))
    assert now_of(story).body == "Held the door, and my tongue."


@pytest.mark.once
def test_person_cannot_revise_story_of_another(cast: Cast) -> None:
    story = make_draft(author=cast.member)
    for other in (cast.newcomer, cast.moderator, cast.owner, cast.foreign_owner):
        assert not story.may_be_edited_by(other)
        with pytest.raises(Overtaken):
            story.revise(by=other, revision=1, text=StoryText("given", ["hope"], "Mine now."))
    assert now_of(story).body == "Held the door, and my tongue."


def test_moderators_revision_of_own_published_story_is_logged_and_announced(cast: Cast) -> None:
    story = make_story(author=cast.moderator, moderator=cast.second_moderator)
    before = OutboxEvent.objects.newest_id()
    assert story.revise(
        by=cast.moderator,
        revision=1,
        text=StoryText("given", ["hope"], "Held the door. Said nothing."),
    )
    row = story.audit_log.latest("id")
    assert (row.action, row.actor, row.revision) == ("edit", cast.moderator.user, 2)
    assert [(event.story_id, event.kind) for event in OutboxEvent.objects.after(before)] == [(story.pk, "card")]
    bodies = list(story.audit_log.order_by("id").values_list("body", flat=True))
    assert bodies[-2:] == ["Held the door, and my tongue.", "Held the door. Said nothing."]


def test_composer_begins_one_story(cast: Cast) -> None:
    story = make_draft(author=cast.member)
    same, begun = Story.begin(by=cast.member, editor=story.created_by_editor, text=StoryText("", [], "Something else"))
    assert (same.pk, begun) == (story.pk, False)
    theirs, begun = Story.begin(by=cast.newcomer, editor=story.created_by_editor, text=StoryText("", [], "Theirs"))
    assert begun
    assert theirs.pk != story.pk


# Answering


def test_uplift_is_given_and_taken_back(cast: Cast, story: Story) -> None:
    before = OutboxEvent.objects.newest_id()
    assert story.toggle_uplift(by=cast.newcomer) is True
    assert (story.uplift_count, now_of(story).uplift_count, Uplift.objects.count()) == (1, 1, 1)
    assert story.toggle_uplift(by=cast.newcomer) is False
    assert (story.uplift_count, now_of(story).uplift_count, Uplift.objects.count()) == (0, 0, 0)
    assert [event.kind for event in OutboxEvent.objects.after(before)] == ["counts", "counts"]


def test_uplifts_of_several_people_add_up(cast: Cast, story: Story) -> None:
    for person in (cast.newcomer, cast.moderator, cast.owner):
        story.toggle_uplift(by=person)
    story.toggle_uplift(by=cast.moderator)
    assert now_of(story).uplift_count == Uplift.objects.filter(story=story).count() == 2


@pytest.mark.once
def test_author_cannot_uplift_own_story(cast: Cast, story: Story) -> None:
    with pytest.raises(Refused):
        story.toggle_uplift(by=cast.member)
    assert not Uplift.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("kind", list(ReactionKind))
def test_each_reaction_has_its_own_count(cast: Cast, story: Story, kind: ReactionKind) -> None:
    assert story.toggle_reaction(kind, by=cast.newcomer) is True
    fresh = now_of(story)
    assert {other: getattr(fresh, other.counter) for other in ReactionKind} == {
        other: int(other is kind) for other in ReactionKind
    }
    assert story.toggle_reaction(kind, by=cast.newcomer) is False
    assert getattr(now_of(story), kind.counter) == Reaction.objects.count() == 0


@pytest.mark.once
@pytest.mark.parametrize("state", [state for state in State if state != State.PUBLISHED])
def test_only_published_story_takes_reactions(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    before = OutboxEvent.objects.newest_id()
    with pytest.raises(Overtaken):
        story.toggle_uplift(by=cast.moderator)
    with pytest.raises(Overtaken):
        story.toggle_reaction(ReactionKind.WARM, by=cast.moderator)
    assert not Uplift.objects.exists()
    assert not Reaction.objects.exists()
    assert OutboxEvent.objects.newest_id() == before


@pytest.mark.once
def test_member_of_another_team_cannot_react(cast: Cast, story: Story) -> None:
    with pytest.raises(Overtaken):
        story.toggle_uplift(by=cast.foreign_owner)
    assert not Uplift.objects.exists()


@pytest.mark.once
def test_log_names_each_action_in_words(cast: Cast, story: Story) -> None:
    assert [entry.past for entry in AuditEntry.objects.filter(story=story).oldest_first()] == ["submitted", "published"]
    assert str(story.audit_log.latest("id")) == f"publish of story {story.pk}"
