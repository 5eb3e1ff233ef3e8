"""Numbers in addresses and fields that no form has looked at."""

MOST_DIGITS = 18  # the most that every database's integer can hold, whatever they are


def read_number(text: str) -> int | None:
    """The number; None for what is none, or has more digits than the number of anything that is kept."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
