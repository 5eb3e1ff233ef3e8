"""Reading a wall in each order, page by page: nothing is skipped or doubled, also while uplifts arrive."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Membership
from kindwall import clock
from stories import wall_filter, wall_order
from stories.models import OutboxEvent, ReactionKind, Story
from stories.models.warmth import BEGINNING, warmth
from stories.wall_filter import BEST, NEW, ORDERS, WARM, WallFilter
from stories.wall_order import is_cursor, read_stretch, uplifts_before
from tests.conftest import Cast
from tests.factories import make_members, make_story

BY_UPLIFTS = [order for order in ORDERS if order != NEW]


def read(team_id: int, order: str, before: str = "", words: str = "") -> tuple[list[int], str]:
    event, wanted = OutboxEvent.objects.newest_id(), WallFilter(words=words, order=order)
    assert not before or is_cursor(before, wanted)
    stretch = read_stretch(team_id, wanted, before, event, clock.now())
    return [story.pk for story in stretch.stories], stretch.older


def read_back(team_id: int, order: str, before: str, words: str = "") -> list[str]:
    """Return the cursors from that page back to the beginning, which has none."""
    cursors, wanted = [before], WallFilter(words=words, order=order)
    while cursors[-1]:
        assert is_cursor(cursors[-1], wanted)
        stretch = read_stretch(team_id, wanted, cursors[-1], OutboxEvent.objects.newest_id(), clock.now())
        cursors.append(stretch.newer)
    return cursors


def make_stories(cast: Cast, number: int) -> list[Story]:
    now = timezone.now()
    made = []
    for place in range(number):
        with clock.at(now - timedelta(hours=number - place)):
            made.append(make_story(author=cast.member, moderator=cast.moderator, body=f"Door {place}."))
    return made


def test_reading_goes_on_as_it_began_while_uplifts_arrive(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 3)
    make_stories(cast, 8)

    @settings(max_examples=30, deadline=None)
    @given(data=st.data(), order=st.sampled_from(BY_UPLIFTS))
    def read_while_uplifts_arrive(data: Any, order: str) -> None:
        with transaction.atomic():
            read_there_and_back(cast, order, data)
            transaction.set_rollback(True)

    read_while_uplifts_arrive()


def read_there_and_back(cast: Cast, order: str, data: Any) -> None:
    """Read page by page while people press, and back again; `data` draws who presses what."""
    readers, stories = [cast.owner, cast.newcomer, cast.moderator], list(Story.objects.all())
    presses = st.lists(st.tuples(st.sampled_from(stories), st.sampled_from(readers)), max_size=8)

    def press() -> None:
        for story, reader in data.draw(presses):
            story.toggle_uplift(by=reader)

    press()
    began = {story.pk: story.uplift_count for story in Story.objects.all()}
    seen, before = read(cast.team.pk, order)
    cursors = [""]
    while before:
        press()
        cursors.append(before)
        more, before = read(cast.team.pk, order, before)
        seen += more
    assert sorted(seen) == sorted(began)
    if order != WARM:
        assert seen == sorted(began, key=lambda pk: (began[pk], pk), reverse=True)
    press()
    assert read_back(cast.team.pk, order, cursors[-1]) == cursors[::-1]


def test_newest_come_first(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 2)
    stories = [story.pk for story in make_stories(cast, 3)]
    first, before = read(cast.team.pk, NEW)
    assert (first, read(cast.team.pk, NEW, before)) == (stories[:0:-1], ([stories[0]], ""))


def test_warmest_weighs_uplifts_against_age(cast: Cast) -> None:
    now = timezone.now()
    people = make_members(*((cast.team, f"Person {number}", "member") for number in range(9)))
    with clock.at(now - timedelta(hours=47)):
        lifted = make_story(author=cast.member, moderator=cast.moderator)
    later = make_story(author=cast.member, moderator=cast.moderator)
    for person in people:
        lifted.toggle_uplift(by=person)
    assert read(cast.team.pk, WARM)[0] == [lifted.pk, later.pk]
    lifted.toggle_uplift(by=people[0])
    assert read(cast.team.pk, WARM)[0] == [later.pk, lifted.pk]
    lifted.refresh_from_db()
    assert lifted.published_at
    assert lifted.warmth == warmth(8, lifted.published_at)


@pytest.mark.parametrize(("order", "days"), [("week", 7), ("month", 30), ("year", 365)])
def test_order_of_a_period_looks_back_from_now(
    cast: Cast, order: str, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.at(timezone.now() - timedelta(days=days, minutes=5)):
        make_story(author=cast.member, moderator=cast.moderator)
    with clock.at(timezone.now() - timedelta(days=days - 1)):
        inside = make_story(author=cast.member, moderator=cast.moderator)
    assert read(cast.team.pk, order)[0] == [inside.pk]
    monkeypatch.setattr(wall_filter, "FEW", 0)
    assert read(cast.team.pk, order)[0] == [inside.pk]
    assert len(read(cast.team.pk, "all")[0]) == 2


def test_reading_with_a_lost_beginning_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox reaches back a day; a reader who turns the page later gets the rest by the uplifts as they are."""
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 2)
    stories = make_stories(cast, 4)
    _, before = read(cast.team.pk, "all")
    OutboxEvent.objects.filter(team=cast.team).update(created_at=timezone.now() - timedelta(days=2))
    stories[0].toggle_uplift(by=cast.owner)
    OutboxEvent.objects.prune()
    assert len(read(cast.team.pk, "all", before)[0]) == 2


