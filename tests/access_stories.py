"""The access tables of a story in each of its states, for its readers, its author and its moderators."""

from collections.abc import Iterator

from stories.models import State
from tests.access_cases import Case, all_of_us, row

ANSWERED = (State.RETURNED, State.DECLINED)
ACTIONS = (
    "submit",
    "withdraw",
    "stand-by",
    "own-words",
    "take-down",
    "put-back",
    "delete",
    "report",
    "uplift",
    "react",
    "publish",
    "return",
    "decline",
    "remove",
    "restore",
)
FROM: dict[str, tuple[str, ...]] = {
    "publish": ("pending",),
    "return": ("pending",),
    "decline": ("pending",),
    "remove": ("published", "aside"),
    "restore": ("removed",),
}
# What takes forms alone refuses a look at it before it knows of any story: seen of the state that most may know of, and
# of the one that nobody may.
LOOKED_AT = (State.PUBLISHED, State.DRAFT)
# From where a moderator's answers beside those of FROM lead on.
AT_THE_DESK = {
    "fix": ("pending",),
    "spam": ("pending",),
    "not-spam": ("spam",),
    "keep": ("published", "aside"),
    "review": (),  # every published story of the table has been reviewed
}


def story_cases() -> Iterator[Case]:
    for state in map(str, State):
        story = "/harbour-team/stories/{pk}/"
        draft, published = state == "draft", state == "published"
        editable = state in ("draft", "returned")
        # Others see what is published; moderators also all but drafts.
        readers, moderators = 404 if not published else 200, 404 if draft else 200
        # An accepted edit leads to the story that has its text.
        shown = 302 if state == "accepted" else 200
        # What does not hang lies on the moderators' desk.
        read = 404 if draft else 200 if published else 302
        yield Case("get", story, row(readers=readers, author=shown, moderators=read), state)
        yield Case("post", story, all_of_us(405), state)
        reacted = 200 if published else 404
        yield Case("get", f"{story}reactions/", all_of_us(reacted), state)
        yield Case("post", f"{story}reactions/", all_of_us(405), state)
        # What hangs is changed by a new text that waits.
        opened = 200 if editable or published else 302
        yield Case("get", f"{story}edit/", row(readers=404, author=opened, moderators=404), state)
        saved = 302 if editable or published else 409
        yield Case("post", f"{story}edit/", row(readers=404, author=saved, moderators=404), state, "text")
        if state in LOOKED_AT:
            yield from (Case("get", f"{story}{action}/", all_of_us(405), state) for action in ACTIONS)
        for action in ("submit", "withdraw", "stand-by", "own-words", "take-down", "put-back", "delete"):
            not_theirs = {200: 403, 404: 404}
            done = 409 if action == "stand-by" and state not in ANSWERED else 302
            expected = row(readers=not_theirs[readers], author=done, moderators=not_theirs[moderators])
            yield Case("post", f"{story}{action}/", expected, state, "words")
        reported = {200: 302, 404: 404}
        expected = row(readers=reported[readers], author=403, moderators=reported[moderators])
        yield Case("post", f"{story}report/", expected, state, "words")
        for action in ("uplift", "react"):
            answered = {200: 302, 404: 404}
            expected = row(readers=answered[readers], author=302, moderators=answered[moderators])
            yield Case("post", f"{story}{action}/", expected, state, "kind")
        for action, from_states in FROM.items():
            decided = 404 if draft else 302 if state in from_states else 409
            yield Case("post", f"{story}{action}/", row(readers=403, author=403, moderators=decided), state, "decision")


def desk_cases() -> Iterator[Case]:
    for state in map(str, State):
        # Its letter is shown in place, or else by the desk.
        removal, draft = "/harbour-team/stories/{pk}/removal/", state == "draft"
        yield Case("get", removal, row(readers=403, author=403, moderators=404 if draft else 302), state)
        removed = 404 if draft else 302 if state in FROM["remove"] else 409
        yield Case("post", removal, row(readers=403, author=403, moderators=removed), state, "desk")
        decided = {action: 302 if state in states else 409 for action, states in AT_THE_DESK.items()}
        assigned = dict.fromkeys(("assign", "hand"), 302 if state in ("pending", "aside") else 409)
        among_themselves = {**assigned, "give-back": 302, "notes": 302, "notes/delete": 200}
        expected = {**decided, "letter": 200, "claim": 302, **among_themselves}
        for action, status in expected.items():
            path = f"/harbour-team/stories/{{pk}}/{action}/"
            if state in LOOKED_AT:
                yield Case("get", path, all_of_us(405), state)
            moderators = 404 if state == "draft" else status
            yield Case("post", path, row(readers=403, author=403, moderators=moderators), state, "desk")
