"""Audiences of a stream: people outside, and each language."""

import threading
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils.translation import get_language, override

from stories.live import hub as live
from stories.live import outbox_reader, render
from stories.live.render import Audience, announcements
from stories.models import OutboxEvent
from stories.views.live import open_stream
from tests.conftest import Cast, signed_in
from tests.stories.live.outbox import publish_new
from tests.stories.streams import MEMBERS, VISITORS, Browser, run, running_hub, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_audience_is_sent_its_own_cards_and_the_same_counts(cast: Cast) -> None:
    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            german = Audience(language="de", visitor=False)
            audiences = (MEMBERS, VISITORS, german)
            browsers = [Browser(hub, cast.team, after=hub.cursor, audience=audience) for audience in audiences]
            for browser in browsers:
                await browser.until_open()
            story = await elsewhere(lambda: publish_new(cast, "For each in their way."))
            for browser in browsers:
                await browser.until_sent("For each in their way.")
            ours, visitors, germans = (browser.sent.decode() for browser in browsers)
            assert "<button" in ours
            assert "<button" in germans
            assert "<button" not in visitors
            assert "/uplift/" not in visitors
            before = [len(browser.sent) for browser in browsers]
            await elsewhere(lambda: story.toggle_uplift(by=cast.newcomer))
            for browser in browsers:
                await browser.until_sent("event: counts")
            assert len({browser.sent[place:] for browser, place in zip(browsers, before, strict=True)}) == 1
            assert len({tuple(browser.ids) for browser in browsers}) == 1
            assert set(hub.channels) == {(cast.team.pk, audience) for audience in audiences}

    run(test)


@pytest.mark.once
def test_audience_receives_cards_in_its_language(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The language left active in the hub's thread does not matter."""
    publish_new(cast)
    spoken: list[str | None] = []
    real = render.batch

    def heard(*arguments: Any, **named: Any) -> bytes:
        spoken.append(get_language())
        return real(*arguments, **named)

    monkeypatch.setattr(render, "batch", heard)
    with override("de"):
        news = announcements(OutboxEvent.objects.all())[cast.team.pk]
        for language in ("en", "de", "en"):
            news.for_audience(Audience(language=language, visitor=True))
    assert spoken == ["en", "de"], "each once"


def test_audience_that_joins_during_a_reading_misses_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was not there to be drawn for when the reading began."""
    reading, goes_on = threading.Event(), threading.Event()
    real = outbox_reader.read_after

    def slow(cursor: int, watched: Any) -> Any:
        answer = real(cursor, watched)
        if answer[1]:
            reading.set()
            assert goes_on.wait(10)
        return answer

    async def test() -> None:
        async with running_hub() as (hub, elsewhere):
            monkeypatch.setattr(live, "read_after", slow)
            await elsewhere(lambda: publish_new(cast, "Just as you came."))
            await until(reading.is_set)
            late = Browser(hub, cast.team, after=hub.cursor, audience=VISITORS)
            await late.until_open()
            goes_on.set()
            await late.until_sent("Just as you came.")
            assert late.events == ["card"]

    run(test)


@pytest.mark.once
def test_stream_has_the_audience_and_language_of_its_request(cast: Cast) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    people = {"member": cast.member, "stranger": cast.stranger, "visitor": None}
    followed = {name: signed_in(person).get("/harbour-team/live/") for name, person in people.items()}
    found = {name: (answer.watcher.user_id, answer.audience) for name, answer in followed.items()}  # type: ignore[attr-defined]
    assert found == {
        "member": (cast.member.user_id, MEMBERS),
        "stranger": (None, VISITORS),
        "visitor": (None, VISITORS),
    }
    with override("de"):
        request = RequestFactory().get("/harbour-team/live/")
        assert open_stream(request, cast.team.pk, user=None).audience.language == "de"  # type: ignore[attr-defined]
