"""A filter that makes names safe for mails to people who do not know the sender."""

import re

from django import template

register = template.Library()

# Between two characters that are no spaces, these make an address, which mail programs turn into a link.
JOINTS = re.compile(r"(?<=\S)[.․。．｡:：/／⁄∕\\＼@＠](?=\S)")


@register.filter
def plain_name(name: str) -> str:
    """Return the name without anything that a mail program turns into a link: “evil.example” as “evil example”."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(JOINTS.sub(" ", printable).split())
