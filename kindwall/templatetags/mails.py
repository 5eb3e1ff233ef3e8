"""Tags for the parts of a mail, and a filter that makes names safe for mails to people who do not know the sender."""

import re

from django import template
from django.template import Context

register = template.Library()

# Between two characters that are no spaces, these make an address, which mail programs turn into a link.
JOINTS = re.compile(r"(?<=\S)[.․。．｡:：/／⁄∕\\＼@＠](?=\S)")


@register.filter
def plain_name(name: str) -> str:
    """Return the name without anything that a mail program turns into a link: “evil.example” as “evil example”."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(JOINTS.sub(" ", printable).split())


@register.simple_block_tag(takes_context=True)
def button(context: Context, content: str, url: str) -> str:
    """Add the link of a mail, as a button with these words. `url` is a path below ORIGIN."""
    return str(context["collector"].add("button", content, url=url))


@register.simple_block_tag(takes_context=True)
def heading(context: Context, content: str) -> str:
    """Add a heading within a longer mail."""
    return str(context["collector"].add("heading", content))


@register.simple_block_tag(takes_context=True)
def item(context: Context, content: str, url: str = "") -> str:
    """Add a line of a list, which may be a link."""
    return str(context["collector"].add("item", content, url=url))


@register.simple_block_tag(takes_context=True)
def quote(context: Context, content: str, by: str = "", url: str = "", paper: str = "") -> str:
    """Add words of a person, as a note on the paper of a quality, with a line below it that may be a link."""
    return str(context["collector"].add("quote", content, by=by, url=url, paper=paper))
