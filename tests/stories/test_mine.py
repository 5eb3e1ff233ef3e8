"""My stories, and where each of them stands."""

import itertools

from stories.models import State, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_story
from tests.pages import ids, part, text_of, words

STANDING = {
    "draft": "Draft",
    "pending": "Waiting",
    "published": "On the wall",
    "returned": "Returned for a change",
    "declined": "Declined",
    "removed": "Removed",
}


def mine(html: str) -> list[int]:
    return [int(found.split("-")[1]) for found in ids(html) if found.endswith("-mine")]


def test_every_story_of_mine_is_there_with_where_it_stands(cast: Cast) -> None:
    stories = {
        state: make_story(author=cast.member, moderator=cast.moderator, state=state) for state in map(str, State)
    }
    page = signed_in(cast.member).get("/harbour-team/mine/")
    found = {state: words(part(page, f"story-{story.pk}-standing")) for state, story in stories.items()}
    assert {state: said.startswith(STANDING[state]) for state, said in found.items()} == dict.fromkeys(STANDING, True)


def test_nobody_elses_story_is_there(cast: Cast) -> None:
    for state in State:
        make_story(author=cast.member, moderator=cast.moderator, state=state)
    for person in (cast.newcomer, cast.moderator, cast.owner):
        page = signed_in(person).get("/harbour-team/mine/")
        assert mine(text_of(page)) == []
        assert "Nothing of yours yet." in words(part(page, "main"))


def test_pages_go_on_to_the_first_story_though_many_have_one_moment(cast: Cast) -> None:
    made = [make_draft(author=cast.member).pk for _ in range(50)]
    Story.objects.update(updated_at=Story.objects.get(pk=made[0]).updated_at)
    client, path, found = signed_in(cast.member), "/harbour-team/mine/", []
    while path:
        html = text_of(client.get(path))
        found.append(mine(html))
        path = (
            "/harbour-team/mine/" + html.split('href="?before=')[1].split('"')[0].join(("?before=", ""))
            if "?before=" in html
            else ""
        )
    assert [len(page) for page in found] == [24, 24, 2]
    assert list(itertools.chain(*found)) == list(reversed(made))
