"""Unicode normalization takes time quadratic in the accents of a text, so only its beginning is normalized."""

import unicodedata

import pytest

from accounts.models import Visibility
from stories.public import PREVIEW_SOURCE
from tests.conftest import Cast, signed_in
from tests.factories import make_story

pytestmark = pytest.mark.once

ACCENTS = "a" + "\u0301\u0316" * 4_990


@pytest.fixture
def put_in_order(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of what was."""
    lengths: list[int] = []

    class Watched:
        combining = staticmethod(unicodedata.combining)

        @staticmethod
        def normalize(form: str, text: str) -> str:
            lengths.append(len(text))
            return unicodedata.normalize(form, text)  # type: ignore[arg-type]

    monkeypatch.setattr("django.utils.text.unicodedata", Watched)
    return lengths


def test_desk_normalizes_only_the_beginning_of_a_story(cast: Cast, put_in_order: list[int]) -> None:
    make_story(author=cast.member, state="pending", body=ACCENTS)
    assert signed_in(cast.owner).get("/harbour-team/moderation/").status_code == 200
    assert max(put_in_order) <= PREVIEW_SOURCE


def test_preview_normalizes_only_the_beginning_of_a_story(cast: Cast, put_in_order: list[int]) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, body=ACCENTS)
    cast.team.change(by=cast.owner, visibility=Visibility.PUBLIC)
    assert signed_in(None).get(f"/harbour-team/stories/{story.pk}/").status_code == 200
    assert max(put_in_order) <= PREVIEW_SOURCE
