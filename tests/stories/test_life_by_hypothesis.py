"""The story against a plain model of it, under random actions of random people at random moments."""

import os
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
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
from tests.conftest import make_cast
from tests.factories import make_draft
from tests.task_backend import clock_moved_to

DONE, NOTHING, OVERTAKEN, REFUSED = "done", "nothing", "overtaken", "refused"

# method: (action, from where, to where, who), the whole of a story's life.
ARROWS: dict[str, tuple[str, set[str], str, str]] = {
    "submit": ("submit", {"draft", "returned"}, "pending", "author"),
    "withdraw": ("withdraw", {"pending", "spam"}, "draft", "author"),
    "stand_by": ("stand-by", {"returned", "declined"}, "pending", "author"),
    "publish": ("publish", {"pending"}, "published", "moderator"),
    "return_for_change": ("return", {"pending"}, "returned", "moderator"),
    "decline": ("decline", {"pending"}, "declined", "moderator"),
    "mark_spam": ("spam", {"pending"}, "spam", "moderator"),
    "clear_spam": ("not-spam", {"spam"}, "pending", "moderator"),
    "remove": ("remove", {"published", "aside"}, "removed", "moderator"),
    "restore": ("restore", {"removed"}, "published", "moderator"),
    "dismiss_reports": ("keep", {"published", "aside"}, "published", "moderator"),
    "hide_for_review": ("aside", {"published"}, "aside", "nobody"),
}
# Where another answer may take the place of the one that was given, for whoever has read that one.
ANEW = {"publish": {"returned", "declined"}, "return_for_change": {"declined"}, "decline": {"returned"}}
ANSWERS = {"publish", "return", "decline", "spam", "not-spam"}
WITH_MESSAGE = {"return_for_change", "decline", "remove", "stand_by"}
ANNOUNCED = {"publish", "return", "decline", "remove", "restore", "edit", "own-words", "aside", "keep"}
DECISIONS = {action for action, _, _, role in ARROWS.values() if role == "moderator"}
TEXTS = ("Held the door.", "Held the lift.", "Held my tongue.")
PEOPLE = ("author", "reader", "moderator", "second_moderator", "owner", "foreign_moderator")
MODERATORS = {"moderator", "second_moderator", "owner"}

people = st.sampled_from(PEOPLE)


@dataclass(eq=False)
class Entry:
    """One entry of the model's log, with its side effects."""

    who: str
    action: str
    before: str
    after: str
    revision: int
    body: str
    at: datetime
    undone: bool = False
    announced: bool = True  # whether other apps would hear of it, if its action is one of those
    answered: set[str] = field(default_factory=set)  # whose reports

    def can_be_undone(self, now: datetime) -> bool:
        return self.action in DECISIONS and now < self.at + UNDO_FOR

    @property
    def settles_at(self) -> datetime:
        return self.at + UNDO_FOR if self.action in DECISIONS else self.at


