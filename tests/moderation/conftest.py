"""Stories that tests of the desk share."""

import pytest

from stories.models import Story
from tests.conftest import Cast
from tests.factories import make_story


@pytest.fixture
def three(cast: Cast) -> list[Story]:
    return [make_story(author=cast.member, state="pending") for _ in range(3)]
