"""The worst published wall: what is kept of it in memory has bounds in bytes."""

import pytest

from tests.hostile.target import Person, Target

pytestmark = pytest.mark.once

MOST_MEMORY = 250 << 20
TEAM = "worst"
STORIES = 60
# A thousand characters in ten thousand code points of four bytes each.
CHARACTER = "👩" + "\U000e0061" * 9


def test_worst_published_wall_stays_in_its_memory(target: Target) -> None:
    behind = target.installation.behind
    owner = f"{TEAM}.owner"
    behind("team", slug=TEAM, name="The Worst Wall", owner=owner, owner_name="Olu Owner")
    behind("change_team", slug=TEAM, by=owner, visibility="public")
    who = {"team": TEAM, "author": owner, "moderator": owner, "state": "published"}
    pks = [behind("story", body=f"{number:03}" + CHARACTER * 999, **who) for number in range(STORIES)]
    reader = Person(target.port, behind("session_of", who=owner, team=TEAM))
    with target.watched() as watch:
        for number in range(120):
            pk, language = pks[-1 - number % 24], ("en", "de")[number % 2]
            pressed = reader.post(f"/{TEAM}/stories/{pk}/react/", {"kind": ("warm", "smile")[number % 2]})
            assert pressed.status in (200, 302)
            if number % 8 == 0:
                page = reader.get(f"/{TEAM}/", **{"Accept-Language": language})
                older = page.text.partition("?before=")[2].partition('"')[0]
                assert reader.get(f"/{TEAM}/?before={older}", **{"Accept-Language": language}).status == 200
                assert target.visitor().get(f"/{TEAM}/?{number}", **{"Accept-Language": language}).status == 200
    assert watch.memory < MOST_MEMORY, f"{watch.memory >> 20} MB"
