"""Reading the forms of a page, and filling them in as a person would."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.html import Element

from tests.pages import attribute, elements, text_of, value

WORDS = {"number": "7", "date": "2031-02-03", "email": "words@example.org", "text": "An hour’s “words” & <b>more</b>"}

type Sent = dict[str, list[Any]]  # what a browser sends of a form, by the names of its fields


def within(element: Element) -> Iterator[Element]:
    """The elements in it. Written out and read again, an empty text field would hold what comes after it."""
    for child in element.children:
        if not isinstance(child, str):
            yield child
            yield from within(child)


def controls(form: Element) -> Iterator[Element]:
    for found in within(form):
        if found.name in ("input", "textarea", "select") and attribute(found, "name") != "csrfmiddlewaretoken":
            yield found


def kind(field: Element) -> str:
    return attribute(field, "type") or "text" if field.name == "input" else str(field.name)


def options(field: Element) -> list[Element]:
    return [found for found in within(field) if found.name == "option"]


def chosen_value(element: Element) -> str:
    given = attribute(element, "value")
    return "on" if given is None else given


def sent_by(form: Element) -> Sent:
    """Return what a browser sends of the form as it is."""
    sent: Sent = {}
    for field in controls(form):
        mine = sent.setdefault(str(attribute(field, "name")), [])
        if kind(field) == "select":
            chosen = [option for option in options(field) if attribute(option, "selected") is not None]
            mine += [chosen_value(option) for option in chosen or options(field)[:1]]
        elif kind(field) in ("checkbox", "radio"):
            mine += [chosen_value(field)] if attribute(field, "checked") is not None else []
        elif kind(field) != "file":
            mine.append(value(field))
    return sent


def filled_in(form: Element) -> Sent:
    """Return what is sent after each field was changed: other choices and words, files and secrets."""
    before = sent_by(form)
    sent: Sent = {}
    for field in controls(form):
        name, how = str(attribute(field, "name")), kind(field)
        mine = sent.setdefault(name, [])
        if how == "hidden":
            mine.append(value(field))
        elif how in ("checkbox", "radio", "select"):
            offered = [chosen_value(each) for each in (options(field) if how == "select" else [field])]
            sent[name] = [other for other in offered if other not in before[name]][-1:] or mine
        else:
            mine.append(SimpleUploadedFile("file.bin", b"words") if how == "file" else WORDS.get(how, WORDS["text"]))
    return sent


def forms_on(page: Any) -> Iterator[tuple[str, Element]]:
    """The forms in which somebody fills something in, with each path that their buttons send them to."""
    for form in elements(text_of(page)):
        is_posted = form.name == "form" and (attribute(form, "method") or "").lower() == "post"
        if is_posted and any(kind(field) != "hidden" for field in controls(form)):
            here = attribute(form, "action") or page.request["PATH_INFO"]
            others = [attribute(each, "formaction") for each in within(form) if each.name == "button"]
            for path in dict.fromkeys(urlsplit(address).path for address in (here, *others) if address):
                yield path, form