@dataclass
class Model:
    """The expected story."""

    author: str
    now: datetime
    body: str = TEXTS[0]
    state: str = "draft"
    revision: int = 1
    settles_at: datetime | None = None
    stood_by: bool = False
    log: list[Entry] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    reactions: set[tuple[str, str]] = field(default_factory=set)
    reports: dict[str, bool] = field(default_factory=dict)  # by whom, and whether it is open

    @property
    def standing(self) -> list[Entry]:
        return [entry for entry in self.log if not entry.undone and entry.action != "undo"]

    @property
    def settled(self) -> list[int]:
        """Return the positions in the log of the decisions that were announced by now."""
        return [place for place, entry in enumerate(self.log) if self.has_settled(entry)]

    def has_settled(self, entry: Entry) -> bool:
        if not entry.announced or entry.action not in ANNOUNCED or entry not in self.standing:
            return False
        later = self.standing[self.standing.index(entry) + 1 :]
        successors = [one for one in later if one.before != one.after and one.at < entry.settles_at]
        return not successors and entry.settles_at <= self.now

    @property
    def is_settling(self) -> bool:
        return self.settles_at is not None and self.now < self.settles_at

    @property
    def seen_by_its_author(self) -> str:
        if self.state == "spam":
            return "pending"
        seen = self.state
        if self.is_settling:
            for entry in reversed(self.standing):
                if entry.action not in ("return", "decline", "remove") or not entry.can_be_undone(self.now):
                    break
                seen = entry.before
        return seen

    @property
    def answer(self) -> Entry | None:
        """Return the refusal in effect."""
        given = [entry for entry in self.standing if entry.action in ANSWERS]
        return given[-1] if self.state in ("returned", "declined") else None

    def wrote(self, who: str, action: str, before: str) -> Entry:
        self.log.append(Entry(who, action, before, self.state, self.revision, self.body, self.now))
        return self.log[-1]

    def told(self, before: str) -> None:
        if self.state == before:
            return
        if self.state == "published":
            self.events.append("back" if before in ("removed", "aside") else "card")
        elif before == "published":
            self.events.append("gone")

    def may_decide(self, who: str) -> bool:
        if who not in MODERATORS or who == self.author:
            return False
        said = [entry for entry in self.standing if entry.action in ("return", "decline", "stand-by")]
        if self.stood_by and self.state in ("returned", "declined"):
            asked = [entry.action for entry in said].index("stand-by")
            return said[-1].who == who or said[asked - 1].who != who
        return not (self.awaits_a_second_look and len(said) > 1 and said[-2].who == who)

    @property
    def awaits_a_second_look(self) -> bool:
        said = [entry.action for entry in self.standing if entry.action in ("return", "decline", "stand-by")]
        return self.state == "pending" and said[-1:] == ["stand-by"]

    def not_moved(self, who: str, action: str, target: str) -> str:
        same = self.log and (self.log[-1].who, self.log[-1].action) == (who, action)
        return NOTHING if same and self.state == target else OVERTAKEN

    def moved(self, method: str, who: str, revision: int, fixed: str = "", supersedes: Entry | None = None) -> str:
        """Apply a transition and return its expected outcome."""
        action, sources, target, role = ARROWS[method]
        if supersedes:
            present = supersedes is self.answer and supersedes.revision == self.revision
            sources = ANEW[method] if present else set()
        if refusal := self.stopped(method, who):
            return refusal
        if fixed and self.state == "pending" and fixed != self.body:
            if revision != self.revision:
                return OVERTAKEN
            self.body, self.revision, revision = fixed, self.revision + 1, revision + 1
            self.wrote(who, "fix", self.state)
        if self.state not in sources or (role == "moderator" and revision != self.revision):
            return self.not_moved(who, action, target)
        before, self.state = self.state, target
        self.settles_at = self.now + UNDO_FOR if role == "moderator" else None
        self.stood_by |= method == "stand_by"
        entry = self.wrote(who, action, before)
        self.told(before)
        if method in ("dismiss_reports", "remove"):
            entry.answered = {reporter for reporter, is_open in self.reports.items() if is_open}
            self.reports |= dict.fromkeys(entry.answered, False)
        return DONE

    def stopped(self, method: str, who: str) -> str:
        """Return the refusal that comes before anything else is checked, or an empty text."""
        action, _, target, role = ARROWS[method]
        if role == "author" and who != self.author:
            return REFUSED
        if method == "submit" and self.state == "spam":
            return NOTHING
        if method == "stand_by" and self.state in ("returned", "declined") and self.stood_by and not self.is_settling:
            return REFUSED
        if method in ("submit", "stand_by") and self.is_settling and self.state != "pending":
            return OVERTAKEN
        if role == "moderator" and not self.may_decide(who):
            return REFUSED
        again = self.log and self.log[-1].action == "keep"
        if method == "dismiss_reports" and again and not any(self.reports.values()):
            return self.not_moved(who, action, target)
        return ""

    def undid(self, entry: Entry, who: str) -> str:
        if entry.undone:
            return NOTHING
        if entry.who != who or not entry.can_be_undone(self.now):
            return REFUSED
        if (self.state, self.revision) != (entry.after, entry.revision) or self.settles_at is None:
            return OVERTAKEN
        place = self.log.index(entry)
        if any(later in self.standing for later in self.log[place + 1 :]):
            return OVERTAKEN
        earlier = [one for one in self.log[:place] if one in self.standing and one.action != "fix"]
        last = earlier[-1] if earlier else None
        self.settles_at = last.at + UNDO_FOR if last and last.can_be_undone(self.now) else None
        self.state, entry.undone = entry.before, True
        self.reports |= dict.fromkeys(entry.answered, True)
        if entry.action == "publish" and self.log[place - 1].action == "fix":
            self.body, self.revision = self.log[place - 2].body, self.revision + 1
        self.wrote(who, "undo", entry.after)
        self.told(entry.after)
        return DONE

    def kept_own_words(self, who: str) -> str:
        if who != self.author:
            return REFUSED
        fixes = [place for place, entry in enumerate(self.log) if entry.action == "fix"]
        fixed = bool(fixes) and self.log[fixes[-1]].body == self.body and not self.log[fixes[-1] + 1].undone
        if not fixed or self.state != "published":
            return self.not_moved(who, "own-words", "published")
        self.body, self.revision = self.log[fixes[-1] - 1].body, self.revision + 1
        self.wrote(who, "own-words", self.state)
        self.events.append("card")
        return DONE

    def revised(self, who: str, body: str, revision: int) -> str:
        written = self.state in ("draft", "returned") and not self.is_settling
        if who != self.author or not (written or (self.state == "published" and who in MODERATORS)):
            return OVERTAKEN
        if body == self.body:
            return NOTHING
        if revision != self.revision:
            return OVERTAKEN
        self.took(body)
        return DONE

    def took(self, body: str, announced: bool = True) -> None:
        """Apply another text; for a published story it is logged and announced."""
        self.body, self.revision = body, self.revision + 1
        if self.state in ("published", "removed", "aside"):
            self.wrote(self.author, "edit", self.state).announced = announced
        if self.state == "published":
            self.events.append("card")

    def took_back(self, body: str, who: str) -> None:
        """Apply the text that the latest edit replaced, after its acceptance was undone."""
        self.body, self.revision = body, self.revision + 1
        self.log[-1].undone = True
        self.wrote(who, "undo", self.state)
        if self.state == "published":
            self.events.append("card")

    def reported(self, who: str) -> str:
        if who == self.author:
            return REFUSED
        if self.state != "published" or who == "foreign_moderator":
            return OVERTAKEN
        new = who not in self.reports
        self.reports.setdefault(who, True)
        return DONE if new else NOTHING

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
        self.heard: list[int] = []
        settlement.listeners["heard"] = lambda entry: self.heard.append(entry.pk)

    def teardown(self) -> None:
        del settlement.listeners["heard"]
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
            assert story.as_author_sees_it().state == self.model.seen_by_its_author

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
        reports = Report.objects.filter(story=self.pk).order_by("pk").values_list("reporter_id", "answer_id")
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
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            derandomize="CI" in os.environ,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
