"""Tests of Kindwall in German, including the texts of allauth and Django."""

import re
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from django.core import mail
from django.test import Client
from django.utils import timezone

from kindwall.borrowed_texts import BORROWED
from stories.live.render import Audience, announcements
from stories.models import OutboxEvent, Story
from tests.accounts.mail_bodies import html_of
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.kindwall.test_translations import catalog_at, forms, texts
from tests.pages import text_of

pytestmark = pytest.mark.once

GERMAN = Path(__file__).parents[2] / "locale/de/LC_MESSAGES/django.po"
AUSTRIAN = "de-AT,de;q=0.9,en;q=0.5"
LOGIN, WALL = "/accounts/login/", "/harbour-team/"


def read(client: Client, address: str, language: str) -> str:
    return text_of(client.get(address, headers={"Accept-Language": language}))


@pytest.mark.parametrize(
    ("address", "words", "english"),
    [
        (
            WALL,
            ["Aufwind", "Ich sehe dich", "Miterlebt", "Hoffnung", "gerade eben"],
            ["Uplift", "Witnessed", "just now"],
        ),
        (
            WALL + "share/",
            ["Was ist geschehen?", "Ich habe sie gegeben", "Ermutigung"],
            ["What happened?", "I gave it"],
        ),
        (WALL + "settings/", ["Name und Farbe", "Bernstein", "Speichern"], ["Colour", "Amber", "Save"]),
        ("/me/", ["Dein Name", "Zeitzone", "Bild auswählen"], ["Your name", "Time zone"]),
    ],
)
@pytest.mark.parametrize("chosen", [True, False], ids=["chosen", "asked for"])
def test_pages_are_in_german(cast: Cast, address: str, words: list[str], english: list[str], chosen: bool) -> None:
    make_story(author=cast.member, moderator=cast.moderator, kind="witnessed")
    if chosen:
        cast.owner.user.language = "de"
        cast.owner.user.save(update_fields=["language"])
    page = read(signed_in(cast.owner), address, "en" if chosen else AUSTRIAN)
    assert '<html lang="de"' in page
    for word in words:
        assert word in page
    for word in english:
        assert word not in page


def test_sign_in_page_is_in_german(db: None) -> None:
    assert "Passwort vergessen?" in read(Client(), LOGIN, AUSTRIAN)
    wrong = {"login": "nobody@example.org", "password": "not-the-one"}
    refused = text_of(Client().post(LOGIN, wrong, headers={"Accept-Language": AUSTRIAN}))
    assert "E-Mail-Adresse oder Passwort stimmen nicht." in refused


@pytest.mark.parametrize(
    ("age", "german", "english"),
    [
        (timedelta(minutes=1), "vor 1 Minute<", "1 minute ago<"),
        (timedelta(hours=3), "vor 3 Stunden<", "3 hours ago<"),
        (timedelta(days=1), "gestern<", "yesterday<"),
        (timedelta(days=5), "vor 5 Tagen<", "5 days ago<"),
    ],
)
def test_wall_is_cached_for_each_language(cast: Cast, story: Story, age: timedelta, german: str, english: str) -> None:
    """A drawn card is cached, and never given to a reader of the other language."""
    Story.objects.filter(pk=story.pk).update(published_at=timezone.now() - age)
    told = [read(signed_in(cast.newcomer), WALL, language) for language in ("de", "en") * 2]
    for page, ours, theirs in zip(told, [german, english] * 2, [english, german] * 2, strict=True):
        assert ours in page
        assert theirs not in page
    assert ["Aufwind" in page for page in told] == [True, False] * 2


def test_dates_are_in_german_format(cast: Cast, story: Story) -> None:
    Story.objects.filter(pk=story.pk).update(published_at=timezone.now().replace(year=2024, month=3, day=7))
    german, english = (read(signed_in(cast.newcomer), WALL, language) for language in ("de", "en"))
    assert "am 7. März 2024" in german
    assert "7 March 2024" in english


def test_live_wall_sends_each_reader_their_language(cast: Cast, story: Story) -> None:
    news = announcements(OutboxEvent.objects.all())[cast.team.pk]
    for visitor in (True, False):
        german, english = (
            news.for_audience(Audience(language=language, visitor=visitor)).decode() for language in ("de", "en")
        )
        assert "Hoffnung" in german
        assert "Hoffnung" not in english
        assert "hope" in english


def test_mails_of_allauth_are_in_german(cast: Cast) -> None:
    Client().post("/accounts/password/reset/", {"email": cast.member.user.email}, headers={"Accept-Language": "de"})
    [letter] = mail.outbox
    assert str(letter.body).startswith("Wähle ein neues Passwort.\n")
    assert '<html lang="de"' in html_of(letter)
    assert not re.search(r"!|\b(Sie|Ihre?n?)\b|Hello|Thank", str(letter.body))


def test_german_texts_are_informal_and_without_exclamation_marks() -> None:
    for message in texts(catalog_at(GERMAN)):
        for said in forms(message.string):
            # “Sie” at the beginning of a sentence is “she”, “it” or “they”.
            assert not re.search(r"(?<![.:?…]) Sie\b|\bIhnen\b", said), said
            assert "!" not in said, said


def test_german_texts_have_german_quotes() -> None:
    for message in texts(catalog_at(GERMAN)):
        for said in forms(message.string):
            assert not re.search(r"[\"”‘]|“\w", re.sub(r"<[^>]*>", "", said)), said


@pytest.mark.parametrize("text", BORROWED)
def test_borrowed_text_is_still_in_its_original_catalog(text: str) -> None:
    """A text that has changed with a new version of theirs is theirs again until ours is changed with it."""
    assert text in lent()


@cache
def lent() -> set[str]:
    """The texts of allauth's and Django's own German catalogs."""
    found: set[str] = set()
    for package in ("allauth", "django.conf", "django.contrib.auth"):
        with (files(package) / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:
            found |= {forms(message.id)[0] for message in texts(read_mo(file))}
    return found
