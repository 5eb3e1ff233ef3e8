"""Reading an answer as a browser would: elements by their id, and the words in them."""

import contextlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.http import HttpResponseBase
from django.test.html import Element, HTMLParseError, Parser, parse_html

HTMX = {"HX-Request": "true"}
BREAK = "\u200b"
NAME = "\u2060"
CLOSE = re.compile(rf"(?<={NAME}) (?=[’”.,:;?!)])|(?<=[“(]) (?={NAME})")


def text_of(response: HttpResponseBase) -> str:
    content: bytes = response.content  # type: ignore[attr-defined]
    return content.decode()


def same_but_for_tokens(text: str) -> str:
    """Tokens, nonces, the composer's own number and the time differ from one opening to the next."""
    tokens = r"(csrfmiddlewaretoken\" value=|X-CSRFToken\": |nonce=|composer(\" value)?=)\"[^\"]*\""
    return re.sub(tokens + r"|(?:after|data-now)=\"?[\w=-]+", "", text)


# Tests look several times into one response, and to parse a page takes longer than to make it.
parsed = lru_cache(maxsize=8)(parse_html)


def elements(html: str) -> Iterator[Element]:
    def walk(element: Any) -> Iterator[Element]:
        if not isinstance(element, str):
            yield element
            for child in element.children:
                yield from walk(child)

    return walk(parsed(html))


class EndReached(Exception):
    """Ends the parsing before the end of the text."""


class FirstElementParser(Parser):
    """Parses up to the end of the first element."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        self.stop_at_the_end()

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        self.stop_at_the_end()

    def stop_at_the_end(self) -> None:
        if not self.open_tags:
            raise EndReached


@lru_cache(maxsize=32)
def first_element(html: str) -> Element:
    parser = FirstElementParser()
    with contextlib.suppress(EndReached):
        parser.feed(html)
        parser.close()
    element: Element = parser.root.children[0]
    element.finalize()
    return element


def attribute(element: Element, name: str) -> str | None:
    """None where it is missing, and an empty text where it has no value."""
    return next((value or "" for key, value in element.attributes if key == name), None)


def ids(response: HttpResponseBase | str) -> list[str]:
    html = response if isinstance(response, str) else text_of(response)
    return [found for element in elements(html) if (found := attribute(element, "id")) is not None]


def part(response: HttpResponseBase | str, wanted: str) -> Element:
    """The one element with that id."""
    html = response if isinstance(response, str) else text_of(response)
    places = [found.start() for found in re.finditer(rf'\sid="{re.escape(wanted)}"', html)]
    if len(places) == 1:
        # Without what comes before and after it; where its end tag is left out, that is no element.
        with contextlib.suppress(HTMLParseError):
            alone = first_element(html[html.rindex("<", 0, places[0]) :])
            if attribute(alone, "id") == wanted:
                return alone
    found = [element for element in elements(html) if attribute(element, "id") == wanted]
    assert len(found) == 1, f"{len(found)} elements with the id {wanted}; there are {ids(html)}"
    return found[0]


def words(element: Element | str) -> str:
    """The text in an element, with single spaces; a place where a word may break is none.

    Parsing loses the space around the element of a name: there is none before a mark of the sentence.
    """
    return CLOSE.sub("", joined_words(element)).replace(NAME, "")


def joined_words(element: Element | str) -> str:
    if isinstance(element, str):
        return " ".join(element.split())
    if element.name == "wbr":
        return BREAK
    text = " ".join(" ".join(joined_words(child) for child in element.children).split()).replace(f" {BREAK} ", "")
    return f"{NAME}{text}{NAME}" if element.name == "bdi" else text


def value(element: Element) -> str:
    """Return the value that a form would send for this field."""
    return words(element) if element.name == "textarea" else attribute(element, "value") or ""


def fields(response: HttpResponseBase | str | Element, name: str) -> list[Element]:
    """Every field in it that is sent under this name."""
    html = text_of(response) if isinstance(response, HttpResponseBase) else str(response)
    return [found for found in elements(html) if attribute(found, "name") == name]


def pressed(response: HttpResponseBase | str, wanted: str) -> bool:
    return attribute(part(response, wanted), "aria-pressed") == "true"


def root_id(response: HttpResponseBase) -> str | None:
    """The id of a fragment's first element."""
    first = next(element for element in elements(text_of(response)) if element.name is not None)
    return attribute(first, "id")
