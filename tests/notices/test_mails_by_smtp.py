"""The mail about a decision as a mail server receives it, and the link in it that stops such mails."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.notice_kinds import MailPace, notice_kinds
from kindwall.settings.mail import mailer
from notices.models import NoticePreference
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.journeys.letters import Letters
from tests.notices.lists import settle
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once

WORDS = LETTER["message"]


@pytest.fixture
def letters(settings: Settings) -> Iterator[Letters]:
    letters = Letters()
    settings.MAILERS = {"default": mailer(letters.url)}
    settings.ORIGIN = "https://wall.example.org"
    yield letters
    letters.close()


def waiting(cast: Cast, body: str) -> Story:
    return make_story(author=cast.member, state="pending", body=body)


def test_returned_story_is_mailed_to_its_author_and_one_that_was_undone_is_not(cast: Cast, letters: Letters) -> None:
    story, undone = waiting(cast, "Carried the boxes."), waiting(cast, "Held the ladder.")
    client = signed_in(cast.moderator)
    for one in (story, undone):
        assert client.post(f"/harbour-team/stories/{one.pk}/return/", {"revision": 1, **LETTER}).status_code == 302
    undone.undo(undone.audit_log.latest("pk"), by=cast.moderator)
    assert letters.arrived.empty(), "both can still be undone"
    settle()
    letter = letters.next_to(cast.member.user.email)
    assert letters.arrived.empty()
    assert letter["Subject"] == "Harbour: A moderator returned your story"
    text, html = (part.get_content() for part in letter.iter_parts())
    for shown in (text, html):
        assert f"https://wall.example.org/harbour-team/stories/{story.pk}/" in shown
        assert not [words for words in ("boxes", "ladder", WORDS) if words in shown]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = letter["List-Unsubscribe"].strip("<>").removeprefix("https://wall.example.org")
    assert "mails about your stories" in Client().get(stop).text
    assert Client(enforce_csrf_checks=True).post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    wishes = NoticePreference.objects.wishes_of(cast.member.user, [notice_kinds["decision"]])
    assert wishes["decision"].mail == MailPace.NEVER