def test_reading_goes_on_where_too_much_has_changed_to_be_known(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 2)
    stories = make_stories(cast, 4)
    _, before = read(cast.team.pk, "all")
    monkeypatch.setattr(wall_order, "MOST_UPLIFT_CHANGES", 1)
    for reader in (cast.owner, cast.newcomer):
        stories[0].toggle_uplift(by=reader)
    assert uplifts_before(cast.team.pk, 0) is None
    assert read(cast.team.pk, "all", before)[0] == [stories[1].pk]


def test_warmest_goes_on_to_stories_of_long_ago(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their warmth is less than nothing, or has an exponent when it is written."""
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 1)
    moments = [BEGINNING + timedelta(seconds=2), BEGINNING - timedelta(days=700), BEGINNING - timedelta(days=730)]
    made = []
    for moment in moments:
        with clock.at(moment):
            made.append(make_story(author=cast.member, moderator=cast.moderator).pk)
    seen, before = read(cast.team.pk, WARM)
    while before:
        more, before = read(cast.team.pk, WARM, before)
        seen += more
    assert seen == made


def test_best_matches_come_first_block_by_block(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_order, "STORIES_ON_PAGE", 2)
    monkeypatch.setattr(wall_order, "BLOCK", 3)
    bodies = ["Door door door.", "A door.", "A door and a window.", "Door!", "The door, the door.", "No."]
    for _ in range(3):
        make_story(author=cast.member, moderator=cast.moderator, body="An old door.")
    stories = [make_story(author=cast.member, moderator=cast.moderator, body=body).pk for body in bodies]
    seen, before = read(cast.team.pk, BEST, words="door")
    cursors = [""]
    while before:
        cursors.append(before)
        more, before = read(cast.team.pk, BEST, before, words="door")
        seen += more
    newest = [stories[4], stories[3], stories[2]]
    assert set(seen[:3]) == set(newest)
    assert seen[3:5] == [stories[0], stories[1]]
    assert len(seen) == len(set(seen)) == 8
    assert len(cursors) == 5
    assert read_back(cast.team.pk, BEST, cursors[-1], words="door") == cursors[::-1]
    # A better match that arrives moves no page onto another one.
    monkeypatch.setattr(wall_order, "BLOCK", 120)
    _, second = read(cast.team.pk, BEST, words="door")
    page, third = read(cast.team.pk, BEST, second, words="door")
    make_story(author=cast.member, moderator=cast.moderator, body="Door, door, door, door.")
    before = read_back(cast.team.pk, BEST, third, words="door")[1]
    assert read(cast.team.pk, BEST, before, words="door")[0] == page


def test_uplift_keeps_the_number_before_it(cast: Cast, story: Story) -> None:
    readers: list[Membership] = [cast.owner, cast.newcomer]
    for reader in readers:
        story.toggle_uplift(by=reader)
    counts = OutboxEvent.objects.filter(story_id=story.pk, kind="counts").order_by("pk")
    assert list(counts.values_list("uplifts_before", flat=True)) == [0, 1]
    story.toggle_reaction(ReactionKind.WARM, by=cast.owner)
    assert counts.filter(uplifts_before=None).count() == 1, "a reaction changes no place"
