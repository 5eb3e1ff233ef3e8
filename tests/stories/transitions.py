"""Every arrow of a story's life, for tests that hold for each of them."""

from dataclasses import dataclass

from accounts.models import Membership
from stories.models import Action, State, Story
from tests.conftest import Cast
from tests.factories import make_story

MESSAGE = "I can see the care in it. Please leave out her name."
LETTER = {
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

    def __str__(self) -> str:
        return f"{self.method} from {self.from_state}"

    def actor(self, cast: Cast) -> Membership:
        return cast.moderator if self.decides else cast.member

    def story(self, cast: Cast) -> Story:
        """Mia's story, about to be moved; its last decision was the second moderator's."""
        return make_story(author=cast.member, moderator=cast.second_moderator, state=self.from_state)

    def do(self, story: Story, by: Membership, revision: int | None = None) -> bool:
        given: dict[str, object] = {"by": by}
        if self.decides:
            given["revision"] = story.revision if revision is None else revision
        if self.with_message:
            given["message"] = MESSAGE
        done: bool = getattr(story, self.method)(**given)
        return done


PUBLISH = Transition("publish", Action.PUBLISH, State.PENDING, State.PUBLISHED, event="card")
RETURN = Transition("return_for_change", Action.RETURN, State.PENDING, State.RETURNED, with_message=True)
DECLINE = Transition("decline", Action.DECLINE, State.PENDING, State.DECLINED, with_message=True)
REMOVE = Transition("remove", Action.REMOVE, State.PUBLISHED, State.REMOVED, with_message=True, event="gone")
RESTORE = Transition("restore", Action.RESTORE, State.REMOVED, State.PUBLISHED, event="back")
SPAM = Transition("mark_spam", Action.SPAM, State.PENDING, State.SPAM)
NOT_SPAM = Transition("clear_spam", Action.NOT_SPAM, State.SPAM, State.PENDING)
KEEP = Transition("keep", Action.KEEP, State.ASIDE, State.PUBLISHED, event="back")
SUBMIT = Transition("submit", Action.SUBMIT, State.DRAFT, State.PENDING, decides=False)
RESUBMIT = Transition("submit", Action.SUBMIT, State.RETURNED, State.PENDING, decides=False)
WITHDRAW = Transition("withdraw", Action.WITHDRAW, State.PENDING, State.DRAFT, decides=False)

DECISIONS = [PUBLISH, RETURN, DECLINE, REMOVE, RESTORE]
TRANSITIONS = [*DECISIONS, SUBMIT, RESUBMIT, WITHDRAW]
