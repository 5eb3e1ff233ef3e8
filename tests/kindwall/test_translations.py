"""Tests of the catalogs in locale/: compiled, complete, and with all placeholders."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from shutil import copytree, which

import pytest
from babel.messages import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.template import Context, Template
from django.test import override_settings
from django.utils.translation import override

pytestmark = pytest.mark.once

LOCALE = Path(settings.LOCALE_PATHS[0])
CATALOGS = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))
# Placeholders for names and numbers, and the marks around words.
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w*\}|</?\w+")

each_language = pytest.mark.parametrize("path", [pytest.param(path, id=path.parts[-3]) for path in CATALOGS])


def catalog_at(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def texts(catalog: Catalog) -> Iterator[Message]:
    """All but the header."""
    return (message for message in catalog if message.id)


def by_id(catalog: Catalog) -> dict[tuple[str, str | None], tuple[str, ...]]:
    return {(forms(message.id)[0], message.context): forms(message.string) for message in texts(catalog)}


def forms(said: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """A text's singular and plurals; one that is not counted has one form."""
    return (said,) if isinstance(said, str) else tuple(said or ())


def places(said: str) -> list[str]:
    return sorted(PLACE.findall(said))


def misplaced(message: Message) -> list[str]:
    """The forms of a translation in which not all is filled in that was, or something else is."""
    singular, plural = forms(message.id)[0], forms(message.id)[-1]
    one, *others = forms(message.string)
    # “One story” may leave its number out, in the translation as in the original.
    wrong = [] if places(one) in (places(singular), places(plural)) else [one]
    return wrong + [other for other in others if places(other) != places(plural)]


@pytest.mark.parametrize(
    ("original", "translation", "wrong"),
    [
        ("Sent %(ago)s.", "%(ago)s gesendet.", []),
        ("Sent %(ago)s.", "Gesendet.", ["Gesendet."]),
        ("Sent %(ago)s.", "%(agp)s gesendet.", ["%(agp)s gesendet."]),
        ('<a href="%(there)s">Look</a>', "Sieh nach: %(there)s", ["Sieh nach: %(there)s"]),
        ("{} new stories", "neue Geschichten", ["neue Geschichten"]),
        (("One story", "%(number)d stories"), ("Eine Geschichte", "%(number)d Geschichten"), []),
        (("%(number)d day", "%(number)d days"), ("ein Tag", "Tage"), ["ein Tag", "Tage"]),
    ],
)
def test_missing_placeholder_is_found(
    original: str | tuple[str, str], translation: str | tuple[str, str], wrong: list[str]
) -> None:
    assert misplaced(Message(original, translation)) == wrong


def test_every_language_has_a_catalog() -> None:
    assert {code for code, _ in settings.LANGUAGES} - {"en"} == {path.parts[-3] for path in CATALOGS}


@each_language
def test_compiled_catalog_matches_its_source(path: Path) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalog_at(path))
    compiled.seek(0)
    with path.with_suffix(".mo").open("rb") as file:
        assert by_id(read_mo(file)) == by_id(read_mo(compiled))


@each_language
def test_every_text_is_translated_with_all_its_placeholders(path: Path) -> None:
    for message in texts(catalog_at(path)):
        assert not message.fuzzy, message.id
        assert forms(message.string), message.id
        assert all(form.strip() for form in forms(message.string)), message.id
        assert not misplaced(message), message.id


@each_language
def test_every_text_on_the_pages_is_in_the_catalog(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not which("xgettext"):
        pytest.skip("GNU gettext gathers the texts, and is not here")
    # In a tree of its own: where it finds a folder of that name it writes into it, whatever LOCALE_PATHS says.
    gathered = tmp_path / "locale"
    copytree(LOCALE, gathered)
    for folder in LOCALE.parent.iterdir():
        if (
            folder.is_dir()
            and folder.name not in ("locale", "tests", "bench", "build", "data")
            and folder.name[0] != "."
        ):
            (tmp_path / folder.name).symlink_to(folder)
    before = path.read_bytes()
    monkeypatch.chdir(tmp_path)
    with override_settings(LOCALE_PATHS=[gathered]):
        call_command("makemessages", locale=[path.parts[-3]], symlinks=True, no_obsolete=True, verbosity=0)
    assert path.read_bytes() == before
    assert by_id(catalog_at(gathered / path.relative_to(LOCALE))).keys() == by_id(catalog_at(path)).keys()


def test_translate_tag_caches_a_text_for_each_language() -> None:
    page = Template('{% load texts %}{% translate "Monday" %}, {% translate day %}')
    for _ in range(2):
        said = []
        for language in ("en", "de"):
            with override(language):
                said.append(page.render(Context({"day": "Tuesday"})))
        assert said == ["Monday, Tuesday", "Montag, Dienstag"]
