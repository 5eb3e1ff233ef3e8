"""Tests of texts made to take long: the server responds quickly, also to others."""

import pytest

from tests.hostile.target import Target

pytestmark = pytest.mark.once

FLAGS = "🇩" * 40_000
LETTERS = "a b " * 250
DRAFT = "b c a c " * 1_250
MOMENT = 3.0  # seconds, on a machine that runs other tests too; each of these took 15 and more
TEAM = "/harbour"


def story(target: Target, **made: str) -> int:
    pk: int = target.installation.behind("story", author="member", **made)
    return pk


def test_tens_of_thousands_of_flags_are_counted_in_a_moment(target: Target) -> None:
    member = target.person("member")
    with target.watched() as watch:
        saved = member.post(f"{TEAM}/share/", {"body": FLAGS[:20_000], "kind": "given", "action": "save"})
        sent = member.post(f"{TEAM}/share/", {"body": FLAGS, "kind": "given", "qualities": "hope", "action": "submit"})
    assert (saved.status, sent.status) == (422, 422)
    assert max(saved.seconds, sent.seconds, watch.slowest) < MOMENT
    assert "🇩🇩" in sent.text, "what was typed is given back"


def test_difference_of_a_thousand_letters_against_ten_thousand_is_drawn_in_a_moment(target: Target) -> None:
    pk = story(target, body=LETTERS)
    member = target.person("member")
    member.post(f"{TEAM}/stories/{pk}/edit/", {"body": DRAFT, "kind": "given", "qualities": "hope", "action": "save"})
    with target.watched() as watch:
        page = member.get(f"{TEAM}/stories/{pk}/")
    assert page.status == 200
    assert "<ins>" in page.text
    assert max(page.seconds, watch.slowest) < MOMENT


def test_accents_are_put_in_order_only_where_they_are_seen(target: Target) -> None:
    for number in range(12):
        story(target, state="pending", body=f"{number}" + "\u0301\u0316" * 4_990)
    moderator = target.person("moderator")
    with target.watched() as watch:
        desk = moderator.get(f"{TEAM}/moderation/")
    assert desk.status == 200
    assert max(desk.seconds, watch.slowest) < MOMENT


@pytest.mark.parametrize(
    "kind", ["text/plain; a*=x''b", "text/plain; charset*=utf-8''a%00", "text/plain; charset=base64"]
)
def test_content_type_that_nobody_can_read_is_no_failure(target: Target, kind: str) -> None:
    assert target.person("member").post(f"{TEAM}/people/?q=a", b"q=1", **{"Content-Type": kind}).status == 400
    assert target.visitor().get("/?q=a", **{"Content-Type": kind}).status == 400
