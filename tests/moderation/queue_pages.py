"""Reading the pages of the desk in tests: the list, and the story that is open."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from stories.models import Assignment, Claim, Report, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import attribute, elements, ids, part, text_of, words

DESK = "/harbour-team/moderation/"


def listed(response: Any) -> list[int]:
    """The stories in the list, in its order."""
    return [int(found.split("-")[1]) for found in ids(response) if found.endswith("-row")]


def opened(response: Any) -> int:
    """The story that lies beside it."""
    return next(int(found.split("-")[1]) for found in ids(response) if found.endswith("-decision"))


def waiting(person: Membership, show: str = "") -> list[int]:
    return listed(signed_in(person).get(f"/{person.team.slug}/moderation/", {"show": show} if show else {}))


def marks(person: Membership, story: Story, show: str = "") -> str:
    page = signed_in(person).get(DESK, {"show": show} if show else {})
    return words(part(page, f"story-{story.pk}-row"))


def shown(person: Membership, story: Story) -> str:
    page = signed_in(person).get(DESK, {"story": story.pk})
    return words(part(page, f"story-{story.pk}-decision"))


def known(author: Membership, moderator: Membership) -> Membership:
    """Somebody of whom a story was let in before."""
    make_story(author=author, moderator=moderator)
    return author


def reported(story: Story, *reporters: Membership) -> Story:
    for reporter in reporters:
        Report.make(story, by=reporter, reason="private", words="His knees are nobody’s business.")
    return story


def stood_by(cast: Cast, first: Membership) -> Story:
    story = make_story(author=cast.member, moderator=first, state="returned")
    story.stand_by(by=cast.member, message="It is mine to tell.")
    return story


def lay_out(cast: Cast) -> dict[str, Story]:
    """One story for each thing that a moderator may look for, and where it is among the rest."""
    author = known(cast.member, cast.owner)
    back = make_story(author=author, moderator=cast.owner, state="returned")
    back.submit(by=author)
    mine, colleagues = (make_story(author=author, state="pending") for _ in range(2))
    Assignment.assign(mine, by=cast.owner, to=cast.moderator)
    Claim.take(colleagues, by=cast.second_moderator)
    found = {
        "usual": make_story(author=author, state="pending"),
        "new": make_story(author=cast.newcomer, state="pending"),
        "back": back,
        "stood-by": stood_by(cast, cast.owner),
        "mine": mine,
        "claimed": colleagues,
        "reported": reported(make_story(author=author, moderator=cast.owner), cast.newcomer),
        "aside": reported(make_story(author=author, moderator=cast.owner), cast.newcomer),
        "spam": make_story(author=author, moderator=cast.owner, state="spam"),
    }
    found["aside"].hide_for_review()
    make_story(author=author, moderator=cast.owner, state="declined")
    return found


def crowd(team_id: int, author: Membership, number: int) -> None:
    now = timezone.now()
    Story.objects.bulk_create(
        Story(
            team_id=team_id,
            author=author.user,
            created_by_editor=uuid.uuid4(),
            kind="given",
            first_quality="hope",
            body=f"Number {place}.",
            state="pending",
            submitted_at=now - timedelta(minutes=place),
            submission_count=1,
        )
        for place in range(number)
    )


def multiply_waiting_stories(*, by: int) -> None:
    """Copy each of them in the database, which is SQLite."""
    columns = [str(field.column) for field in Story._meta.concrete_fields]
    same = ", ".join(column for column in columns if column not in ("id", "created_by_editor"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE copy(place) AS (SELECT 2 UNION ALL SELECT place + 1 FROM copy WHERE place < {by})"
            f" INSERT INTO stories_story (created_by_editor, {same})"
            f" SELECT lower(hex(randomblob(16))), {same} FROM stories_story, copy WHERE state = 'pending'"
        )


def news(client: Client, *stories: Story, show: str = "all", opened: Story | None = None) -> Any:
    query = {"show": show, "shown": [story.pk for story in stories], "story": opened.pk if opened else ""}
    return client.get(f"{DESK}news/", query)


def cost(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert ask().status_code == 200
    return len(captured)


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"{'EXPLAIN QUERY PLAN' if connection.vendor == 'sqlite' else 'EXPLAIN'} {sql}")
        return "\n".join(str(line) for line in cursor.fetchall())


def link(page: Any, name: str) -> str:
    """Return the address of the link with these words; empty where there is none."""
    found = [one for one in elements(text_of(page)) if one.name == "a" and words(one) == name]
    return (attribute(found[0], "href") or "") if found else ""
