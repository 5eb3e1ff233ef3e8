"""A reason from the team's list, beside a moderator's own words."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.html import Element
from django.test.utils import CaptureQueriesContext

from accounts.models import Reason
from accounts.models.reason import FIRST_REASONS
from kindwall import clock
from stories.models import AuditEntry, Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_story
from tests.pages import HTMX, attribute, elements, part, text_of, words

pytestmark = pytest.mark.once

PRIVATE = "A private detail"
SAW = "I can see the care in it."
MESSAGE = "Please leave out her name."
REST = {"saw": SAW, "next_step": "Send it again when it is ready.", "talk_to": "Mo, by the window."}
ANSWERS = {"return": "pending", "decline": "pending", "remove": "published"}


def address(story: Story, answer: str) -> str:
    return f"/harbour-team/stories/{story.pk}/{answer}/"


def given(story: Story, reason: str = PRIVATE, message: str = MESSAGE) -> dict[str, Any]:
    return {"revision": story.revision, "reason": reason, "message": message, **REST}


def once_settled(entry: AuditEntry, author: Client, path: str) -> Element:
    """The letter as its author reads it when it cannot be undone any more."""
    with clock.at(entry.undo_ends_at):
        return part(author.get(f"/harbour-team/{path}"), f"message-{entry.pk}")


def offered(html: str, story: Story, answer: str) -> dict[str, bool]:
    """The reasons of one form, and which is chosen."""
    start = f"story-{story.pk}-{answer}-reason_"
    radios = [element for element in elements(html) if (attribute(element, "id") or "").startswith(start)]
    return {attribute(radio, "value") or "": attribute(radio, "checked") is not None for radio in radios}


def chosen(html: str, story: Story, answer: str) -> list[str]:
    return [reason for reason, checked in offered(html, story, answer).items() if checked]


@pytest.mark.parametrize(("answer", "state"), ANSWERS.items())
def test_author_reads_the_reason_above_the_letter(cast: Cast, answer: str, state: str) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    assert signed_in(cast.moderator).post(address(story, answer), given(story)).status_code == 302
    entry = AuditEntry.objects.get(story=story, action=answer)
    assert (entry.reason, entry.message) == (PRIVATE, MESSAGE)
    author = signed_in(cast.member)
    for path in (f"stories/{story.pk}/", "mine/"):
        assert words(once_settled(entry, author, path)).startswith(f"{SAW} {PRIVATE} {MESSAGE}")


@pytest.mark.parametrize(("answer", "state"), ANSWERS.items())
def test_reason_is_optional(cast: Cast, answer: str, state: str) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    data = given(story)
    del data["reason"]
    assert signed_in(cast.moderator).post(address(story, answer), data).status_code == 302
    entry = AuditEntry.objects.get(story=story, action=answer)
    assert entry.reason == ""
    letter = once_settled(entry, signed_in(cast.member), f"stories/{story.pk}/")
    assert words(letter).startswith(f"{SAW} {MESSAGE}")
    assert "letter-reason" not in str(letter)


def test_desk_offers_the_teams_reasons_with_their_texts(cast: Cast, pending: Story) -> None:
    client = signed_in(cast.moderator)
    first = [str(name) for name, _words in FIRST_REASONS]
    for answer in ("return", "decline"):
        page = text_of(client.get("/harbour-team/moderation/"))
        assert offered(page, pending, answer) == {**dict.fromkeys(first, False), "": True}
    Reason.objects.replace([("Too loud", "Say it softly."), ("Again?", "")], by=cast.owner)
    page = text_of(client.get("/harbour-team/moderation/"))
    assert list(offered(page, pending, "return")) == ["Too loud", "Again?", ""]
    assert "Say it softly." in page


def test_published_story_offers_reasons_for_its_removal(cast: Cast, story: Story) -> None:
    page = text_of(signed_in(cast.moderator).get(f"/harbour-team/moderation/?story={story.pk}"))
    assert PRIVATE in offered(page, story, "remove")
    assert offered(text_of(signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/")), story, "remove") == {}


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_form_without_a_message_is_returned_with_its_reason(
    cast: Cast, pending: Story, headers: dict[str, str]
) -> None:
    client = signed_in(cast.moderator)
    answer = client.post(address(pending, "return"), given(pending, message=""), headers=headers)
    assert answer.status_code == 422
    assert chosen(text_of(answer), pending, "return") == [PRIVATE]
    assert chosen(text_of(answer), pending, "decline") == [""]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_deleted_reason_is_refused_and_the_text_returned(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    Reason.objects.replace([("Too loud", "")], by=cast.owner)
    answer = signed_in(cast.moderator).post(address(pending, "return"), given(pending), headers=headers)
    assert answer.status_code == 422
    assert "no longer on the team’s list" in text_of(answer)
    assert MESSAGE in text_of(answer)
    pending.refresh_from_db()
    assert pending.is_pending


def test_letter_about_a_changed_text_is_returned_with_its_reason(cast: Cast, pending: Story) -> None:
    read = given(pending)
    pending.withdraw(by=cast.member)
    pending.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "Otherwise."))
    pending.submit(by=cast.member)
    answer = signed_in(cast.moderator).post(address(pending, "decline"), read)
    assert answer.status_code == 409
    assert chosen(text_of(answer), pending, "decline") == [PRIVATE]
    assert MESSAGE in text_of(answer)


def test_reason_is_restored_after_sign_in(cast: Cast, pending: Story) -> None:
    client = Client()
    refused = client.post(address(pending, "return"), {**given(pending), "writer": cast.moderator.user.pk})
    signed = client.post(refused["Location"], {"login": cast.moderator.user.email, "password": PASSWORD}, follow=True)
    assert signed.status_code == 200
    page = text_of(client.get("/harbour-team/moderation/")) if MESSAGE not in text_of(signed) else text_of(signed)
    assert MESSAGE in page
    assert chosen(page, pending, "return") == [PRIVATE]
    assert AuditEntry.objects.filter(story=pending, action="return").count() == 0


def test_new_list_of_reasons_changes_no_earlier_letter(cast: Cast, pending: Story) -> None:
    signed_in(cast.moderator).post(address(pending, "return"), given(pending))
    Reason.objects.replace([("Too loud", "")], by=cast.owner)
    entry = pending.audit_log.latest("pk")
    assert PRIVATE in words(once_settled(entry, signed_in(cast.member), f"stories/{pending.pk}/"))


def test_reason_is_escaped(cast: Cast, pending: Story) -> None:
    Reason.objects.replace([("<b>Loud</b>", "<i>softly</i>")], by=cast.owner)
    client = signed_in(cast.moderator)
    desk = text_of(client.get("/harbour-team/moderation/"))
    assert "<b>Loud" not in desk
    assert "<i>softly" not in desk
    client.post(address(pending, "return"), given(pending, reason="<b>Loud</b>"))
    with clock.at(pending.audit_log.latest("pk").undo_ends_at):
        assert "&lt;b&gt;Loud&lt;/b&gt;" in text_of(signed_in(cast.member).get(f"/harbour-team/stories/{pending.pk}/"))


def test_longer_list_and_queue_need_no_more_queries(cast: Cast) -> None:
    client = signed_in(cast.moderator)

    def queries(stories: int, reasons: int) -> int:
        for _number in range(stories):
            make_story(author=cast.member, state="pending")
        Reason.objects.replace([(f"Reason {place}", "") for place in range(reasons)], by=cast.owner)
        client.get("/harbour-team/moderation/")  # the session notes the role once
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/harbour-team/moderation/").status_code == 200
        return len(captured)

    assert queries(2, 3) == queries(4, 12)


def test_reasons_are_folded_apart_from_one_that_needs_the_owner(cast: Cast) -> None:
    client = signed_in(cast.owner)
    page = text_of(client.get("/harbour-team/settings/moderation/"))
    assert "<details open>" not in page[page.index('class="reasons"') :].split("</ol>")[0]
    data = {"name": ["A private detail", ""], "words": ["Leave it out.", "Words without a name."]}
    page = text_of(client.post("/harbour-team/settings/moderation/reasons/", data))
    rows = page[page.index('class="reasons"') :].split("</ol>")[0].split('<li class="reason"')[1:]
    assert ["<details open>" in row for row in rows] == [False, True]
