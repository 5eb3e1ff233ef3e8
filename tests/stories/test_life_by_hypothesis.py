"""A story's life against a plain model of it: whoever does what in whatever order."""

import os
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import Membership
from stories.counting import drifted
from stories.models import OutboxEvent, Overtaken, ReactionKind, Refused, Story
from tests.conftest import make_cast
from tests.factories import make_draft

DONE, NOTHING, OVERTAKEN, REFUSED = "done", "nothing", "overtaken", "refused"

# method: (from where, to where, who), the whole of a story's life.
ARROWS: dict[str, tuple[set[str], str, str]] = {
    "submit": ({"draft", "returned"}, "pending", "author"),
    "withdraw": ({"pending"}, "draft", "author"),
    "publish": ({"pending"}, "published", "moderator"),
    "return_for_change": ({"pending"}, "returned", "moderator"),
    "decline": ({"pending"}, "declined", "moderator"),
    "remove": ({"published"}, "removed", "moderator"),
    "restore": ({"removed"}, "published", "moderator"),
}
WITH_MESSAGE = {"return_for_change", "decline", "remove"}
TEXTS = ("Held the door.", "Held the lift.", "Held my tongue.")
PEOPLE = ("author", "reader", "moderator", "second_moderator", "owner", "foreign_moderator")
MODERATORS = {"moderator", "second_moderator", "owner"}

people = st.sampled_from(PEOPLE)


@dataclass
class Model:
    """What a story should be by now."""

    author: str
    body: str = TEXTS[0]
    state: str = "draft"
    revision: int = 1
    log: list[tuple[str, str]] = field(default_factory=list)  # who did what
    states: list[str] = field(default_factory=lambda: ["draft"])
    events: list[str] = field(default_factory=list)
    reactions: set[tuple[str, str]] = field(default_factory=set)

    def moved(self, method: str, who: str, revision: int) -> str:
        """What comes of it, and what it changes."""
        sources, target, role = ARROWS[method]
        if role == "author" and who != self.author:
            return REFUSED
        if role == "moderator" and (who not in MODERATORS or who == self.author):
            return REFUSED
        if self.state == target and self.log and self.log[-1] == (who, method):
            return NOTHING
        if self.state not in sources or (role == "moderator" and revision != self.revision):
            return OVERTAKEN
        if target == "published":
            self.events.append("card")
        elif self.state == "published":
            self.events.append("gone")
        self.state = target
        self.states.append(target)
        self.log.append((who, method))
        return DONE

    def revised(self, who: str, body: str, revision: int) -> str:
        may = self.state in ("draft", "returned") or (self.state == "published" and who in MODERATORS)
        if who != self.author or not may:
            return OVERTAKEN
        if body == self.body:
            return NOTHING
        if revision != self.revision:
            return OVERTAKEN
        self.body = body
        self.revision += 1
        if self.state == "published":
            self.events.append("card")
            self.states.append("published")
            self.log.append((who, "edit"))
        return DONE

    def answered(self, who: str, kind: str) -> str:
        if kind == "uplift" and who == self.author:
            return REFUSED
        if self.state != "published" or who == "foreign_moderator":
            return OVERTAKEN
        key = (who, kind)
        taken_back = key in self.reactions
        self.reactions ^= {key}
        self.events.append("counts")
        return NOTHING if taken_back else DONE


class StoryLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undone_at_the_end = transaction.atomic()
        self.undone_at_the_end.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone_at_the_end.__exit__(None, None, None)

    @initialize(moderator_writes=st.booleans())
    def a_draft(self, moderator_writes: bool) -> None:
        cast = make_cast()
        self.team = cast.team
        self.people: dict[str, Membership] = {
            "author": cast.member,
            "reader": cast.newcomer,
            "moderator": cast.moderator,
            "second_moderator": cast.second_moderator,
            "owner": cast.owner,
            "foreign_moderator": cast.foreign_owner,
        }
        author = "moderator" if moderator_writes else "author"
        self.model = Model(author=author)
        self.pk = make_draft(author=self.people[author], body=TEXTS[0]).pk
        self.told = "draft"

    def outcome(self, change: Any) -> str:
        self.told = self.model.state
        try:
            return DONE if change() else NOTHING
        except Overtaken as overtaken:
            self.told = overtaken.story.state
            return OVERTAKEN
        except Refused:
            return REFUSED

    @property
    def story(self) -> Story:
        return Story.objects.get(pk=self.pk)

    @rule(method=st.sampled_from(sorted(ARROWS)), who=people, behind=st.sampled_from([0, 0, 0, 1, -1]))
    def move(self, method: str, who: str, behind: int) -> None:
        """`behind` makes it the answer to another text than the present one."""
        story, by = self.story, self.people[who]
        given: dict[str, Any] = {"by": by}
        if ARROWS[method][2] == "moderator":
            given["revision"] = story.revision - behind
        if method in WITH_MESSAGE:
            given["message"] = "A few words."
        expected = self.model.moved(method, who, story.revision - behind)
        assert self.outcome(lambda: getattr(story, method)(**given)) == expected

    @rule(method=st.sampled_from(["submit", "publish", "publish"]))
    def take_the_usual_way(self, method: str) -> None:
        """So that many lives get as far as the wall."""
        self.move(method, self.model.author if method == "submit" else "second_moderator", 0)

    @rule(own=st.booleans(), who=people, body=st.sampled_from(TEXTS), behind=st.sampled_from([0, 0, 1]))
    def revise(self, own: bool, who: str, body: str, behind: int) -> None:
        who = self.model.author if own else who
        story, by = self.story, self.people[who]
        revision = story.revision - behind
        expected = self.model.revised(who, body, revision)
        assert (
            self.outcome(lambda: story.revise(by=by, revision=revision, kind="given", qualities=["hope"], body=body))
            == expected
        )

    @rule(who=people, kind=st.sampled_from(["uplift", *ReactionKind.values]))
    def answer(self, who: str, kind: str) -> None:
        story, by = self.story, self.people[who]
        expected = self.model.answered(who, kind)
        if kind == "uplift":
            assert self.outcome(lambda: story.toggle_uplift(by=by)) == expected
        else:
            assert self.outcome(lambda: story.toggle_reaction(ReactionKind(kind), by=by)) == expected

    @invariant()
    def whoever_was_overtaken_was_told_the_present(self) -> None:
        assert self.told == self.model.state

    @invariant()
    def the_story_is_as_the_model_says(self) -> None:
        story = self.story
        assert (story.state, story.revision, story.body) == (self.model.state, self.model.revision, self.model.body)

    @invariant()
    def the_log_replays_to_the_present(self) -> None:
        rows = list(self.story.audit_log.oldest_first())
        names = {membership.user_id: name for name, membership in self.people.items()}
        said = [(names[row.actor_id or 0], row.action) for row in rows]
        assert said == [(who, method.removesuffix("_for_change")) for who, method in self.model.log]
        assert [row.to_state for row in rows] == self.model.states[1:]
        assert [row.from_state for row in rows] == self.model.states[:-1]

    @invariant()
    def counts_equal_rows(self) -> None:
        assert list(drifted(Story.objects.filter(pk=self.pk))) == []
        kinds = [kind for _, kind in self.model.reactions]
        counts = {kind.value: getattr(self.story, kind.counter) for kind in ReactionKind}
        assert counts == {kind.value: kinds.count(kind) for kind in ReactionKind}
        assert self.story.uplift_count == kinds.count("uplift")

    @invariant()
    def walls_are_told_of_the_published_alone(self) -> None:
        told = OutboxEvent.objects.filter(story_id=self.pk).order_by("pk")
        assert [event.kind for event in told] == self.model.events
        assert all(event.team_id == self.team.pk for event in told)


@pytest.mark.django_db
def test_whoever_does_whatever_in_whatever_order() -> None:
    run_state_machine_as_test(
        StoryLife,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            derandomize="CI" in os.environ,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
