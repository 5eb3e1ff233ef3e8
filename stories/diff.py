"""What has changed between two texts, word by word."""

import re
from difflib import SequenceMatcher

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

# Words with the punctuation that clings to them, and the white space between.
PIECES = re.compile(r"\s+|[^\s]+")


def word_diff(before: str, after: str) -> SafeString:
    """The new text as HTML, with what went in <del> and what came in <ins>."""
    old, new = PIECES.findall(before), PIECES.findall(after)
    pieces: list[tuple[str, str]] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("", "".join(new[new_from:new_to])))
            continue
        pieces.append(("del", "".join(old[old_from:old_to])))
        pieces.append(("ins", "".join(new[new_from:new_to])))
    return format_html_join("", "{}", ((marked(tag, text),) for tag, text in pieces if text))


def marked(tag: str, text: str) -> SafeString:
    lines = format_html_join("", "{}", ((text,),))
    html = lines.replace("\n", "<br>")
    return SafeString(f"<{tag}>{html}</{tag}>" if tag else html)
