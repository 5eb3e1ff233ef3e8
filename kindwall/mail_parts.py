"""The parts of a mail's body, which a template writes once and which are drawn twice: as plain text and as HTML."""

import re
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from django.template import Context, Engine

SPACES = re.compile(r"[ \t\r\n]+")  # and no other: a no-break space stays
BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body. `templates/mail/layout.html` draws it as HTML, by its kind."""

    kind: str  # "headline", "paragraph", "heading", "button", "item" or "quote"
    text: str
    url: str = ""
    by: str = ""  # of a quote: a line below it
    paper: str = ""  # of a quote: the quality whose paper it lies on

    def as_text(self) -> str:
        match self.kind:
            case "button":
                return f"{self.text}:\n{self.url}"
            case "item":
                return f"* {self.text}\n  {self.url}" if self.url else f"* {self.text}"
            case "quote":
                by = f"— {self.by}" if self.by else ""
                lines = [*self.text.splitlines(), *filter(None, (by, self.url))]
                return "\n".join(f"  {line}".rstrip() for line in lines)
            case _:
                return self.text


class Collector:
    """The parts that a template's tags have made so far, and the marks that they leave in the rendered text."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.parts: list[Part] = []
        # Made anew for each mail, so that no text from a person can contain it.
        self.mark = token_hex(16)

    def add(self, kind: str, text: str, *, url: str = "", by: str = "", paper: str = "") -> str:
        """Take a part in, and return the mark that stands for it among the paragraphs."""
        text = text.strip() if kind == "quote" else on_one_line(text)
        absolute = self.origin + url if url.startswith("/") else url
        self.parts.append(Part(kind, text, absolute, on_one_line(by), paper))
        return f"\n\n{self.mark}{len(self.parts) - 1}\n\n"

    def split(self, rendered: str) -> list[Part]:
        """Return all parts in their order: the text between the marks is paragraphs, the first one the headline."""
        found: list[Part] = []
        for block in filter(None, map(str.strip, BLANK_LINE.split(rendered))):
            if block.startswith(self.mark):
                found.append(self.parts[int(block.removeprefix(self.mark))])
            else:
                found.append(Part("paragraph" if found else "headline", on_one_line(block)))
        return found


def mail_parts(template: str, context: dict[str, Any]) -> list[Part]:
    """Render a template that loads `mails` and return its parts."""
    collector = Collector(context["origin"])
    return collector.split(render(template, {**context, "collector": collector}))


def as_text(parts: list[Part]) -> str:
    """Return the parts as plain text; items that follow one another stand together."""
    lines: list[str] = []
    for part, before in zip(parts, [None, *parts], strict=False):
        if before is not None and not part.kind == before.kind == "item":
            lines.append("")
        lines.append(part.as_text())
    return "\n".join(lines)


def render(name: str, context: dict[str, Any], *, autoescape: bool = False) -> str:
    return str(Engine.get_default().get_template(name).render(Context(context, autoescape=autoescape)))


def on_one_line(text: str) -> str:
    return SPACES.sub(" ", text).strip()
