"""Tests of a member who sends and saves stories in a loop."""

from collections import Counter
from uuid import uuid4

import pytest

from tests.hostile.target import Person, Target

pytestmark = pytest.mark.once

TYPED = {"kind": "given", "qualities": "hope"}
SEND, SAVE = {"action": "submit"}, {"action": "save"}


def newcomer(target: Target, who: str) -> Person:
    """Somebody of their own: the limits stay used up for the tests that come after."""
    target.installation.behind("member", who=who, name=who.title())
    return target.person(who)


def test_stories_in_a_loop_are_limited_and_given_back(target: Target) -> None:
    member, statuses, refused = newcomer(target, "hasty"), Counter[int](), []
    with target.watched() as watch:
        for number in range(60):
            reply = member.post(
                "/harbour/share/", {**TYPED, **SEND, "composer": str(uuid4()), "body": f"Held {number}"}
            )
            statuses[reply.status] += 1
            if reply.status == 429:
                assert f"Held {number}" in reply.text
                refused.append(int(reply.headers["retry-after"]))
    assert statuses[302] <= 20
    assert statuses[429] + statuses[302] == 60
    assert all(0 < seconds <= 24 * 3600 for seconds in refused)
    assert watch.slowest < 5
    moderator = target.person("moderator").get("/harbour/moderation/")
    assert moderator.status == 200


def test_drafts_in_a_loop_are_bounded_in_number(target: Target) -> None:
    member, statuses = newcomer(target, "collector"), Counter[int]()
    htmx = {"HX-Request": "true"}
    with target.watched() as watch:
        for number in range(70):
            fields = {**TYPED, **SAVE, "composer": str(uuid4()), "body": f"{number} " + "x" * 9_000}
            reply = member.post("/harbour/share/", fields, **htmx)
            statuses[reply.status] += 1
            if reply.status == 422:
                assert "drafts already" in reply.text
    assert statuses[200] <= 50
    assert statuses[422] >= 20
    assert set(statuses) == {200, 422}
    assert watch.slowest < 5
