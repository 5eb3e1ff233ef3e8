"""A plain model of a story's life, which the real story is compared with (test_life_by_hypothesis.py)."""

from dataclasses import dataclass, field
from datetime import datetime

from stories.models.audit import UNDO_FOR

DONE, NOTHING, OVERTAKEN, REFUSED = "done", "nothing", "overtaken", "refused"

# method: (action, from where, to where, who), the whole of a story's life.
ARROWS: dict[str, tuple[str, set[str], str, str]] = {
    "submit": ("submit", {"draft", "returned"}, "pending", "author"),
    "withdraw": ("withdraw", {"pending", "spam"}, "draft", "author"),
    "take_down": ("take-down", {"published"}, "taken-down", "author"),
    "put_back": ("put-back", {"taken-down"}, "pending", "author"),
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
# Decisions that may supersede another, for a moderator who has read that one.
ANEW = {"publish": {"returned", "declined"}, "return_for_change": {"declined"}, "decline": {"returned"}}
ANSWERS = {"publish", "return", "decline", "spam", "not-spam"}
WITH_MESSAGE = {"return_for_change", "decline", "remove", "stand_by"}
ANNOUNCED = {"publish", "return", "decline", "remove", "restore", "edit", "own-words", "aside", "keep"}
ANNOUNCED |= {"take-down", "put-back"}
DECISIONS = {action for action, _, _, role in ARROWS.values() if role == "moderator"}
TEXTS = ("Held the door.", "Held the lift.", "Held my tongue.")
PEOPLE = ("author", "reader", "moderator", "second_moderator", "owner", "foreign_moderator")
MODERATORS = {"moderator", "second_moderator", "owner"}


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
    was_published: bool = False  # and the publication was not undone
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
            self.events.append("back" if before in ("removed", "aside", "taken-down") else "card")
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
        target = self.target(method, target)
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
        self.was_published |= self.state == "published"
        entry = self.wrote(who, action, before)
        self.told(before)
        if method in ("dismiss_reports", "remove"):
            entry.answered = {reporter for reporter, is_open in self.reports.items() if is_open}
            self.reports |= dict.fromkeys(entry.answered, False)
        return DONE

    def target(self, method: str, usual: str) -> str:
        """Return the state after a transition: what was published before never becomes a draft again."""
        return "taken-down" if method == "withdraw" and self.was_published else usual

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
        self.was_published = any(one.after == "published" for one in self.standing)
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
