"""Plain text in Markdown that is shown as it stands."""

import re

# At the beginning of a line they make a list or a rule, with a number before the second a list.
LINE = re.compile(r"(?m)^([ \t]*)(?:([-+])|(\d+)([.)]))")
UNDERLINE = re.compile(r"(?m)^[ \t]*(?==+[ \t]*$)")  # makes a heading of the line before
INDENT = re.compile(r"(?m)^[ \t]{4,}")  # makes code
NOTHING = "\u200b"  # a space without width


def escaped_marks(text: str, marks: str) -> str:
    """Escape these characters, what makes lines into something else, and each @, which calls a person or a room."""
    text = re.sub(rf"([{re.escape(marks)}])", r"\\\1", text)
    text = INDENT.sub("   ", text)
    text = LINE.sub(lambda found: f"{found[1]}{found[3] or ''}\\{found[2] or found[4]}", text)
    return without_calls(UNDERLINE.sub(NOTHING, text))


def without_calls(text: str) -> str:
    """Separate each @ from the name after it."""
    return text.replace("@", f"@{NOTHING}")
