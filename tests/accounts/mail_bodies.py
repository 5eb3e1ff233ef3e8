"""Compares the two bodies of a mail, and finds what mail programs would load or not understand."""

import re
from html.parser import HTMLParser

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives

VOID = {"meta", "br"}
LOADS = re.compile(r"\bsrc=|@import|\burl\(|<link|<script|<img|@font-face|background=", re.IGNORECASE)
NEW = re.compile(r"display:\s*(flex|grid)|\bvar\(|oklch|<(button|form|svg)\b", re.IGNORECASE)
LONGEST_HEADLINE = 120  # characters: it is drawn large, and is what a list of mails shows


class Body(HTMLParser):
    """The parts of an HTML body that its reader gets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.title = ""
        self.language = ""
        self.headlines: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        within = self._open[-1] if self._open else ""
        if within == "title":
            self.title = text
        elif text and within != "style":
            self.texts.append(text)
            if within == "h1":
                self.headlines.append(text)


def html_of(sent: EmailMessage) -> str:
    assert isinstance(sent, EmailMultiAlternatives)
    [(html, kind)] = sent.alternatives
    assert kind == "text/html"
    return str(html)


def problems_of(sent: EmailMessage) -> list[str]:
    """Return in words what is wrong with this mail's bodies."""
    html, text = html_of(sent), " ".join(str(sent.body).split())
    body = Body(html)
    links = set(re.findall(r"https?://\S+", str(sent.body)))
    home = f"{settings.ORIGIN}/"
    checks = {
        "it loads nothing": not LOADS.search(html),
        "old mail programs understand it": not NEW.search(html),
        "it has a language": bool(body.language),
        "its title is the subject": body.title == " ".join(str(sent.subject).split()),
        "it begins with one short headline": [len(line) <= LONGEST_HEADLINE for line in body.headlines] == [True],
        "both parts have the same links": set(body.links) == links,
        "every link leads here": all(link.startswith(home) for link in links),
    }
    missing = [f"the plain text lacks: {one}" for one in body.texts if one not in text and one != "Kindwall"]
    return [sentence for sentence, holds in checks.items() if not holds] + missing
