"""Decisions on several stories at once: on those that are ticked, or on all of a list."""

from typing import Any

import pytest
from django.test import Client

from moderation.bulk import MOST_DECIDED_AT_ONCE
from moderation.queue import STORIES_SHOWN
from stories.models import AuditEntry, OutboxEvent, Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_story
from tests.moderation.bulk_forms import BULK, UNDO, each_way, states, ticked
from tests.moderation.queue_pages import DESK, cost, crowd
from tests.pages import HTMX, attribute, elements, fields, ids, part, text_of, value, words
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once

# Several at once


@each_way
def test_only_ticked_stories_are_published(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    client = signed_in(cast.moderator)
    answer = client.post(BULK, {"story": ticked(*three[:2]), "action": "publish"}, headers=headers)
    assert states(*three) == ["published", "published", "pending"]
    assert "HX-Request" in answer["Vary"]
    if not headers:
        assert answer["Location"] == f"{DESK}?story={three[2].pk}"
        answer = client.get(answer["Location"])
    assert part(answer, f"story-{three[2].pk}-decision")
    assert "You decided on 2 stories." in words(part(answer, "desk-undo"))
    rows = AuditEntry.objects.count()
    client.post(BULK, {"story": ticked(*three[:2]), "action": "publish"}, headers=headers)
    assert AuditEntry.objects.count() == rows, "pressed twice, it is done once"


@each_way
def test_each_author_gets_the_same_letter(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    data = {**LETTER, "reason": "A private detail", "story": ticked(*three), "action": "return"}
    signed_in(cast.moderator).post(BULK, data, headers=headers)
    assert states(*three) == ["returned"] * 3
    entries = AuditEntry.objects.filter(action="return")
    assert len(entries) == 3
    for entry in entries:
        assert {name: getattr(entry, name) for name in LETTER} == LETTER
        assert entry.reason == "A private detail"


def test_ticked_stories_are_marked_as_spam_and_never_declined(cast: Cast, three: list[Story]) -> None:
    client = signed_in(cast.moderator)
    client.post(BULK, {**LETTER, "story": ticked(three[0]), "action": "decline"})
    assert states(*three) == ["pending"] * 3
    client.post(BULK, {"story": ticked(*three[1:]), "action": "spam"}, headers=HTMX)
    assert states(*three) == ["pending", "spam", "spam"]
    assert "You decided on 2 stories." in words(part(client.get(DESK), "desk-undo"))


def test_reason_fills_in_a_letter_to_several_without_javascript(cast: Cast, three: list[Story]) -> None:
    typed = {"story": ticked(*three), "action": "fill", "reason": "A private detail", "saw": "Seen.", "message": ""}
    answer = signed_in(cast.moderator).post(BULK, typed)
    assert value(part(answer, "bulk-message")).startswith("It holds a detail")
    assert value(part(answer, "bulk-saw")) == "Seen."
    assert states(*three) == ["pending"] * 3


@each_way
def test_incomplete_letter_returns_nothing_and_returns_text_and_ticks(
    cast: Cast, three: list[Story], headers: dict[str, str]
) -> None:
    data = {**LETTER, "message": "", "story": ticked(*three[:2]), "action": "return"}
    answer = signed_in(cast.moderator).post(BULK, data, headers=headers)
    assert (answer.status_code, states(*three)) == (422, ["pending"] * 3)
    assert value(part(answer, "bulk-saw")) == LETTER["saw"]
    assert attribute(part(answer, "bulk-message"), "aria-invalid") == "true"
    boxes = {attribute(box, "value"): attribute(box, "checked") is not None for box in fields(answer, "story")}
    assert boxes == dict(zip(ticked(*three), [True, True, False], strict=True))
    assert "HX-Request" in answer["Vary"]


@each_way
def test_letter_form_is_drawn_on_request(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    client = signed_in(cast.moderator)
    assert "bulk-message" not in ids(client.get(DESK))
    reading = str(three[1].pk)
    data = {"story": ticked(three[0], three[2]), "action": "letter", "reading": reading}
    answer = client.post(BULK, data, headers=headers)
    assert (answer.status_code, states(*three)) == (200, ["pending"] * 3)
    assert value(part(answer, "bulk-message")) == ""
    assert value(part(answer, "bulk-next_step")).startswith("Change it in place")
    assert "come to me: Mo Moderator" in value(part(answer, "bulk-talk_to"))
    assert attribute(part(answer, "bulk-saw"), "aria-invalid") is None
    boxes = {attribute(box, "value"): attribute(box, "checked") is not None for box in fields(answer, "story")}
    assert boxes == dict(zip(ticked(*three), [True, False, True], strict=True))
    assert part(answer, f"story-{reading}-decision"), "what lies open stays open"


@each_way
def test_open_story_stays_open_after_bulk_decisions(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    data = {"story": ticked(*three[:2]), "action": "publish", "reading": str(three[2].pk)}
    make_story(author=cast.member, state="pending")
    client = signed_in(cast.moderator)
    answer = client.post(BULK, data, headers=headers)
    if not headers:
        answer = client.get(answer["Location"])
    assert part(answer, f"story-{three[2].pk}-decision")


def test_enter_key_on_a_tick_submits_nothing(cast: Cast, three: list[Story]) -> None:
    form = part(signed_in(cast.moderator).get(DESK), "bulk")
    # A form that is sent by the enter key presses its first button.
    first = next(element for element in elements(str(form)) if element.name == "button")
    assert (attribute(first, "value"), attribute(first, "hidden")) == ("letter", "")
    typed = {**LETTER, "saw": "", "reason": "A private detail"}
    answer = signed_in(cast.moderator).post(BULK, {**typed, "story": ticked(three[0]), "action": "letter"})
    assert states(*three) == ["pending"] * 3
    assert {name: value(part(answer, f"bulk-{name}")) for name in LETTER} == {**LETTER, "saw": ""}
    (reason,) = [radio for radio in fields(part(answer, "bulk"), "reason") if attribute(radio, "checked") is not None]
    assert attribute(reason, "value") == "A private detail"


@each_way
def test_stories_that_could_not_be_decided_are_named(cast: Cast, headers: dict[str, str]) -> None:
    mine = make_story(author=cast.moderator, state="pending")
    authors = (cast.member, cast.newcomer, cast.owner)
    decided, changed, fine = (make_story(author=author, state="pending") for author in authors)
    sent = ticked(mine, decided, changed, fine)
    decided.decline(by=cast.second_moderator, revision=1, **LETTER)
    changed.withdraw(by=cast.newcomer)
    changed.revise(by=cast.newcomer, revision=1, text=StoryText("given", ["hope"], "Otherwise."))
    changed.submit(by=cast.newcomer)
    client = signed_in(cast.moderator)
    answer = client.post(BULK, {"story": sent, "action": "publish"}, headers=headers)
    assert states(mine, decided, changed, fine) == ["pending", "declined", "pending", "published"]
    if not headers:
        page = client.get(answer["Location"])
        said = words(part(page, "toasts"))
    else:
        said = words(part(answer, "desk-message"))
        assert "3 were left as they are:" in said
    assert "Mo Moderator : This one is yours" in said or "Mo Moderator: This one is yours" in said
    assert "It is declined already." in said
    assert "Its author has changed the text; please read it again." in said
    assert "Olu Owner" not in said


@each_way
def test_letter_stays_when_some_returns_fail(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    sent = ticked(*three[:2])
    three[0].publish(by=cast.second_moderator, revision=1)
    data = {**LETTER, "reason": "A private detail", "story": sent, "action": "return"}
    answer = signed_in(cast.moderator).post(BULK, data, headers=headers)
    assert (answer.status_code, states(*three)) == (409, ["published", "returned", "pending"])
    assert "It is published already." in words(part(answer, "desk-message"))
    assert {name: value(part(answer, f"bulk-{name}")) for name in LETTER} == LETTER
    assert attribute(part(answer, "bulk-saw"), "aria-invalid") is None


def test_preview_shows_the_letter_as_each_author_reads_it(cast: Cast, three: list[Story]) -> None:
    cast.team.change(by=cast.owner, letter_hints=True)
    client = signed_in(cast.moderator)
    data = {**LETTER, "message": "Unfortunately this cannot hang.", "story": ticked(*three), "action": "letter"}
    for answer in (client.post(f"{BULK}letter/", data, headers=HTMX), client.post(BULK, data)):
        assert LETTER["saw"] in text_of(answer)
        assert "It apologises for the rule." in text_of(answer)
    assert states(*three) == ["pending"] * 3


def test_letter_to_several_is_restored_after_sign_in(cast: Cast, three: list[Story]) -> None:
    client = Client()
    data = {**LETTER, "writer": cast.moderator.user.pk, "story": ticked(*three[1:]), "action": "return"}
    refused = client.post(BULK, data)
    signed = {"login": cast.moderator.user.email, "password": PASSWORD}
    client.post(refused["Location"], signed)
    page = client.get(DESK)
    assert {name: value(part(page, f"bulk-{name}")) for name in LETTER} == LETTER
    boxes = [attribute(box, "checked") is not None for box in fields(page, "story")]
    assert (boxes, states(*three)) == ([False, True, True], ["pending"] * 3)
    assert "bulk-message" not in ids(client.get(DESK)), "once"


@each_way
@pytest.mark.parametrize("action", ["publish", "return", "spam"])
def test_bulk_action_without_ticks_does_nothing(
    cast: Cast, three: list[Story], headers: dict[str, str], action: str
) -> None:
    answer = signed_in(cast.moderator).post(BULK, {**LETTER, "action": action}, headers=headers)
    assert (answer.status_code, states(*three)) == (422, ["pending"] * 3)
    assert "Select the stories first." in words(part(answer, "desk-message"))


@each_way
def test_invalid_ticks_are_ignored(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    hostile = ["", ":", "x:1", "1", "1:", ":1", "-1:1", "1:-1", "٣:1", "9" * 40 + ":1", "1:" + "9" * 40, "1:1:1"]
    hostile.append("1\x00:1")
    client = signed_in(cast.moderator)
    answer = client.post(BULK, {"story": hostile, "action": "publish"}, headers=headers)
    assert answer.status_code == 422
    data = {"story": [*hostile, *ticked(three[1])], "action": "publish"}
    assert client.post(BULK, data, headers=headers).status_code < 400
    assert states(*three) == ["pending", "published", "pending"]


def test_other_teams_stories_and_drafts_are_left_alone(cast: Cast) -> None:
    foreign = make_story(author=cast.foreign_owner, state="pending", body="Not for you.")
    draft = make_story(author=cast.member, state="draft", body="Not for you.")
    data = {"story": ticked(foreign, draft), "action": "publish"}
    answer = signed_in(cast.moderator).post(BULK, data, headers=HTMX)
    assert answer.status_code == 422
    assert states(foreign, draft) == ["pending", "draft"]
    assert "Not for you." not in text_of(answer)


def test_published_story_is_not_published_again(cast: Cast, story: Story) -> None:
    events = OutboxEvent.objects.count()
    answer = signed_in(cast.second_moderator).post(BULK, {"story": ticked(story), "action": "publish"}, headers=HTMX)
    assert "It is published already." in words(part(answer, "desk-message"))
    assert OutboxEvent.objects.count() == events


# All that a list has


def whole_list(client: Client, headers: dict[str, str], **selection: str) -> Any:
    return client.post(BULK, {"action": "whole", **selection}, headers=headers)


def sent_by(page: Any) -> list[str]:
    return [value(field) for field in fields(part(page, "bulk"), "listed")]


@each_way
def test_whole_list_is_counted_before_it_is_published(cast: Cast, headers: dict[str, str]) -> None:
    crowd(cast.team.pk, cast.member, STORIES_SHOWN + 5)
    other = make_story(author=cast.newcomer, state="pending")
    client = signed_in(cast.moderator)
    assert "All of this list…" in words(part(client.get(DESK), "desk-list"))
    page = whole_list(client, headers, q="Mia")
    assert "30 stories of this list are selected." in words(part(page, "bulk"))
    assert "Publish 30 stories" in words(part(page, "bulk"))
    late = make_story(author=cast.member, state="pending")
    client.post(BULK, {"listed": sent_by(page), "action": "publish", "q": "Mia"}, headers=headers)
    assert Story.objects.published().count() == 30
    assert states(other, late) == ["pending", "pending"], "what came in later was not counted"
    offered = part(client.get(DESK), "desk-undo")
    assert "You decided on 30 stories." in words(offered)
    client.post(UNDO, {"entry": [value(field) for field in fields(offered, "entry")]}, headers=headers)
    assert Story.objects.published().count() == 0


@each_way
def test_whole_list_is_returned_with_one_letter_and_reopened_by_undo(cast: Cast, headers: dict[str, str]) -> None:
    crowd(cast.team.pk, cast.member, STORIES_SHOWN + 2)
    client = signed_in(cast.moderator)
    listed = sent_by(whole_list(client, headers))
    page = client.post(BULK, {"listed": listed, "action": "letter"}, headers=headers)
    assert sent_by(page) == listed
    assert "What has to change in each of them" in words(part(page, "bulk"))
    assert "Send 27 stories back" in words(part(page, "bulk"))
    client.post(BULK, {**LETTER, "listed": listed, "action": "return"}, headers=headers)
    assert Story.objects.filter(state="returned").count() == 27
    entries = [str(entry.pk) for entry in AuditEntry.objects.filter(action="return")]
    page = client.post(UNDO, {"entry": entries}, headers=headers)
    page = page if headers else client.get(page["Location"])
    assert {name: value(part(page, f"bulk-{name}")) for name in LETTER} == LETTER
    assert sorted(sent_by(page)) == sorted(listed), "more than a page shows"


def test_most_at_once_is_said_and_kept(cast: Cast) -> None:
    crowd(cast.team.pk, cast.member, MOST_DECIDED_AT_ONCE + 3)
    client = signed_in(cast.moderator)
    page = whole_list(client, {})
    said = words(part(page, "bulk"))
    assert "These are the first 100 of 103 waiting stories in this list. No more are decided at once." in said
    assert "Mark 100 stories as spam" in said
    letter = client.post(BULK, {"listed": sent_by(page), "action": "letter"}, headers=HTMX)
    assert "100 stories of this list are selected." in words(part(letter, "bulk"))
    client.post(BULK, {"listed": [*sent_by(page), *ticked(*Story.objects.all())], "action": "spam"})
    assert Story.objects.filter(state="spam").count() == MOST_DECIDED_AT_ONCE


def test_whole_list_asks_the_same_queries_with_three_stories_and_with_a_hundred(cast: Cast) -> None:
    client = signed_in(cast.moderator)
    crowd(cast.team.pk, cast.member, 3)
    few = cost(lambda: whole_list(client, {}))
    crowd(cast.team.pk, cast.member, 150)
    assert cost(lambda: whole_list(client, {})) <= few + 1, "one to count those left out"


@each_way
def test_failures_of_a_whole_list_are_named_and_their_letter_stays(cast: Cast, headers: dict[str, str]) -> None:
    mine, fine = make_story(author=cast.moderator, state="pending"), make_story(author=cast.member, state="pending")
    data = {**LETTER, "listed": ticked(mine, fine), "action": "return"}
    answer = signed_in(cast.moderator).post(BULK, data, headers=headers)
    assert (answer.status_code, states(mine, fine)) == (409, ["pending", "returned"])
    assert "This one is yours" in words(part(answer, "desk-message"))
    assert sent_by(answer) == ticked(mine)


def test_list_without_waiting_stories_is_not_decided_on(cast: Cast, story: Story) -> None:
    page = whole_list(signed_in(cast.moderator), {}, show="reported")
    assert (page.status_code, states(story)) == (422, ["published"])
    assert "No story of this list is waiting." in words(part(page, "desk-message"))


def test_letter_to_several_offers_a_second_opinion_unless_one_is_among_them(cast: Cast, three: list[Story]) -> None:
    asked = make_story(author=cast.member, moderator=cast.owner, state="returned")
    asked.stand_by(by=cast.member, message="It is mine to tell.")
    client = signed_in(cast.moderator)
    for stories, offers in ((three, True), ([*three, asked], False)):
        page = client.post(BULK, {"story": ticked(*stories), "action": "letter"})
        assert ("ask for a second opinion" in value(part(page, "bulk-next_step"))) == offers


def test_link_ticks_all_on_the_page_without_javascript(cast: Cast, three: list[Story]) -> None:
    client = signed_in(cast.moderator)
    link = next(one for one in elements(text_of(client.get(DESK))) if attribute(one, "data-tick-all") is not None)
    page = client.get(attribute(link, "href") or "")
    assert [attribute(box, "checked") is not None for box in fields(page, "story")] == [True] * 3
