"""A person's own stories and their states."""

import itertools
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kindwall import clock
from stories.header import HeaderCounts
from stories.models import Report, State, Story
from tests.conftest import Cast, signed_in
from tests.factories import decided, make_draft, make_edit, make_story
from tests.pages import ids, part, text_of, words

STANDING = {
    "draft": "Draft",
    "pending": "Waiting for review",
    "published": "Published",
    "returned": "Returned for a change",
    "declined": "Declined",
    "removed": "Removed",
    "taken-down": "Taken down",
    "aside": "Hidden (under review)",
    "spam": "Waiting for review",
}


def mine(html: str) -> list[int]:
    return [int(found.split("-")[1]) for found in ids(html) if found.endswith("-mine")]


def test_mine_lists_every_own_story_with_its_state(cast: Cast) -> None:
    stories = {state: make_story(author=cast.member, moderator=cast.moderator, state=state) for state in STANDING}
    assert {*STANDING, "accepted"} == set(State)
    page = signed_in(cast.member).get("/harbour-team/mine/")
    found = {state: words(part(page, f"story-{story.pk}-standing")) for state, story in stories.items()}
    assert {state: said.startswith(STANDING[state]) for state, said in found.items()} == dict.fromkeys(STANDING, True)


def test_accepted_edit_is_listed_as_its_story(cast: Cast, story: Story) -> None:
    make_edit(story, author=cast.member, moderator=cast.moderator, body="Held it open.")
    page = signed_in(cast.member).get("/harbour-team/mine/")
    assert mine(text_of(page)) == [story.pk]
    assert "Held it open." in words(part(page, f"story-{story.pk}-mine"))


