"""What people have written about themselves, made fit for a mail to somebody who does not know them."""

import re

from django import template

register = template.Library()

# Between two characters that are no spaces these make an address, and mail programs make a link of it.
JOINTS = re.compile(r"(?<=\S)[.․。．｡:：/／⁄∕\\＼@＠](?=\S)")


@register.filter
def plain_name(name: str) -> str:
    """The same name with nothing in it that a mail program would make a link of: “evil.example” as “evil example”."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(JOINTS.sub(" ", printable).split())
