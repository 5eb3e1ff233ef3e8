"""Forms of bulk decisions, for tests."""

import pytest

from stories.models import Story
from tests.moderation.queue_pages import DESK
from tests.pages import HTMX

BULK = f"{DESK}bulk/"
UNDO = f"{DESK}undo/"
each_way = pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])


def ticked(*stories: Story) -> list[str]:
    return [f"{story.pk}:{story.revision}" for story in stories]


def states(*stories: Story) -> list[str]:
    return [Story.objects.get(pk=story.pk).state for story in stories]