def test_open_edit_is_listed_as_one_and_links_to_its_story(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    item = part(signed_in(cast.member).get("/harbour-team/mine/"), f"story-{edit.pk}-mine")
    assert "Change to a story on the wall" in words(item)
    assert f'href="/harbour-team/stories/{story.pk}/"' in str(item)


def test_declined_story_links_once_to_standing_by_it(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
    client = signed_in(cast.member)
    link = f'href="/harbour-team/stories/{story.pk}/#story-{story.pk}-stand-by-message"'
    assert link in text_of(client.get("/harbour-team/mine/"))
    story.stand_by(by=cast.member, message="Please look again.")
    story.decline(by=cast.second_moderator, revision=story.revision, message="No, and this is final.")
    with clock.at(timezone.now() + timedelta(seconds=11)):
        page = client.get("/harbour-team/mine/")
    assert link not in text_of(page)
    said = words(part(page, f"story-{story.pk}-mine"))
    assert said.index("This is not ours to tell.") < said.index("Please look again.") < said.index("No, and this is")


FIX = "A moderator fixed a typo."


def fixed(cast: Cast) -> Story:
    story = make_story(author=cast.member, state="pending", body="Held teh door.")
    story.publish(by=cast.moderator, revision=story.revision, fixed="Held the door.")
    return story


def test_fixed_story_links_to_where_the_fix_can_be_reverted(cast: Cast, story: Story) -> None:
    with_fix, changed = fixed(cast), make_edit(story, author=cast.member, body="Held teh lift.")
    changed.publish(by=cast.moderator, revision=changed.revision, fixed="Held the lift.")
    client = signed_in(cast.member)
    page = client.get("/harbour-team/mine/")
    for each in (with_fix, story):
        item = part(page, f"story-{each.pk}-mine")
        assert FIX in words(item)
        address = f"/harbour-team/stories/{each.pk}/#story-{each.pk}-fix"
        assert f'href="{address}"' in str(item)
        assert f"story-{each.pk}-fix" in ids(client.get(address))
    with_fix.restore_own_words(by=cast.member)
    assert FIX not in words(part(client.get("/harbour-team/mine/"), f"story-{with_fix.pk}-mine"))


def test_fix_that_is_not_published_is_not_mentioned(cast: Cast, story: Story) -> None:
    undone, changed, overtaken = fixed(cast), fixed(cast), make_edit(story, author=cast.member, body="Held teh lift.")
    undone.undo(undone.audit_log.latest("pk"), by=cast.moderator)
    make_edit(changed, author=cast.member, moderator=cast.moderator, body="Held the lift.")
    overtaken.publish(by=cast.moderator, revision=overtaken.revision, fixed="Held the lift.")
    overtaken.undo(overtaken.audit_log.latest("pk"), by=cast.moderator)
    assert FIX not in text_of(signed_in(cast.member).get("/harbour-team/mine/"))


def test_author_sees_fixed_story_published_while_removal_can_be_undone(cast: Cast) -> None:
    story, client = fixed(cast), signed_in(cast.member)
    pages = ("/harbour-team/mine/", f"/harbour-team/stories/{story.pk}/")
    before = [words(part(client.get(page), "main")) for page in pages]
    assert "A moderator fixed a typo" in before[0]
    assert "A moderator fixed a typo" in before[1]
    story.remove(by=cast.moderator, revision=story.revision, message="Taken down.")
    assert [words(part(client.get(page), "main")) for page in pages] == before


def test_fixes_are_looked_up_by_story(cast: Cast) -> None:
    story = fixed(cast)
    with CaptureQueriesContext(connection) as captured:
        assert story.fix
    if connection.vendor == "sqlite":
        [found] = [query["sql"] for query in captured if "\"action\" = 'fix'" in query["sql"]]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {found}")
            plan = "\n".join(str(line) for line in cursor.fetchall())
        assert "audit_by_story" in plan
        assert "SCAN" not in plan


def test_twice_the_stories_and_reports_cost_the_same_queries(cast: Cast) -> None:
    client = signed_in(cast.member)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/harbour-team/mine/").status_code == 200
        return len(captured)

    def more() -> None:
        for state in map(str, State):
            make_story(author=cast.member, moderator=cast.moderator, state=state)
        waiting = make_story(author=cast.member, state="pending")
        waiting.decline(by=cast.moderator, revision=waiting.revision, message="A moment ago.")
        fixed(cast)
        others = make_story(author=cast.newcomer, moderator=cast.moderator)
        Report.make(others, by=cast.member, reason="private")
        others.dismiss_reports(by=cast.moderator, revision=others.revision)

    more()
    before = queries()
    more()
    assert queries() == before


def test_mine_lists_no_story_of_others(cast: Cast) -> None:
    for state in State:
        make_story(author=cast.member, moderator=cast.moderator, state=state)
    for person in (cast.newcomer, cast.moderator, cast.owner):
        page = signed_in(person).get("/harbour-team/mine/")
        assert mine(text_of(page)) == []
        assert "You have no stories yet." in words(part(page, "main"))


def test_pages_reach_the_first_story_though_many_have_one_moment(cast: Cast) -> None:
    made = [make_draft(author=cast.member).pk for _ in range(50)]
    Story.objects.update(updated_at=Story.objects.get(pk=made[0]).updated_at)
    client, path, found = signed_in(cast.member), "/harbour-team/mine/", []
    while path:
        html = text_of(client.get(path))
        found.append(mine(html))
        older = re.search(r'href="(\?list=unpublished&amp;before=[^"]+)#', html)
        path = "/harbour-team/mine/" + unescape(older[1]) if older else ""
    assert [len(page) for page in found] == [24, 24, 2]
    assert list(itertools.chain(*found)) == list(reversed(made))


def needs_author(cast: Cast) -> int:
    return HeaderCounts.read(cast.member).needs_author


@pytest.mark.parametrize(("days", "number"), [(8, 0), (6, 1)])
def test_count_changes_only_when_the_decision_that_supersedes_a_decline_has_settled(
    cast: Cast, days: int, number: int
) -> None:
    now = timezone.now()
    with clock.at(now - timedelta(days=days)):
        story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
    with clock.at(now):
        assert needs_author(cast) == number
        refusal = story.refusal_in_effect
        assert refusal is not None
        letter: Any = {"message": "Please say what happened."}
        story.return_for_change(by=cast.owner, revision=story.revision, supersedes=refusal.pk, **letter)
        assert needs_author(cast) == number
    with clock.at(now + timedelta(seconds=11)):
        assert needs_author(cast) == 1


def test_count_leaves_out_a_final_decline_until_the_decision_that_supersedes_it_has_settled(cast: Cast) -> None:
    now = timezone.now()
    with clock.at(now - timedelta(days=1)):
        story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
        story.stand_by(by=cast.member, message="It is short enough.")
        decided(story, cast.owner, "declined")
    with clock.at(now):
        refusal = story.refusal_in_effect
        assert refusal is not None
        story.return_for_change(by=cast.owner, revision=story.revision, supersedes=refusal.pk, message="Well.")
        assert needs_author(cast) == 0
    with clock.at(now + timedelta(seconds=11)):
        assert needs_author(cast) == 1
