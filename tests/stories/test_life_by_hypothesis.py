"""The story against a plain model of it, under random actions of random people at random moments."""

import os
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from accounts.models import Membership
from kindwall import clock
from stories import settlement
from stories.counters import drifted
from stories.models import OutboxEvent, Overtaken, ReactionKind, Refused, Report, Story, StoryText
from stories.models.audit import UNDO_FOR
from stories.search import index
from tests.conftest import make_cast
from tests.factories import make_draft
from tests.stories.life_model import (
    ANEW,
    ARROWS,
    DECISIONS,
    DONE,
    MODERATORS,
    NOTHING,
    OVERTAKEN,
    PEOPLE,
    REFUSED,
    TEXTS,
    WITH_MESSAGE,
    Entry,
    Model,
)
from tests.task_backend import clock_moved_to

people = st.sampled_from(PEOPLE)


class StoryLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undone_at_the_end = transaction.atomic()
        self.undone_at_the_end.__enter__()
        self.heard: list[int] = []
        settlement.settlement_listeners["heard"] = lambda entry: self.heard.append(entry.pk)

    def teardown(self) -> None:
        del settlement.settlement_listeners["heard"]
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
        self.model = Model(author=author, now=timezone.now())
        self.pk = make_draft(author=self.people[author], body=TEXTS[0]).pk
        self.told = "draft"

    def outcome(self, change: Any) -> str:
        self.told = self.model.state
        try:
            with clock.at(self.model.now):
                return DONE if change() else NOTHING
        except Overtaken as overtaken:
            self.told = overtaken.story.state
            return OVERTAKEN
        except Refused:
            return REFUSED

    @property
    def story(self) -> Story:
        return Story.objects.get(pk=self.pk)

    @rule(seconds=st.sampled_from([3, 11, 11]))
    def time_passes(self, seconds: int) -> None:
        self.model.now += timedelta(seconds=seconds)

    @rule(method=st.sampled_from(sorted(ARROWS)), who=people, behind=st.sampled_from([0, 0, 0, 1, -1]))
    def move(self, method: str, who: str, behind: int, fixed: str = "", supersedes: Entry | None = None) -> None:
        """Try a transition; `behind` makes it one about an earlier text."""
        role = ARROWS[method][3]
        who = "nobody" if role == "nobody" else who
        story = self.story
        given: dict[str, Any] = {} if role == "nobody" else {"by": self.people[who]}
        if role == "moderator":
            given["revision"] = story.revision - behind
        if method in WITH_MESSAGE:
            given["message"] = "A few words."
        if fixed:
            given["fixed"] = fixed
        if supersedes:
            given["supersedes"] = story.audit_log.oldest_first()[self.model.log.index(supersedes)].pk
        expected = self.model.moved(method, who, story.revision - behind, fixed, supersedes)
        assert self.outcome(lambda: getattr(story, method)(**given)) == expected

    @rule(choice=st.randoms(use_true_random=False), fixed=st.sampled_from(["", "", *TEXTS]))
    def take_an_open_way(self, choice: Any, fixed: str) -> None:
        """Make a transition that is allowed, so that many stories get far, mostly towards publication."""
        open_ways = [method for method, (_, sources, _, _) in sorted(ARROWS.items()) if self.model.state in sources]
        method = "publish" if self.model.state == "pending" and choice.random() < 0.5 else choice.choice(open_ways)
        able = [name for name in ("moderator", "second_moderator", "owner") if self.model.may_decide(name)]
        who = self.model.author if ARROWS[method][3] == "author" else choice.choice(able)
        self.move(method, who, 0, fixed if method == "publish" else "")

    @precondition(lambda self: any(entry.action in ("return", "decline") for entry in self.model.log))
    @rule(
        method=st.sampled_from(sorted(ANEW)),
        who=st.sampled_from([*sorted(MODERATORS), "author"]),
        back=st.sampled_from([0, 0, 0, 1]),
        behind=st.sampled_from([0, 0, 0, 1]),
    )
    def answer_anew(self, method: str, who: str, back: int, behind: int) -> None:
        """Supersede a refusal; `back` makes it an earlier one than the last."""
        answers = [entry for entry in self.model.log if entry.action in ("return", "decline")]
        self.move(method, who, behind, supersedes=answers[-1 - back] if back < len(answers) else answers[-1])

    @precondition(lambda self: any(entry.action in DECISIONS for entry in self.model.log))
    @rule(back=st.sampled_from([0, 0, 0, 1]), own=st.sampled_from([True, True, False]), who=people)
    def undo(self, back: int, own: bool, who: str) -> None:
        places = [place for place, entry in enumerate(self.model.log) if entry.action in DECISIONS]
        place = places[-1 - back] if back < len(places) else places[-1]
        who = self.model.log[place].who if own else who
        story = self.story
        entry = story.audit_log.oldest_first()[place]
        expected = self.model.undid(self.model.log[place], who)
        assert self.outcome(lambda: story.undo(entry, by=self.people[who])) == expected

    @rule(own=st.sampled_from([True, True, False]), who=people)
    def restore_own_words(self, own: bool, who: str) -> None:
        who = self.model.author if own else who
        expected = self.model.kept_own_words(who)
        assert self.outcome(lambda: self.story.restore_own_words(by=self.people[who])) == expected

    @rule(own=st.booleans(), who=people, body=st.sampled_from(TEXTS), behind=st.sampled_from([0, 0, 1]))
    def revise(self, own: bool, who: str, body: str, behind: int) -> None:
        who = self.model.author if own else who
        story, by = self.story, self.people[who]
        revision = story.revision - behind
        expected = self.model.revised(who, body, revision)
        assert (
            self.outcome(lambda: story.revise(by=by, revision=revision, text=StoryText("given", ["hope"], body)))
            == expected
        )

    @precondition(lambda self: self.model.state in ("published", "removed", "aside"))
    @rule(body=st.sampled_from(TEXTS), undone=st.booleans())
    def change_by_an_edit(self, body: str, undone: bool) -> None:
        """Accept an edit; or undo that and decline it, which leaves the story with its own text."""
        author, old = self.people[self.model.author], self.model.body
        with clock.at(self.model.now):
            text: dict[str, Any] = {"kind": "given", "qualities": ["hope"], "body": body}
            edit, new = Story.begin(by=author, editor=uuid.uuid4(), edit_of=self.story, text=StoryText(**text))
            assert new
            edit.submit(by=author)
            edit.publish(by=self.people["second_moderator"], revision=1)
            self.model.took(body, announced=False)  # the edit's own decision is
            if undone:
                edit.undo(edit.audit_log.latest("pk"), by=self.people["second_moderator"])
                self.model.took_back(old, "second_moderator")
                edit.decline(by=self.people["owner"], revision=1, message="A few words.")
        self.model.now += UNDO_FOR
        self.told = self.model.state

    @rule(who=people)
    def report(self, who: str) -> None:
        expected = self.model.reported(who)
        assert self.outcome(lambda: Report.make(self.story, by=self.people[who], reason="hurts")[1]) == expected

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
        assert (story.settles_at is None) is (self.model.settles_at is None)
        assert (story.is_pending and story.is_stood_by) is self.model.awaits_a_second_look
        assert story.is_final is self.model.stood_by
        with clock.at(self.model.now):
            assert story.state_for_author() == self.model.seen_by_its_author

    @invariant()
    def the_log_replays_to_the_present(self) -> None:
        rows = list(self.story.audit_log.oldest_first())
        names = {membership.user_id: name for name, membership in self.people.items()}
        names[0] = "nobody"
        said = [(names[row.actor_id or 0], row.action, row.from_state, row.to_state, row.body) for row in rows]
        assert said == [(one.who, one.action, one.before, one.after, one.body) for one in self.model.log]
        states = ["draft", *(row.to_state for row in rows)]
        assert [row.from_state for row in rows] == states[:-1]
        assert states[-1] == self.model.state

    @invariant()
    def reports_are_open_until_they_are_answered(self) -> None:
        reports = Report.objects.filter(story=self.pk).order_by("pk").values_list("reporter_id", "decision_id")
        names = {membership.user_id: name for name, membership in self.people.items()}
        assert {names[reporter]: answer is None for reporter, answer in reports} == self.model.reports

    @invariant()
    def settled_decisions_are_announced_once_and_no_others(self) -> None:
        with clock_moved_to(self.model.now):
            places = {row.pk: place for place, row in enumerate(self.story.audit_log.oldest_first())}
        assert sorted(places[pk] for pk in self.heard if pk in places) == self.model.settled

    @invariant()
    def counts_equal_rows(self) -> None:
        assert list(drifted(Story.objects.filter(pk=self.pk))) == []
        assert list(index.problems(connection)) == []
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
def test_model_and_database_agree_in_any_order_of_actions() -> None:
    run(
        StoryLife,
        settings=settings(
            # Another database may refuse a row or order rows otherwise; the arrows are the same.
            max_examples=30 if connection.vendor == "sqlite" else 10,
            stateful_step_count=20,
            deadline=None,
            derandomize="CI" in os.environ,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
