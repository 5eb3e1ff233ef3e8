"""The server dies, is gone for a while, and comes back; or is told to stop."""

import re
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.installation import Installation
from tests.journeys.visits import STREAM, Visits
from tests.journeys.wall import card, count, expect_as_fresh, expect_not_reloaded, mark, unique

pytestmark = pytest.mark.journey


def lose(place: Installation, page: Page) -> None:
    """Kill the server, and wait until the page has met it."""
    with page.expect_event("requestfailed"):
        place.kill()


@pytest.mark.once
def test_open_walls_and_an_open_composer_survive_a_killed_server(visit: Visits, place: Installation) -> None:
    visit.foresee_lost_connections()
    walls = [visit("member"), visit("newcomer")]
    leaving = place.behind("story", author="ana", body=unique("Here before the power cut."))
    place.behind("uplift", pk=leaving, by="member")
    for wall in walls:
        mark(wall)
        expect(count(wall, leaving, "uplift")).to_have_text("1")
    composer = visit("member", "/harbour/share/")
    words = unique("Before the power cut")
    composer.get_by_label("What happened?").fill(words)
    expect(composer.locator("#composer-saved")).to_have_text("Saved")

    lose(place, walls[0])
    composer.get_by_label("What happened?").fill(f"{words}, and during it.")
    expect(composer.locator("#composer-saved")).to_contain_text("Your text is safe in this browser")
    came = [place.behind("story", author="ana", body=unique("Hung in the dark.")) for _ in range(2)]
    place.behind("uplift", pk=came[0], by="moderator")
    place.behind("decide", pk=leaving, how="remove", message="For now.")

    place.start()
    for wall, who in zip(walls, ("member", "newcomer"), strict=True):
        for pk in came:
            expect(card(wall, pk)).to_have_count(1, timeout=20_000)
        expect(count(wall, came[0], "uplift")).to_have_text("1")
        expect(card(wall, leaving)).to_have_count(0)
        expect_as_fresh(wall, visit(who))
        expect_not_reloaded(wall)
    # And the stream goes on.
    after = place.behind("story", author="ana", body=unique("And there was light."))
    for wall in walls:
        expect(card(wall, after)).to_have_count(1)
    expect(composer.locator("#composer-saved")).to_have_text("Saved", timeout=20_000)
    assert [story["body"] for story in place.behind("written", words=words)] == [f"{words}, and during it."]


@pytest.mark.once
def test_wall_reloads_after_a_long_absence(visit: Visits, place: Installation) -> None:
    visit.foresee_lost_connections()
    top, reading = visit("member"), visit("newcomer", viewport={"width": 1280, "height": 800})
    mark(reading)
    reading.evaluate("scrollTo(0, 1500)")
    # Both have heard something, so that they know how far they are.
    known = place.behind("story", author="ana", body=unique("The day before."))
    expect(card(top, known)).to_be_visible()
    pill = reading.locator("#wall-pill")
    expect(pill).to_have_text("1 new story")
    lose(place, top)
    pk = place.behind("story", author="ana", body=unique("The day after."))
    place.behind("uplift", pk=pk, by="member")
    place.behind("forget_the_past")
    place.start()
    expect(card(top, pk)).to_be_visible(timeout=20_000)
    expect(count(top, pk, "uplift")).to_have_text("1")
    expect(pill).to_have_text(re.compile("The wall has changed"), timeout=20_000)
    expect_not_reloaded(reading)
    assert reading.evaluate("scrollY") == 1500
    pill.click()
    expect(card(reading, pk)).to_be_visible()
    expect_as_fresh(reading, visit("newcomer"))


@pytest.mark.once
def test_silent_line_is_shown_and_told_to_stop_the_server_stops_at_once_and_cleanly(
    visit: Visits, place: Installation
) -> None:
    visit.foresee_lost_connections()
    walls = [visit("member"), visit("newcomer")]
    slug = unique("pier").replace(" (", "-").rstrip(")")
    place.behind("team", slug=slug, name="The Pier", owner=f"{slug}.owner", owner_name="Rui Rocha")
    place.behind("change_team", slug=slug, by=f"{slug}.owner", visibility="public")
    public = visit(None, "about:blank")
    with public.expect_response(STREAM):
        public.goto(f"/{slug}/")
    states = [
        page.locator("live-stream").get_by_role("status")
        for page in (*walls, public, visit("moderator", "/harbour/moderation/"))
    ]
    place.signal(signal.SIGSTOP)  # the connections stay open, and nothing comes
    for state in states:
        expect(state).to_have_text("Reconnecting…")
    place.signal(signal.SIGCONT)
    for state in states:
        expect(state).to_have_text("", timeout=20_000)
    assert place.stop() == 0  # within the patience of `stop`, which is shorter than the grace of slow readers here
    pk = place.behind("story", author="ana", body=unique("Hung between two servers."))
    place.start()
    for wall in walls:
        expect(card(wall, pk)).to_have_count(1, timeout=20_000)
