"""The card of a story: rendered once for everybody, and personal only in the response to its reader."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from stories.cards import Card, age_or_date, drawn_card
from stories.live.render import announcements, message
from stories.models import OutboxEvent, ReactionKind, Story
from stories.templatetags.ages import how_long
from stories.wall import shared_page_at
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story
from tests.pages import attribute, elements, ids, part, pressed, text_of, words
from tests.stories.streams import MEMBERS

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUTTONS = ("uplift", *ReactionKind.values)
ALL, NONE = frozenset(BUTTONS), frozenset[str]()


def drawn_for(story: Story, pressed_keys: frozenset[str]) -> str:
    return Card.of(story, "harbour-team").draw(pressed_keys, timezone.now())


def states(html: str) -> list[str]:
    return re.findall(r'aria-pressed="(\w+)"', html)


def test_broadcast_card_shows_no_pressed_button(cast: Cast, story: Story) -> None:
    for person in (cast.newcomer, cast.owner):
        story.toggle_uplift(by=person)
        for kind in ReactionKind:
            story.toggle_reaction(kind, by=person)
    signed_in(cast.newcomer).get("/harbour-team/")  # drawn for a reader first
    events = list(OutboxEvent.objects.all())
    sent = announcements([events[0]])[cast.team.pk].for_audience(MEMBERS).decode()
    assert f'id="story-{story.pk}-card"' in sent
    assert "take-back" not in sent
    assert states(sent) == ["false"] * len(BUTTONS)


def test_cached_card_shows_nothing_of_another_reader(cast: Cast, story: Story) -> None:
    for kind in ReactionKind:
        story.toggle_reaction(kind, by=cast.owner)
    drawn_card.cache_clear()
    for own in (ALL, NONE, frozenset({"warm"})):
        assert states(drawn_for(story, own)) == [str(button in own).lower() for button in BUTTONS]
    assert drawn_card.cache_info().hits == 2, "the card was drawn once"


def test_card_is_rendered_once_for_each_language(story: Story) -> None:
    drawn_card.cache_clear()
    for language in ("en", "de", "en"):
        with override(language):
            drawn_for(story, frozenset())
    assert (drawn_card.cache_info().misses, drawn_card.cache_info().hits) == (2, 1)


def test_dates_are_in_the_readers_language() -> None:
    with override("de"):
        assert "März" in age_or_date(datetime(2026, 3, 4, tzinfo=UTC), NOW)


def test_changed_card_is_rendered_again(cast: Cast, story: Story) -> None:
    client = signed_in(cast.newcomer)
    client.get("/harbour-team/")
    Story.objects.filter(pk=story.pk).update(body="Told again, and better.")
    make_member(team=cast.team)
    cast.member.user.name = "Mia Renamed"
    cast.member.user.save()
    shared_page_at.cache_clear()  # none of this is how a story changes, so no event tells of it
    card = words(part(client.get("/harbour-team/"), f"story-{story.pk}-card"))
    assert "Told again, and better." in card
    assert "Mia Renamed" in card


EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>&amp;"


def test_text_and_names_are_escaped(cast: Cast) -> None:
    author = make_member(team=cast.team, name=f"Eve {EVIL}"[:80])
    for state in ("pending", "published", "returned"):
        make_story(author=author, moderator=cast.moderator, state=state, body=f"{EVIL}\n\n{EVIL}")
    published = Story.objects.get(state="published")
    htmx = {"HX-Request": "true"}
    client = signed_in(cast.moderator)
    answers = [
        *(client.get(f"/harbour-team/{path}") for path in ("", "moderation/", f"stories/{published.pk}/")),
        signed_in(author).get("/harbour-team/mine/"),
        signed_in(author).get("/harbour-team/"),
        client.post(f"/harbour-team/stories/{published.pk}/uplift/", headers=htmx),
        client.post(
            f"/harbour-team/stories/{Story.objects.get(state='pending').pk}/return/", {"revision": 1}, headers=htmx
        ),
    ]
    sent = announcements(OutboxEvent.objects.all())[cast.team.pk].for_audience(MEMBERS).decode()
    for html in (*map(text_of, answers), sent):
        assert "<script>alert" not in html
        assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in sent
    assert "&amp;amp;" in sent


def test_text_cannot_break_out_of_its_event(cast: Cast) -> None:
    body = "One.\r\revent: gone\rdata: 1\n\nevent: reload\ndata: x\x0b\x0c\x1c\x85\u2028\u2029end"
    make_story(author=cast.member, moderator=cast.moderator, body=body)
    sent = announcements(OutboxEvent.objects.all())[cast.team.pk].for_audience(MEMBERS).decode()
    lines = re.split(r"\r\n|\r|\n", sent)  # what a browser takes for the end of a line
    assert [line for line in lines if line.startswith("event:")] == ["event: card"]
    assert all(not line or line.startswith(("id: ", "event: ", "data: ")) for line in lines)
    assert sent.endswith("\n\n")
    assert lines.count("") == 2, "one event, and the end of the text"


def test_line_breaks_of_a_text_are_shown(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, body="One.\nTwo.\n\nThree.")
    html = drawn_for(story, frozenset())
    assert html.count("<br>") == 1
    assert html.count("<p>") == 2


@pytest.mark.parametrize(
    ("passed", "words_for_it"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=7), "15 November"),
        (timedelta(days=365), "22 November 2025"),
    ],
)
def test_age_is_in_everyday_words(passed: timedelta, words_for_it: str) -> None:
    assert age_or_date(NOW - passed, NOW) == words_for_it


@pytest.mark.parametrize(
    ("wait", "words_for_it"),
    [
        (timedelta(seconds=2), "1 minute"),
        (timedelta(minutes=35), "35 minutes"),
        (timedelta(minutes=61), "about 1 hour"),
        (timedelta(hours=3), "about 3 hours"),
        (timedelta(hours=50), "about 2 days"),
    ],
)
def test_wait_is_described_roughly(wait: timedelta, words_for_it: str) -> None:
    assert how_long(wait) == words_for_it


def test_card_alone_and_card_on_the_wall_are_rendered_separately(cast: Cast, story: Story) -> None:
    client = signed_in(cast.newcomer)
    card = f"story-{story.pk}-card"
    assert "note-alone" in str(part(client.get(f"/harbour-team/stories/{story.pk}/"), card))
    assert "note-alone" not in str(part(client.get("/harbour-team/"), card))
    assert not pressed(client.get("/harbour-team/"), f"story-{story.pk}-uplift")
    assert ids(client.get("/harbour-team/")).count(card) == 1


@pytest.mark.parametrize("line_end", ["\r", "\r\n", "\n", "\u2028"])
def test_text_cannot_end_its_message_and_begin_another(line_end: str) -> None:
    sent = message("card", f"one{line_end}{line_end}event: gone{line_end}data: 5").decode()
    lines = [line for line in re.split(r"\r\n|\r|\n", sent) if line]
    assert [line for line in lines if not line.startswith("data: ")] == ["event: card"]


@pytest.mark.parametrize(
    ("kind", "signed", "expected"),
    [
        ("given", True, "A kindness given by Mia Member"),
        ("received", True, "A kindness received by Mia Member"),
        ("witnessed", False, "A kindness witnessed"),
    ],
)
def test_card_has_a_heading_that_names_it(cast: Cast, kind: str, signed: bool, expected: str) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, kind=kind)
    if not signed:
        Story.objects.filter(pk=story.pk).update(author=None)
    page = signed_in(cast.newcomer).get("/harbour-team/")
    card = part(page, f"story-{story.pk}-card")
    heading = part(page, str(attribute(card, "aria-labelledby")))
    assert (heading.name, words(heading)) == ("h2", expected)
    alone = signed_in(cast.newcomer).get(f"/harbour-team/stories/{story.pk}/")
    assert part(alone, str(attribute(part(alone, f"story-{story.pk}-card"), "aria-labelledby"))).name == "h1"


def test_card_links_to_its_story_and_to_its_author(cast: Cast, story: Story) -> None:
    card = str(part(signed_in(cast.newcomer).get("/harbour-team/"), f"story-{story.pk}-card"))
    links = {attribute(one, "class"): attribute(one, "href") for one in elements(card) if one.name == "a"}
    here = f"/harbour-team/stories/{story.pk}/"
    assert links == {
        "note-author": f"/harbour-team/?author={cast.member.user_id}",
        "note-open": here,
        "note-menu": here,
        "reaction reaction-choose": here,
        "reaction reaction-who": f"{here}reactions/",
    }


def test_public_card_names_its_author_without_a_number(cast: Cast, story: Story) -> None:
    html = Card.of(story, "harbour-team").draw(frozenset(), timezone.now(), visitor=True)
    assert "author=" not in html
    assert "Mia Member" in html
