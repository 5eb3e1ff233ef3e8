"""Tests of the caches with the largest possible wall: their memory is limited in bytes."""

import pytest

from tests.hostile.target import Person, Target

pytestmark = pytest.mark.once

MOST_MEMORY = 170 << 20  # with the pages unbounded, these rounds took 188 MB, and 146 MB as they are
TEAM = "worst"
STORIES = 60
ROUNDS = 25  # each is an event, after which every page is read anew
# A thousand characters in ten thousand code points of four bytes each.
CHARACTER = "👩" + "\U000e0061" * 9


def test_worst_published_wall_stays_in_its_memory(target: Target) -> None:
    behind = target.installation.behind
    owner = f"{TEAM}.owner"
    behind("team", slug=TEAM, name="The Worst Wall", owner=owner, owner_name="Olu Owner")
    behind("change_team", slug=TEAM, by=owner, visibility="public")
    who = {"team": TEAM, "author": owner, "moderator": owner, "state": "published"}
    pks = [behind("story", body=f"{number:03}" + CHARACTER * 999, **who) for number in range(STORIES)]
    reader = Person(target.port, behind("session_of", who=owner))
    with target.watched() as watch:
        page = reader.get(f"/{TEAM}/").text
        older = page.partition("?before=")[2].partition('"')[0]
        assert older
        for number in range(ROUNDS):
            language = {"Accept-Language": ("en", "de")[number % 2]}
            pressed = reader.post(f"/{TEAM}/stories/{pks[-1 - number % 24]}/react/", {"kind": "warm"})
            assert pressed.status in (200, 302)
            for address in ("", f"?before={older}"):  # drawn, but not sent
                assert reader.ask("HEAD", f"/{TEAM}/{address}", b"", language).status == 200
            assert target.visitor().ask("HEAD", f"/{TEAM}/?{number}", b"", language).status == 200
    assert watch.memory < MOST_MEMORY, f"{watch.memory >> 20} MB"
