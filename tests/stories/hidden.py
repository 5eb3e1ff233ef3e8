"""A team with every kind of story that is not on the wall, each with words of its own."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Membership
from kindwall import clock
from stories.models import Assignment, ModeratorNote, Report, State, Story
from tests.conftest import Cast
from tests.factories import decided, make_edit, make_member, make_story

UNPUBLISHED = [state for state in State if state != State.PUBLISHED]
BEFORE = timedelta(minutes=1)  # for what came before it, so that nothing of that can be undone any more
numbers = itertools.count(1)


def secret() -> str:
    """A word that is nowhere else, nor within another."""
    return f"Quokka{next(numbers)}x"


NOWHERE = "Quokka0x"  # a word like those, which no story holds
A_NAME = r"Author Quokka\d+x"


@dataclass
class Hidden:
    """A story, and the words that nobody may find; an author who has nothing on the wall is one of them."""

    story: Story
    words: tuple[str, ...]


type Hide = Callable[[Cast, Membership, Membership], Hidden]


def is_in_state(state: State) -> Hide:
    """A story that is in this state."""

    def hide(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
        if state == State.ACCEPTED:  # its own text hangs by now; the one before it does not any more
            old, new = secret(), "The kinder telling."
            edit = make_edit(
                make_story(author=author, moderator=moderator, body=old), author=author, moderator=moderator, body=new
            )
            return Hidden(edit, (old,))
        body, name = secret(), author.user.name
        return Hidden(make_story(author=author, moderator=moderator, state=state, body=body), (body, name))

    return hide


def edit_that_is(state: State) -> Hide:
    """A new text of a story that hangs on with the old one."""

    def hide(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
        body = secret()
        with clock.at(clock.now() - BEFORE):
            edit = make_edit(hung_by(author), author=author, body=body)
            if state == State.DRAFT:
                edit.withdraw(by=author)
            elif state != State.PENDING:
                decided(edit, moderator, state)
        return Hidden(edit, (body,))

    return hide


def just(method: str, *, letter: bool = False) -> Hide:
    """A story that a moderator has decided on this moment, and could take back."""

    def hide(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
        body, message = secret(), secret()
        state = State.PUBLISHED if method == "remove" else State.PENDING
        with clock.at(clock.now() - BEFORE):
            story = make_story(author=author, moderator=moderator, state=state, body=body)
        given: dict[str, Any] = {"message": message} if letter else {}
        getattr(story, method)(by=moderator, revision=story.revision, **given)
        return Hidden(story, (body, message, author.user.name))

    return hide


def undone(method: str, *, letter: bool = False) -> Hide:
    """A story that waits again, as the decision on it was taken back."""

    def hide(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
        hidden = just(method, letter=letter)(cast, author, moderator)
        hidden.story.undo(hidden.story.audit_log.latest("pk"), by=moderator)
        return hidden

    return hide


def declined_after_all(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
    """A moment ago, in place of the return that it had."""
    body, message = secret(), secret()
    with clock.at(clock.now() - BEFORE):
        story = make_story(author=author, moderator=moderator, state=State.RETURNED, body=body)
    assert story.refusal_in_effect is not None
    story.decline(by=moderator, revision=story.revision, supersedes=story.refusal_in_effect.pk, message=message)
    return Hidden(story, (body, message, author.user.name))


def stood_by(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
    body, message = secret(), secret()
    story = make_story(author=author, moderator=moderator, state=State.DECLINED, body=body)
    story.stand_by(by=author, message=message)
    return Hidden(story, (body, message, author.user.name))


def fixed_and_waiting_again(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
    body, without_typo = secret(), secret()
    story = make_story(author=author, state=State.PENDING, body=body)
    story.publish(by=moderator, revision=story.revision, fixed=without_typo)
    story.undo(story.audit_log.latest("pk"), by=moderator)
    return Hidden(story, (body, without_typo, author.user.name))


def own_words_before_a_fix(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
    """Hangs without its typo: the text as it was sent does not."""
    body = secret()
    story = make_story(author=author, state=State.PENDING, body=body)
    story.publish(by=moderator, revision=story.revision, fixed="Held the door, and my tongue.")
    return Hidden(story, (body,))


def reported(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
    """Hangs; what somebody says against it does not."""
    words, story = secret(), hung_by(author)
    Report.make(story, by=cast.newcomer, reason="hurts", words=words)
    return Hidden(story, (words,))


def noted_on(cast: Cast, author: Membership, moderator: Membership) -> Hidden:
    """Hangs; what moderators write for each other about it, and with its assignment, does not."""
    note, with_assignment, story = secret(), secret(), hung_by(author)
    ModeratorNote.write(story, by=moderator, text=note)
    Report.make(story, by=cast.owner, reason="other")
    Assignment.assign(story, by=moderator, to=cast.second_moderator, note=with_assignment)
    return Hidden(story, (note, with_assignment))


HIDDEN: dict[str, Hide] = {
    **{f"a story that is {state}": is_in_state(state) for state in UNPUBLISHED},
    **{
        f"an edit that is {state}": edit_that_is(state)
        for state in (State.DRAFT, State.PENDING, State.RETURNED, State.DECLINED, State.SPAM)
    },
    "a story just returned": just("return_for_change", letter=True),
    "a story just declined": just("decline", letter=True),
    "a story just removed": just("remove", letter=True),
    "a story just marked as spam": just("mark_spam"),
    "a story just declined after all": declined_after_all,
    "a publication undone": undone("publish"),
    "a return undone": undone("return_for_change", letter=True),
    "a story stood by": stood_by,
    "a fix undone": fixed_and_waiting_again,
    "own words before a fix": own_words_before_a_fix,
    "a report": reported,
    "notes of moderators": noted_on,
}
# Published stories with something hidden about them.
ON_THE_WALL = {"own words before a fix", "a report", "notes of moderators"}
# Hidden facts about a story that was published before.
ABOUT_ONE_THAT_HANGS = {name for name in HIDDEN if name.startswith("an edit")} | {"a report", "notes of moderators"}
# Cases in which a part may be seen on the wall.
SEEN_IN_PART = {"a story that is accepted", "own words before a fix"}


def hung_by(author: Membership) -> Story:
    return Story.objects.of(author.team).published().written_by(author).get()


def bring_authors(cast: Cast, moment: datetime) -> dict[str, Membership]:
    """Of all that will be hidden; and what hangs of theirs."""
    with clock.at(moment - BEFORE):
        authors = {name: make_member(team=cast.team, name=f"Author {secret()}") for name in HIDDEN}
        for name in ABOUT_ONE_THAT_HANGS:
            make_story(author=authors[name], moderator=cast.moderator)
    return authors


def hide(names: Iterable[str], cast: Cast, authors: dict[str, Membership], moment: datetime) -> dict[str, Hidden]:
    """As of that moment, which has to be the readers' as well: some of it can still be undone."""
    with clock.at(moment):
        return {name: HIDDEN[name](cast, authors[name], cast.moderator) for name in names}
