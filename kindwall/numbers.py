"""Parse numbers from addresses and fields that no form validates."""

MOST_DIGITS = 18  # any number of so many digits fits into an integer of every database


def read_number(text: str) -> int | None:
    """Return the number; None for any other text, or for more digits than a stored number has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
