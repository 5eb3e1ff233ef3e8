"""How much of a wall one sees at once, in which order, and what it costs to draw."""

import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FloatRect, Page

from tests.journeys.installation import Installation
from tests.journeys.visits import MOVING, STREAM, Visits
from tests.journeys.wall import card, unique

pytestmark = [pytest.mark.journey, pytest.mark.once]

# Offsets, because a note leans and its rectangle with it. A hole is bare wall between notes, at least 80 px wide.
LAYOUT = """() => {
  const head = document.querySelector(".site-head").offsetHeight;
  const boxes = [...document.querySelectorAll("#notes > .note, .note-room, .note-next")].map((note) => ({
    id: note.id, left: note.offsetLeft, top: note.offsetTop, wide: note.offsetWidth, tall: note.offsetHeight,
    right: note.offsetLeft + note.offsetWidth, bottom: note.offsetTop + note.offsetHeight }));
  const [width, end] = [document.documentElement.clientWidth, Math.max(...boxes.map((box) => box.bottom))];
  const paper = boxes.reduce((sum, box) => sum + box.wide * box.tall, 0) / (width * (end - head));
  let hole = 0;
  for (let x = Math.min(...boxes.map((box) => box.left)); x + 80 < Math.max(...boxes.map((box) => box.right)); x += 8) {
    const covering = boxes.filter((box) => box.left < x + 80 && box.right > x).sort((one, two) => one.top - two.top);
    let bare = head;
    for (const { top, bottom } of covering) {
      hole = Math.max(hole, top - bare);
      bare = Math.max(bare, bottom);
    }
  }
  const stories = boxes.filter((box) => box.id.startsWith("story-"));
  const disorder = stories.slice(1).filter((box, place) => {
    const before = stories[place];
    const sameRow = Math.abs(box.top - before.top) < 60;
    return sameRow ? box.left <= before.left : box.top <= before.top;
  });
  return { head, paper, hole, boxes: Object.fromEntries(stories.map((box) => [box.id, box])),
    begun: stories.filter((box) => box.top < innerHeight).length, disorder: disorder.map((box) => box.id) };
}"""


def demo_texts() -> list[str]:
    stories = tomllib.loads(Path("stories/demo/harbour.toml").read_text())["stories"]
    return [story["body"] for story in stories if story.get("state", "published") == "published"][:24]


def test_a_wall_is_full_and_in_order_and_a_new_note_moves_no_other(visit: Visits, place: Installation) -> None:
    slug = unique("wall").replace(" (", "-").rstrip(")")
    place.behind("team", slug=slug, name="The Full Wall", owner=f"{slug}.owner", owner_name="Rui Rocha")
    place.behind("change_team", slug=slug, by=f"{slug}.owner", visibility="public")

    def publish(words: str) -> int:
        who = f"{slug}.owner"
        number: int = place.behind("story", author=who, moderator=who, body=words, team=slug)
        return number

    for words in reversed(demo_texts()):
        publish(words)
    page = visit(None, "about:blank", viewport={"width": 1920, "height": 1080}, bypass_csp=True)
    with page.expect_response(STREAM):
        page.goto(f"/{slug}/")
    # Notes that are far below are as tall as most are until somebody comes near; here each is as tall as it is.
    page.add_style_tag(content=".note { content-visibility: visible !important }")
    expect_full(page, begun=8)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function("innerWidth === 1280")
    expect_full(page, begun=5)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("innerWidth === 390")
    assert page.evaluate(LAYOUT)["begun"] >= 3
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function("innerWidth === 1280")
    before = page.evaluate(LAYOUT)["boxes"]
    for words in ("Thanks.", "He waited. " * 60, "x\n" * 500):
        card(page, publish(words)).wait_for()
        after = page.evaluate(LAYOUT)
        moved = {after["boxes"][one]["top"] - box["top"] for one, box in before.items()}
        assert max(moved) - min(moved) <= 1, "the notes below went down together"
        assert after["hole"] <= 120
        assert all(
            after["boxes"][one][side] == box[side] for one, box in before.items() for side in ("left", "wide", "tall")
        )
    assert max(box["tall"] for box in after["boxes"].values()) < 800, "a long text is cut"


