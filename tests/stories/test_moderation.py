"""The queue."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from stories.desk import SHOWN, usual_wait
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story, make_team
from tests.pages import ids, part, text_of, words


def waiting(person: Membership) -> list[int]:
    page = signed_in(person).get(f"/{person.team.slug}/moderation/")
    return [int(found.split("-")[1]) for found in ids(page) if found.endswith("-decision")]


def test_the_longest_wait_comes_first(cast: Cast) -> None:
    stories = [make_story(author=cast.member, state="pending") for _ in range(3)]
    Story.objects.filter(pk=stories[2].pk).update(submitted_at=stories[0].submitted_at - timedelta(hours=1))  # type: ignore[operator]
    assert waiting(cast.moderator) == [stories[2].pk, stories[0].pk, stories[1].pk]


def test_only_what_waits_in_this_team_is_in_the_queue(cast: Cast) -> None:
    pending = make_story(author=cast.member, state="pending")
    for state in ("draft", "published", "returned", "declined", "removed"):
        make_story(author=cast.member, moderator=cast.moderator, state=state)
    make_story(author=cast.foreign_owner, state="pending")
    assert waiting(cast.moderator) == [pending.pk]


def test_a_long_queue_shows_a_screenful_and_tells_how_many_wait(cast: Cast) -> None:
    for _ in range(SHOWN + 3):
        make_story(author=cast.member, state="pending")
    page = signed_in(cast.moderator).get("/harbour-team/moderation/")
    assert len(waiting(cast.moderator)) == SHOWN == 20
    assert "23 stories are waiting" in words(part(page, "main"))
    assert "More will come up as you answer these." in words(part(page, "main"))


def test_the_header_tells_moderators_and_nobody_else_how_many_wait(cast: Cast, pending: Story) -> None:
    assert "1 waiting" in " ".join(
        text_of(signed_in(cast.moderator).get("/harbour-team/")).replace('<span class="visually-hidden"> ', " ").split()
    )
    assert "nav-count" not in text_of(signed_in(cast.member).get("/harbour-team/"))


def test_my_own_story_in_the_queue_offers_no_answer(cast: Cast) -> None:
    story = make_story(author=cast.moderator, state="pending")
    item = f"story-{story.pk}-decision"
    mine = part(signed_in(cast.moderator).get("/harbour-team/moderation/"), item)
    assert "a colleague decides on it" in words(mine)
    assert "Publish" not in words(mine)
    assert "Publish" in words(part(signed_in(cast.owner).get("/harbour-team/moderation/"), item))


def test_an_empty_queue_says_so(cast: Cast) -> None:
    assert "Nobody is waiting." in words(part(signed_in(cast.moderator).get("/harbour-team/moderation/"), "main"))


def test_the_page_says_how_long_a_wait_usually_is(cast: Cast) -> None:
    for minutes in (10, 90, 40):
        story = make_story(author=cast.member, moderator=cast.moderator)
        decided = story.submitted_at + timedelta(minutes=minutes)  # type: ignore[operator]
        Story.objects.filter(pk=story.pk).update(decided_at=decided)
    pages = ("/harbour-team/moderation/", "/harbour-team/share/")
    for path in pages:
        assert "40 minutes" in words(part(signed_in(cast.moderator).get(path), "main")), path


@pytest.mark.django_db
def test_twice_the_stories_cost_the_same_queries() -> None:
    team = make_team(slug="harbour-team")
    moderator = make_member(team=team, role="moderator")
    make_member(team=team, role="moderator")
    client = signed_in(moderator)

    def add(number: int) -> None:
        for _ in range(number):
            story = make_story(author=make_member(team=team), moderator=moderator, state="returned")
            Story.objects.get(pk=story.pk).submit(by=Membership.objects.get(user=story.author))
        make_story(author=moderator, state="pending")

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/harbour-team/moderation/").status_code == 200
        return len(captured)

    add(4)
    before = cost()
    add(4)
    assert cost() == before <= 9


def test_a_story_that_waits_again_does_not_shorten_the_usual_wait(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    assert usual_wait(cast.team) is not None
    story.submit(by=cast.member)
    assert usual_wait(cast.team) is None, "its first answer is older than what it waits for now"
