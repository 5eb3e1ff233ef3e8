"""Removing a story where its card is: on the wall, and on its own page."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stories.models import AuditEntry, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import HTMX, attribute, elements, fields, ids, part, text_of, value, words
from tests.stories.transitions import LETTER
from tests.task_backend import clock_moved_to

pytestmark = pytest.mark.once

WALL = "/harbour-team/"


def removal(story: Story) -> str:
    return f"{WALL}stories/{story.pk}/removal/"


def remove(story: Story) -> str:
    return f"{WALL}stories/{story.pk}/remove/"


def sent(story: Story, **letter: str) -> dict[str, Any]:
    return {"revision": story.revision, "card": story.pk, **(letter or LETTER)}


@pytest.fixture
def moderator(cast: Cast) -> Client:
    return signed_in(cast.moderator)


def removed(moderator: Client, story: Story) -> Any:
    return moderator.post(remove(story), sent(story), headers=HTMX)


def undo(moderator: Client, story: Story, **headers: str) -> Any:
    entry = AuditEntry.objects.filter(story=story).latest("pk")
    sent = {"entry": entry.pk, "card": story.pk}
    return moderator.post(f"{WALL}moderation/undo/", sent, headers={**HTMX, **headers})


def test_only_moderators_have_the_menu_and_nobody_the_letter(cast: Cast, moderator: Client, story: Story) -> None:
    page = text_of(moderator.get(WALL))
    assert ("card-menu" in page, "letter-form" in page) == (True, False)
    scripts = [attribute(found, "src") or "" for found in elements(page) if found.name == "script"]
    assert not [script for script in scripts if "letter" in script or "unsent" in script]
    assert "card-menu" not in text_of(signed_in(cast.member).get(WALL))


def test_menu_costs_no_query(cast: Cast, moderator: Client, story: Story) -> None:
    make_story(author=cast.owner, moderator=cast.moderator)

    def queries(client: Client) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(WALL)
        return len(captured)

    reader = signed_in(cast.newcomer)
    for client in (moderator, reader):
        client.get(WALL)
    assert queries(moderator) == queries(reader)


def test_letter_is_a_fragment_and_without_a_script_the_desk_opens_it(moderator: Client, story: Story) -> None:
    letter = moderator.get(removal(story), headers=HTMX)
    form = part(letter, f"story-{story.pk}-removal")
    assert (attribute(form, "action"), attribute(form, "hx-post")) == (remove(story), remove(story))
    assert [value(card) for card in fields(letter, "card")] == [str(story.pk)]
    assert "<html" not in text_of(letter)
    desk = moderator.get(removal(story), follow=True)
    assert attribute(part(desk, f"story-{story.pk}-remove"), "open") is not None
    assert removal(story) in text_of(moderator.get(f"{WALL}stories/{story.pk}/"))


def test_line_with_undo_takes_the_place_of_the_card(moderator: Client, story: Story) -> None:
    line = removed(moderator, story)
    assert "Mia Member’s story is removed." in words(part(line, f"story-{story.pk}-removed"))
    assert Story.objects.get().state == "removed"
    card = undo(moderator, story)
    assert ids(card)[0] == f"story-{story.pk}-card"
    assert "note-alone" not in text_of(card)
    assert Story.objects.get().is_published


def test_former_address_of_the_form_still_takes_it(moderator: Client, story: Story) -> None:
    line = moderator.post(removal(story), {"revision": story.revision, **LETTER}, headers=HTMX)
    assert f"story-{story.pk}-removed" in ids(line)
    assert Story.objects.get().state == "removed"


def test_undone_on_the_page_of_the_story_the_card_is_that_of_the_page(moderator: Client, story: Story) -> None:
    removed(moderator, story)
    page = f"http://testserver{story.get_absolute_url()}"
    assert "note-alone" in text_of(undo(moderator, story, **{"HX-Current-URL": page}))


def test_letter_that_was_undone_opens_with_every_word(cast: Cast, moderator: Client, story: Story) -> None:
    removed(moderator, story)
    undo(moderator, story)
    [message] = fields(moderator.get(removal(story), headers=HTMX), "message")
    assert value(message) == LETTER["message"]
    [other] = fields(signed_in(cast.second_moderator).get(removal(story), headers=HTMX), "message")
    assert value(other) == ""


def test_empty_letter_comes_back_into_the_dialog(moderator: Client, story: Story) -> None:
    answer = moderator.post(remove(story), sent(story, saw="A warm line."), headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#removal")
    assert "A warm line." in text_of(answer)
    assert Story.objects.get().is_published


def test_letter_about_a_former_text_is_kept_beside_the_new_one(cast: Cast, moderator: Client, story: Story) -> None:
    before = sent(story)
    Story.objects.filter(pk=story.pk).update(revision=story.revision + 1, body="Another text.")
    answer = moderator.post(remove(story), before, headers=HTMX)
    assert answer.status_code == 409
    assert "Another text." in text_of(answer)
    [message], [revision] = fields(answer, "message"), fields(answer, "revision")
    assert (value(message), value(revision)) == (LETTER["message"], str(story.revision + 1))


def test_letter_that_comes_too_late_is_given_back(cast: Cast, moderator: Client, story: Story) -> None:
    story.remove(by=cast.second_moderator, revision=story.revision, **LETTER)
    answer = removed(moderator, story)
    assert answer.status_code == 409
    assert LETTER["message"] in text_of(answer)


def test_moderator_cannot_remove_their_own_story(cast: Cast, moderator: Client) -> None:
    own = make_story(author=cast.moderator, moderator=cast.second_moderator)
    assert "letter-form" not in text_of(moderator.get(removal(own), headers=HTMX))
    assert removed(moderator, own).status_code == 409
    assert Story.objects.get().is_published


def test_undo_that_comes_too_late_says_so_in_the_line(cast: Cast, moderator: Client, story: Story) -> None:
    removed(moderator, story)
    with clock_moved_to(timezone.now() + timedelta(minutes=1)):
        assert "It is too late to undo this." in text_of(undo(moderator, story))
    assert Story.objects.get().state == "removed"


def test_letter_sent_after_the_session_has_ended_is_given_back(cast: Cast, story: Story) -> None:
    client = Client(headers={**HTMX, "HX-Current-URL": f"http://testserver{WALL}"})
    letter = {**sent(story), "writer": cast.moderator.user_id}
    assert client.post(remove(story), letter).status_code == 401
    client.force_login(cast.moderator.user)
    shown = client.get(WALL, headers={"HX-Request": ""}, follow=True)
    assert LETTER["message"] in text_of(shown)
