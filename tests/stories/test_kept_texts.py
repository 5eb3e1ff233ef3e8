"""Each form in which people write names the key under which its browser keeps the text, and then drops it."""

import re

import pytest

from accounts.models import Membership
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_story
from tests.pages import text_of
from tests.stories.composing import SHARE, edit

pytestmark = pytest.mark.once


def keys(person: Membership, path: str, element: str) -> list[str]:
    """The keys on a page, without their person and team."""
    found = re.findall(rf'<{element}\b[^>]*\bdata-copy="([^"]*)"', text_of(signed_in(person).get(path)))
    beginning = f"kindwall:{person.user_id}:harbour-team"
    assert all(key.startswith(beginning) for key in found), "nobody is shown another person's words"
    return [key.removeprefix(beginning) for key in found]


def test_composer_keeps_a_draft_by_its_person_and_story(cast: Cast) -> None:
    draft = make_draft(author=cast.member, body="Half")
    assert keys(cast.member, SHARE, "draft-copy") == [":"]
    assert keys(cast.member, edit(draft), "draft-copy") == [":"]
    assert f'data-story="{draft.created_by_editor}"' in text_of(signed_in(cast.member).get(edit(draft)))


def test_sent_story_drops_its_draft(cast: Cast, pending: Story) -> None:
    page = pending.get_absolute_url()
    assert f":{pending.created_by_editor}" in keys(cast.member, page, "sent-text")
    assert f'data-words="{pending.body}"' in text_of(signed_in(cast.member).get(page))


def test_report_is_kept_until_it_is_sent(cast: Cast, story: Story) -> None:
    page = story.get_absolute_url()
    assert keys(cast.newcomer, page, "unsent-text") == [f":report:{story.pk}"]
    assert keys(cast.newcomer, page, "sent-text") == []
    signed_in(cast.newcomer).post(f"{page}report/", {"reason": "named", "message": "It names me."})
    assert keys(cast.newcomer, page, "unsent-text") == []
    assert keys(cast.newcomer, page, "sent-text") == [f":report:{story.pk}"]


def test_reply_is_kept_until_it_is_sent(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
    page = story.get_absolute_url()
    assert keys(cast.member, page, "unsent-text") == [f":stand-by:{story.pk}"]
    story.stand_by(by=cast.member, message="It was meant otherwise.")
    assert keys(cast.member, page, "unsent-text") == []
    assert f":stand-by:{story.pk}" in keys(cast.member, page, "sent-text")


def test_desk_keeps_letters_fixes_and_notes(cast: Cast, pending: Story) -> None:
    page = f"/harbour-team/moderation/?story={pending.pk}"
    assert keys(cast.moderator, page, "unsent-text") == [
        f":assignment:{pending.pk}:{pending.revision}",
        f":note:{pending.pk}",
        f":letter:{pending.pk}:return",
        f":letter:{pending.pk}:decline",
        f":fix:{pending.pk}:{pending.revision}",
    ]
    assert keys(cast.moderator, "/harbour-team/moderation/reasons/", "unsent-text") == [f":reason:{cast.team.pk}"]
