"""All transitions of a story, for tests that hold for each of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.models import Membership, Trust
from kindwall import clock
from stories.models import Action, Report, State, Story
from stories.models.audit import UNDO_FOR
from tests.conftest import Cast
from tests.factories import decided, make_edit, make_member, make_story

MESSAGE = "I can see the care in it. Please leave out her name."
LETTER: dict[str, Any] = {
    "saw": "You carried her bag without being asked.",
    "message": MESSAGE,
    "next_step": "Change it in place and send it again.",
    "talk_to": "Any of us, at lunch.",
}


@dataclass(frozen=True)
class Transition:
    method: str
    action: Action
    from_state: State
    to_state: State
    decides: bool = True
    with_message: bool = False
    event: str = ""
    of_an_edit: bool = False
    reported: bool = False
    reviewed: bool = True  # whether a moderator reads what the author sends
    anew: bool = False  # in place of the answer that was given before

    def __str__(self) -> str:
        return f"{self.method} from {self.from_state}" + (" of an edit" if self.of_an_edit else "")

    def actor(self, cast: Cast) -> Membership:
        return cast.moderator if self.decides else cast.member

    def story(self, cast: Cast) -> Story:
        """Return Mia's story before the transition; its last decision was the second moderator's."""
        return self.story_of(cast.member, cast.second_moderator)

    def story_of(self, author: Membership, moderator: Membership) -> Story:
        if self.of_an_edit:
            with clock.at(clock.now() - UNDO_FOR - timedelta(seconds=1)):
                edit = make_edit(make_story(author=author, moderator=moderator), author=author)
                if self.anew:
                    decided(edit, moderator, self.from_state)
            return edit
        story = make_story(author=author, moderator=moderator, state=self.from_state)
        if not self.reviewed:
            author.set_trust(Trust.TRUSTED, by=moderator)
        if self.reported:
            Report.make(story, by=make_member(team=author.team, name="Rae Reporter"), reason="hurts")
        return story

    def do(self, story: Story, by: Membership, revision: int | None = None) -> bool:
        given: dict[str, object] = {"by": by}
        if self.decides:
            given["revision"] = story.revision if revision is None else revision
        if self.with_message:
            given["message"] = MESSAGE
        if self.anew and (answer := story.refusal_in_effect):
            given["supersedes"] = answer.pk
        done: bool = getattr(story, self.method)(**given)
        return done


PENDING, PUBLISHED, RETURNED, DECLINED = State.PENDING, State.PUBLISHED, State.RETURNED, State.DECLINED
REMOVED, ASIDE, SPAM, DRAFT = State.REMOVED, State.HIDDEN, State.SPAM, State.DRAFT
TAKEN_DOWN = State.TAKEN_DOWN

PUBLISH = Transition("publish", Action.PUBLISH, PENDING, PUBLISHED, event="card")
RETURN = Transition("return_for_change", Action.RETURN, PENDING, RETURNED, with_message=True)
DECLINE = Transition("decline", Action.DECLINE, PENDING, DECLINED, with_message=True)
REMOVE = Transition("remove", Action.REMOVE, PUBLISHED, REMOVED, with_message=True, event="gone")
RESTORE = Transition("restore", Action.RESTORE, REMOVED, PUBLISHED, event="back")
MARK_SPAM = Transition("mark_spam", Action.SPAM, PENDING, SPAM)
CLEAR_SPAM = Transition("clear_spam", Action.NOT_SPAM, SPAM, PENDING)
REMOVE_ASIDE = Transition("remove", Action.REMOVE, ASIDE, REMOVED, with_message=True)
KEEP_ASIDE = Transition("dismiss_reports", Action.DISMISS_REPORTS, ASIDE, PUBLISHED, event="back")
KEEP = Transition("dismiss_reports", Action.DISMISS_REPORTS, PUBLISHED, PUBLISHED, reported=True)
ACCEPT = Transition("publish", Action.PUBLISH, PENDING, State.ACCEPTED, of_an_edit=True, event="card")
PUBLISH_RETURNED = Transition("publish", Action.PUBLISH, RETURNED, PUBLISHED, event="card", anew=True)
PUBLISH_DECLINED = Transition("publish", Action.PUBLISH, DECLINED, PUBLISHED, event="card", anew=True)
RETURN_DECLINED = Transition("return_for_change", Action.RETURN, DECLINED, RETURNED, with_message=True, anew=True)
DECLINE_RETURNED = Transition("decline", Action.DECLINE, RETURNED, DECLINED, with_message=True, anew=True)
ACCEPT_DECLINED = Transition(
    "publish", Action.PUBLISH, DECLINED, State.ACCEPTED, of_an_edit=True, event="card", anew=True
)

SUBMIT = Transition("submit", Action.SUBMIT, DRAFT, PENDING, decides=False)
RESUBMIT = Transition("submit", Action.SUBMIT, RETURNED, PENDING, decides=False)
WITHDRAW = Transition("withdraw", Action.WITHDRAW, PENDING, DRAFT, decides=False)
WITHDRAW_SPAM = Transition("withdraw", Action.WITHDRAW, SPAM, DRAFT, decides=False)
STAND_BY_RETURNED = Transition("stand_by", Action.STAND_BY, RETURNED, PENDING, decides=False, with_message=True)
STAND_BY_DECLINED = Transition("stand_by", Action.STAND_BY, DECLINED, PENDING, decides=False, with_message=True)
TAKE_DOWN = Transition("take_down", Action.TAKE_DOWN, PUBLISHED, TAKEN_DOWN, decides=False, event="gone")
PUT_BACK = Transition("put_back", Action.PUT_BACK, TAKEN_DOWN, PENDING, decides=False)
PUT_BACK_AT_ONCE = Transition(
    "put_back", Action.PUT_BACK, TAKEN_DOWN, PUBLISHED, decides=False, event="back", reviewed=False
)

# The five that have an address each (tests/moderation/test_decisions.py).
DECISIONS = [PUBLISH, RETURN, DECLINE, REMOVE, RESTORE]
ANEW = [PUBLISH_RETURNED, PUBLISH_DECLINED, RETURN_DECLINED, DECLINE_RETURNED]
EVERY_DECISION = [*DECISIONS, *ANEW, MARK_SPAM, CLEAR_SPAM, REMOVE_ASIDE, KEEP_ASIDE, KEEP, ACCEPT, ACCEPT_DECLINED]
AUTHORS = [SUBMIT, RESUBMIT, WITHDRAW, WITHDRAW_SPAM, STAND_BY_RETURNED, STAND_BY_DECLINED]
AUTHORS += [TAKE_DOWN, PUT_BACK, PUT_BACK_AT_ONCE]
TRANSITIONS = [*EVERY_DECISION, *AUTHORS]
