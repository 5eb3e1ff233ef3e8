"""Stories whose present text only their author may read, one for each way to come to that."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from accounts.models import Membership
from kindwall import clock
from stories.models import Report, State, Story, StoryText
from tests.conftest import Cast
from tests.factories import decided, make_draft, make_edit, make_story

UNSENT = "Wallaby7x"  # in each of these texts, and in no other
EARLIER = timedelta(minutes=1)  # for what nobody can undo any more


def rewrite(story: Story, author: Membership) -> Story:
    """Write in it without sending it."""
    story.refresh_from_db()
    revised = StoryText("received", ["harmony"], f"{UNSENT}, for nobody yet.")
    assert story.revise(by=author, revision=story.revision, text=revised)
    return story


def never_sent(cast: Cast) -> Story:
    return make_draft(author=cast.member, body=UNSENT)


def withdrawn(cast: Cast) -> Story:
    story = make_story(author=cast.member, state=State.PENDING)
    story.withdraw(by=cast.member)
    return rewrite(story, cast.member)


def returned(cast: Cast) -> Story:
    return rewrite(make_story(author=cast.member, moderator=cast.moderator, state=State.RETURNED), cast.member)


def returned_in_place_of_a_decline(cast: Cast) -> Story:
    with clock.at(clock.now() - EARLIER):
        story = make_story(author=cast.member, moderator=cast.moderator, state=State.DECLINED)
        assert story.refusal_in_effect is not None
        given: dict[str, Any] = {"supersedes": story.refusal_in_effect.pk, "message": "After all."}
        story.return_for_change(by=cast.moderator, revision=story.revision, **given)
    return rewrite(story, cast.member)


def returned_after_the_second_look(cast: Cast) -> Story:
    with clock.at(clock.now() - EARLIER):
        story = make_story(author=cast.member, moderator=cast.moderator, state=State.DECLINED)
        story.stand_by(by=cast.member, message="Please look again.")
        decided(story, cast.second_moderator, State.RETURNED)
    return rewrite(story, cast.member)


def taken_back_from_spam(cast: Cast) -> Story:
    story = make_story(author=cast.member, moderator=cast.moderator, state=State.SPAM)
    story.withdraw(by=cast.member)
    return rewrite(story, cast.member)


def withdrawn_after_an_undoing(cast: Cast) -> Story:
    """Its publication was undone, and may be asked to be undone once more. A moderator had reported it meanwhile."""
    story = make_story(author=cast.member, state=State.PENDING)
    story.publish(by=cast.moderator, revision=story.revision)
    Report.make(story, by=cast.second_moderator, reason="other")
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    story.withdraw(by=cast.member)
    return rewrite(story, cast.member)


def returned_after_an_undoing(cast: Cast) -> Story:
    with clock.at(clock.now() - EARLIER):
        story = make_story(author=cast.member, state=State.PENDING)
        story.publish(by=cast.moderator, revision=story.revision)
        Report.make(story, by=cast.second_moderator, reason="other")
        story.undo(story.audit_log.latest("pk"), by=cast.moderator)
        decided(story, cast.moderator, State.RETURNED)
    return rewrite(story, cast.member)


def edit_never_sent(cast: Cast) -> Story:
    hung = make_story(author=cast.member, moderator=cast.moderator)
    edit, _ = Story.begin(
        by=cast.member,
        editor=uuid4(),
        edit_of=hung,
        text=StoryText("given", ["hope"], UNSENT),
    )
    return edit


def edit_withdrawn(cast: Cast) -> Story:
    edit = make_edit(make_story(author=cast.member, moderator=cast.moderator), author=cast.member)
    edit.withdraw(by=cast.member)
    return rewrite(edit, cast.member)


def edit_returned(cast: Cast) -> Story:
    with clock.at(clock.now() - EARLIER):
        edit = make_edit(make_story(author=cast.member, moderator=cast.moderator), author=cast.member)
        decided(edit, cast.moderator, State.RETURNED)
    return rewrite(edit, cast.member)


def original_of_a_waiting_edit(cast: Cast) -> Story:
    """Hung for a moment, in which its author sent a new text. The first one was taken back, and is being rewritten."""
    story = make_story(author=cast.member, state=State.PENDING)
    story.publish(by=cast.moderator, revision=story.revision)
    edit = make_edit(story, author=cast.member, body="Held it open.")
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    story.withdraw(by=cast.member)
    assert edit.is_pending
    return rewrite(story, cast.member)


SITUATIONS: list[Callable[[Cast], Story]] = [
    never_sent,
    withdrawn,
    returned,
    returned_in_place_of_a_decline,
    returned_after_the_second_look,
    taken_back_from_spam,
    withdrawn_after_an_undoing,
    returned_after_an_undoing,
    edit_never_sent,
    edit_withdrawn,
    edit_returned,
    original_of_a_waiting_edit,
]
