"""The texts of the demo team, from which the walls of the bench are made."""

import tomllib
from typing import Any

from stories.demo.load import SOURCE


def demo_sources() -> list[dict[str, Any]]:
    """Return the kind, the qualities and the body of each published story."""
    stories = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["stories"]
    return [story for story in stories if story["state"] == "published"]
