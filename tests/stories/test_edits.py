"""Edits of published stories: the old text stays until a moderator accepts the edit."""

import uuid

import pytest

from accounts.models import Membership
from stories.models import OutboxEvent, Overtaken, Refused, State, Story, StoryText
from tests.conftest import Cast
from tests.factories import make_edit, make_story

pytestmark = pytest.mark.once

NEW = StoryText("received", ["peace", "love"], "The kinder telling.")


def as_now(person: Membership) -> Membership:
    return Membership.objects.select_related("team", "user").get(pk=person.pk)


def begun(story: Story, by: Membership) -> Story:
    return Story.begin(by=by, editor=uuid.uuid4(), edit_of=story, text=NEW)[0]


@pytest.fixture
def edit(cast: Cast, story: Story) -> Story:
    edit = begun(story, cast.member)
    edit.submit(by=cast.member)
    return edit


def settled(story: Story) -> Story:
    Story.objects.filter(pk=story.pk).update(settles_at=None)
    story.refresh_from_db()
    return story


def test_old_text_stays_until_the_edit_is_accepted(cast: Cast, story: Story, edit: Story) -> None:
    before, old = OutboxEvent.objects.newest_id(), story.text
    assert edit.state == State.PENDING
    assert Story.objects.get(pk=story.pk).text == old
    assert edit.publish(by=cast.moderator, revision=1) is True
    assert edit.state == State.ACCEPTED
    hung = Story.objects.get(pk=story.pk)
    assert hung.text == NEW
    assert (hung.state, hung.published_at, hung.revision) == (State.PUBLISHED, story.published_at, 2)
    assert [(event.story_id, event.kind) for event in OutboxEvent.objects.after(before)] == [(story.pk, "card")]


def test_logs_of_edit_and_story_both_have_the_acceptance(cast: Cast, story: Story, edit: Story) -> None:
    edit.publish(by=cast.moderator, revision=1)
    accepted, changed = edit.audit_log.latest("pk"), story.audit_log.latest("pk")
    assert (accepted.action, accepted.actor, accepted.to_state) == ("publish", cast.moderator.user, "accepted")
    assert (changed.action, changed.actor, changed.body) == ("edit", cast.member.user, "The kinder telling.")
    assert (changed.kind, changed.qualities) == ("received", "peace, love")


def test_story_keeps_reactions_and_place_after_an_edit(cast: Cast, story: Story, edit: Story) -> None:
    story.toggle_uplift(by=cast.newcomer)
    edit.publish(by=cast.moderator, revision=1)
    hung = Story.objects.get(pk=story.pk)
    assert (hung.uplift_count, hung.get_absolute_url()) == (1, story.get_absolute_url())
    assert list(Story.objects.published()) == [story]


@pytest.mark.parametrize("state", [State.RETURNED, State.DECLINED, State.SPAM])
def test_edit_that_is_not_accepted_leaves_the_story_unchanged(
    cast: Cast, story: Story, edit: Story, state: State
) -> None:
    before, old = OutboxEvent.objects.newest_id(), story.text
    if state == State.SPAM:
        edit.mark_spam(by=cast.moderator, revision=1)
    elif state == State.DECLINED:
        edit.decline(by=cast.moderator, revision=1, message="No.")
    else:
        edit.return_for_change(by=cast.moderator, revision=1, message="No.")
    assert Story.objects.get(pk=story.pk).text == old
    assert OutboxEvent.objects.newest_id() == before


def test_story_has_one_open_edit_at_a_time(cast: Cast, story: Story, edit: Story) -> None:
    assert begun(story, cast.member) == edit
    assert story.open_edit == edit
    settled_edit = edit
    settled_edit.return_for_change(by=cast.moderator, revision=1, message="Please say what happened.")
    assert begun(story, cast.member) == edit, "returned, it is open still"
    settled(edit).submit(by=cast.member)
    edit.publish(by=cast.moderator, revision=1)
    assert story.open_edit is None
    assert begun(story, cast.member) != edit


