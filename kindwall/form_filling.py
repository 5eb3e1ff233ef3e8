"""Fills a form of a drawn page with values that were sent before, whatever kind of fields it has.

FormEncode's htmlfill is the model. Only the tags and texts of the form's fields are replaced: the rest of the page
stays as it was drawn, byte for byte.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.http import QueryDict

from kindwall.forms import has_secrets

type Attributes = dict[str, str | None]

BUTTONS = ("submit", "button", "image", "reset")
ALWAYS_EMPTY = ("file", "password")
FORM_TAGS = ("input", "textarea", "select", "option", "button")
TOKEN_FIELD = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


@dataclass(slots=True)
class Tag:
    """A start tag of the page, with its place in the text."""

    name: str
    attributes: Attributes
    start: int
    end: int
    folds: tuple["Tag", ...] = ()  # the <details> around it
    text: str = ""  # of a textarea
    until: int = 0  # where that text ends
    within: str = ""  # of an option: the name of its select

    def __getitem__(self, attribute: str) -> str:
        return self.attributes.get(attribute) or ""

    @property
    def kind(self) -> str:
        return self["type"] or "text" if self.name == "input" else self.name

    @property
    def is_ticked(self) -> bool:
        return not {"checked", "selected"}.isdisjoint(self.attributes)

    def changed(self, **attributes: str | bool) -> "Edit":
        """Return this tag with other values of these attributes; False leaves one out."""
        wanted: dict[str, str | bool | None] = {**self.attributes, **attributes}
        written = "".join(
            f' {name}="{escape(value)}"' if isinstance(value, str) else f" {name}"
            for name, value in wanted.items()
            if value is not False
        )
        return Edit(self.start, self.end, f"<{self.name}{written}>")


@dataclass(order=True, slots=True)
class Edit:
    start: int
    end: int
    text: str


@dataclass(slots=True)
class PageForm:
    tag: Tag
    fields: list[Tag] = field(default_factory=list)
    copies: list[Tag] = field(default_factory=list)  # elements that keep a copy in the browser

    def is_sent_to(self, path: str, page: str) -> bool:
        addresses = [self.tag["action"], *(tag[name] for tag in self.fields for name in ("formaction", "hx-post"))]
        return any(urlsplit(urljoin(page, address)).path == path for address in addresses if address)

    def likeness(self, sent: QueryDict) -> tuple[int, int]:
        """Return how many of its fields were sent, and how many hidden ones with just their value."""
        names = {tag["name"] for tag in self.fields}
        hidden = [tag for tag in self.fields if tag.kind == "hidden" and tag["value"] in sent.getlist(tag["name"])]
        return len(names.intersection(sent)), len(hidden)


class PageParser(HTMLParser):
    """Reads the forms of a page, and the labels of its fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.lines = [0]
        for line in html.split("\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.forms: list[PageForm] = []
        self.labels: dict[str, str] = {}
        self.form: PageForm | None = None
        self.folds: list[Tag] = []
        self.select = self.label = ""
        self.textarea: Tag | None = None
        self.feed(html)
        self.close()

    @property
    def place(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        end = self.place + len(self.get_starttag_text() or "")
        tag = Tag(name, dict(attributes), self.place, end, tuple(self.folds), until=end, within=self.select)
        if name == "details":
            self.folds.append(tag)
        elif name == "label":
            self.label = tag["for"]
        elif name == "form":
            self.form = PageForm(tag)
            self.forms.append(self.form)
        elif name in FORM_TAGS and (form := self.form_of(tag)):
            form.fields.append(tag)
            self.select = tag["name"] if name == "select" else self.select
            self.textarea = tag if name == "textarea" else None
        elif self.form and name.startswith("unsent-"):
            self.form.copies.append(tag)

    def handle_startendtag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        if name in FORM_TAGS:
            self.handle_starttag(name, attributes)

    def form_of(self, tag: Tag) -> PageForm | None:
        return next((form for form in self.forms if tag["form"] and form.tag["id"] == tag["form"]), self.form)

    def handle_data(self, data: str) -> None:
        if self.label:
            self.labels[self.label] = self.labels.get(self.label, "") + data

    def handle_endtag(self, name: str) -> None:
        if name == "details" and self.folds:
            self.folds.pop()
        elif name == "form":
            self.form = None
        elif name == "select":
            self.select = ""
        elif name == "label":
            self.label = ""
        elif name == "textarea" and self.textarea:
            self.textarea.until = self.place
            self.textarea.text = lines_of(unescape(self.html[self.textarea.end : self.place])).removeprefix("\n")
            self.textarea = None


def fill_form(
    html: str, *, page: str, path: str, sent: QueryDict, lost: list[str], notice: Callable[[list[str]], str]
) -> str | None:
    """Return the page with what was `sent` to `path` in its form; None where the page has no place for all of it.

    The form begins with the `notice`. It is called with the labels of the fields in `lost`, which stay empty. What is
    folded around a changed field is unfolded.
    """
    parsed = PageParser(html)
    forms = [form for form in parsed.forms if form.is_sent_to(path, page)]
    if not forms:
        return None
    form = max(forms, key=lambda form: form.likeness(sent))
    left = {name: list(values) for name, values in sent.lists() if name != TOKEN_FIELD}
    fields = [tag for tag in form.fields if not is_left_alone(tag)]
    shown = [(tag, edit) for tag in fields if (edit := edit_of(tag, left))]
    pressed = {tag["name"] for tag in form.fields if tag.kind in BUTTONS}
    if any(any(values) for name, values in left.items() if name not in pressed):
        return None
    labels = [parsed.labels.get(tag["id"], "").strip() for tag in form.fields if tag["name"] in lost]
    folds = {fold.start: fold for tag in (form.tag, *(tag for tag, _edit in shown)) for fold in tag.folds}
    edits = [
        Edit(form.tag.end, form.tag.end, notice([label for label in labels if label])),
        *(edit for _tag, edit in shown),
        *(tag.changed(**{"data-typed": True}) for tag in form.copies),
        *(fold.changed(open=True) for fold in folds.values()),
    ]
    return applied(html, edits)


def is_left_alone(tag: Tag) -> bool:
    return (
        not (tag["name"] or tag.within)
        or "disabled" in tag.attributes
        or tag.kind in (*BUTTONS, *ALWAYS_EMPTY)
        or tag["name"] == TOKEN_FIELD
        or has_secrets([tag["name"]])
    )


def edit_of(tag: Tag, left: dict[str, list[str]]) -> Edit | None:
    """Take the value of a field out of what is `left`. Return the edit that shows it, if the page shows another."""
    values = left.get(tag["name"] or tag.within, [])
    if tag.kind in ("checkbox", "radio", "option"):
        value = tag["value"] if "value" in tag.attributes else "on"
        wanted = value in values
        if wanted:
            values.remove(value)
        mark = "selected" if tag.kind == "option" else "checked"
        return None if wanted == tag.is_ticked else tag.changed(**{mark: wanted})
    if not values or tag.kind == "select":
        return None
    value = lines_of(values.pop(0))
    if tag.kind == "textarea":
        return None if value == tag.text else Edit(tag.end, tag.until, "\n" + escape(value, quote=False))
    return None if value == tag["value"] else tag.changed(value=value)


def lines_of(text: str) -> str:
    return text.replace("\r\n", "\n")


def applied(html: str, edits: list[Edit]) -> str:
    pieces, at = [], 0
    for edit in sorted(edits):
        pieces += [html[at : edit.start], edit.text]
        at = edit.end
    return "".join((*pieces, html[at:]))