def expect_full(page: Page, *, begun: int) -> None:
    seen = page.evaluate(LAYOUT)
    assert seen["head"] <= 96
    assert seen["begun"] >= begun
    assert seen["paper"] >= 0.7
    assert seen["hole"] <= 120
    assert seen["disorder"] == []


def test_a_wall_is_light_to_draw(visit: Visits) -> None:
    page = visit("newcomer")
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    metrics: dict[str, Any] = {one["name"]: one["value"] for one in client.send("Performance.getMetrics")["metrics"]}
    assert page.locator("#notes > .note").count() == 24
    assert metrics["Nodes"] < 3000
    # The last of these: a wall goes on at its end.
    is_drawn = """() => document.querySelector("#notes > .note:nth-child(24) .note-body")
        .checkVisibility({ contentVisibilityAuto: true })"""
    assert page.evaluate(is_drawn) is False, "far below, a note is neither styled nor laid out"
    page.evaluate("document.querySelector('#notes > .note:nth-child(24)').scrollIntoView()")
    page.wait_for_function(is_drawn)
    page.set_viewport_size({"width": 768, "height": 1024})
    page.wait_for_function("innerWidth === 768")
    name = page.locator(".site-team")
    assert name.evaluate("(name) => name.offsetWidth") > 120, "beside the search it has room too"


def test_name_on_several_lines_is_drawn_on_each(visit: Visits) -> None:
    page = visit("owner", "/harbour/people/", viewport={"width": 390, "height": 844})
    page.evaluate("""() => {
      const name = document.createElement("bdi");
      name.textContent = "Somebody with a long name ".repeat(4);
      document.querySelector("main h1").replaceChildren(name);
    }""")
    lines = page.evaluate("[...document.querySelector('main h1 bdi').getClientRects()].map((one) => one.toJSON())")
    assert len(lines) > 2
    for line in lines:
        shown = page.screenshot(clip=FloatRect(x=line["x"], y=line["y"], width=line["width"], height=line["height"]))
        greys = set(Image.open(BytesIO(shown)).convert("L").tobytes())
        assert max(greys) - min(greys) > 100, "a line without letters"


# Elements that move by themselves or when they are pressed, but for those that go along with the scroll bar. A card
# that arrives, leaves or is counted anew is made here.
MOVES = """() => {
  const note = document.querySelector("#notes > .note");
  for (const name of note ? ["note-arriving", "note-leaving", "count-bumped"] : []) {
    note.after(Object.assign(note.cloneNode(true), { className: `note ${name}` }));
  }
  const isLong = (times) => times.split(", ").some((time) => parseFloat(time) > .001);
  return [...document.querySelectorAll("*")]
    .flatMap((one) => ["", "::before", "::after"].map((part) => [one, part, getComputedStyle(one, part || null)]))
    .filter(([, , style]) => isLong(style.transitionDuration) || (style.animationName !== "none"
      && style.animationTimeline === "auto" && isLong(style.animationDuration)))
    .map(([one, part]) => `${one.className || one.tagName}${part}`);
}"""


def test_nothing_moves_for_a_reader_who_wants_less_motion(visit: Visits) -> None:
    page = visit("moderator", **MOVING)
    moving = " ".join(page.evaluate(MOVES))
    assert all(name in moving for name in ("note-arriving", "note-leaving", "count-bumped")), moving
    page.emulate_media(reduced_motion="reduce")
    for path in ("/harbour/", "/harbour/share/", "/harbour/mine/", "/harbour/moderation/", "/me/"):
        page.goto(path)
        assert page.evaluate(MOVES) == [], path