def test_decline_of_edit_is_invisible_before_it_settles(cast: Cast, story: Story, edit: Story) -> None:
    edit.decline(by=cast.moderator, revision=1, message="No.")
    assert begun(story, cast.member) == edit
    assert edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    edit.decline(by=cast.moderator, revision=1, message="No.")
    settled(edit)
    assert story.open_edit is None
    assert begun(story, cast.member) != edit


def test_only_the_author_begins_an_edit(cast: Cast, story: Story) -> None:
    for other in (cast.newcomer, cast.moderator, cast.owner):
        with pytest.raises(Refused):
            begun(story, other)
    assert not story.edits.exists()


def test_author_under_review_cannot_change_published_text(cast: Cast, story: Story) -> None:
    assert story.needs_review_to_change(as_now(cast.member))
    assert not story.may_be_edited_by(as_now(cast.member))
    with pytest.raises(Overtaken):
        story.revise(by=as_now(cast.member), revision=1, text=NEW)


def test_trusted_author_changes_published_text_at_once(cast: Cast, story: Story) -> None:
    cast.member.set_trust("trusted", by=cast.owner)
    assert story.revise(by=as_now(cast.member), revision=1, text=NEW) is True
    assert story.audit_log.latest("pk").action == "edit"
    assert not Story.objects.waiting().exists()


def test_moderators_own_edit_does_not_wait(cast: Cast) -> None:
    story = make_story(author=cast.second_moderator, moderator=cast.moderator)
    before = OutboxEvent.objects.newest_id()
    assert story.revise(by=as_now(cast.second_moderator), revision=1, text=NEW) is True
    assert [event.kind for event in OutboxEvent.objects.after(before)] == ["card"]


def test_edit_without_review_is_accepted_at_once(cast: Cast, story: Story) -> None:
    edit = begun(story, cast.member)
    cast.team.change(by=cast.owner, policy="after")
    edit.submit(by=as_now(cast.member))
    assert edit.state == State.ACCEPTED
    assert Story.objects.get(pk=story.pk).body == "The kinder telling."
    assert edit.submit(by=as_now(cast.member)) is False
    assert Story.objects.get(pk=story.pk).revision == 2


def test_edit_accepted_twice_changes_the_story_once(cast: Cast, story: Story, edit: Story) -> None:
    edit.publish(by=cast.moderator, revision=1)
    events = OutboxEvent.objects.count()
    assert edit.publish(by=cast.moderator, revision=1) is False
    with pytest.raises(Overtaken):
        Story.objects.get(pk=edit.pk).publish(by=cast.owner, revision=1)
    assert (Story.objects.get(pk=story.pk).revision, OutboxEvent.objects.count()) == (2, events)


@pytest.mark.parametrize("aside", [False, True], ids=["removed", "set aside"])
def test_edit_of_removed_story_changes_text_without_event(cast: Cast, story: Story, edit: Story, aside: bool) -> None:
    if aside:
        story.hide_for_review()
    else:
        story.remove(by=cast.moderator, revision=1, message="Taken down.")
    before = OutboxEvent.objects.newest_id()
    edit.publish(by=cast.second_moderator, revision=1)
    taken_down = Story.objects.get(pk=story.pk)
    assert (taken_down.body, taken_down.state) == ("The kinder telling.", State.HIDDEN if aside else State.REMOVED)
    assert OutboxEvent.objects.newest_id() == before


def test_deleted_story_takes_its_edits_along(cast: Cast, story: Story, edit: Story) -> None:
    story.delete()
    assert not Story.objects.filter(pk=edit.pk).exists()


def test_accepted_edit_is_no_story_of_its_own(cast: Cast, story: Story) -> None:
    make_edit(story, author=cast.member, moderator=cast.moderator)
    assert list(Story.objects.written_by(cast.member).without_accepted_edits()) == [story]
