"""The list of watch words as an owner writes it: one word or phrase in each line, with `*` for any letters."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_WATCH_WORDS = 100
LONGEST_WATCH_WORD = 40  # characters
MOST_WATCH_CHARACTERS = MOST_WATCH_WORDS * (LONGEST_WATCH_WORD + 1)


def clean_watch_words(text: str) -> str:
    """Return the list without empty lines, needless spaces and repetitions."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join({line.casefold(): line for line in lines if line}.values())


def validate_watch_words(text: str) -> None:
    """Refuse a list that is too long, and an entry that is too long or would match every word."""
    entries = text.splitlines()
    if len(entries) > MOST_WATCH_WORDS:
        raise ValidationError(_("At most %(most)d words. Please take some away.") % {"most": MOST_WATCH_WORDS})
    for entry in entries:
        if len(entry) > LONGEST_WATCH_WORD:
            message = _("“%(word)s” is too long. At most %(most)d characters.")
            raise ValidationError(message % {"word": entry, "most": LONGEST_WATCH_WORD})
        if not entry.replace("*", "").strip():
            raise ValidationError(_("“%(word)s” would match every word. Add some letters.") % {"word": entry})
