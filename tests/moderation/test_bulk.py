"""Answering several stories at once, and undoing what was decided: one, or all of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kindwall import clock
from stories.models import AuditEntry, OutboxEvent, Story, StoryText
from stories.models.audit import UNDO_FOR
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_story
from tests.pages import HTMX, attribute, elements, fields, ids, part, text_of, value, words
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once

DESK = "/harbour-team/moderation/"
BULK = f"{DESK}bulk/"
UNDO = f"{DESK}undo/"
each_way = pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])


def ticked(*stories: Story) -> list[str]:
    return [f"{story.pk}:{story.revision}" for story in stories]


def states(*stories: Story) -> list[str]:
    return [Story.objects.get(pk=story.pk).state for story in stories]


@pytest.fixture
def three(cast: Cast) -> list[Story]:
    return [make_story(author=cast.member, state="pending") for _ in range(3)]


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
        said = words(part(answer, "desk-said"))
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
    assert "It is published already." in words(part(answer, "desk-said"))
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
    assert "Tick the stories that you mean first." in words(part(answer, "desk-said"))


@pytest.mark.parametrize(
    "hostile",
    ["", ":", "x:1", "1", "1:", ":1", "-1:1", "1:-1", "٣:1", "9" * 40 + ":1", "1:" + "9" * 40, "1:1:1", "1\x00:1"],
)
@each_way
def test_invalid_ticks_are_ignored(cast: Cast, three: list[Story], headers: dict[str, str], hostile: str) -> None:
    client = signed_in(cast.moderator)
    assert client.post(BULK, {"story": hostile, "action": "publish"}, headers=headers).status_code == 422
    data = {"story": [hostile, *ticked(three[1])], "action": "publish"}
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
    assert "It is published already." in words(part(answer, "desk-said"))
    assert OutboxEvent.objects.count() == events


# Undo


def entries(*stories: Story) -> dict[str, Any]:
    return {"entry": [str(story.audit_log.latest("pk").pk) for story in stories]}


@each_way
def test_bulk_decisions_are_undone_together(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    client = signed_in(cast.moderator)
    client.post(BULK, {"story": ticked(*three), "action": "publish"})
    offered = [value(field) for field in fields(part(client.get(DESK), "desk-undo"), "entry")]
    answer = client.post(UNDO, {"entry": offered}, headers=headers)
    assert states(*three) == ["pending"] * 3
    assert "HX-Request" in answer["Vary"]
    if not headers:
        assert answer.status_code == 302
        answer = client.get(answer["Location"])
    assert "Undone." in words(text_of(answer))
    assert list(OutboxEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["card"] * 3 + ["gone"] * 3


@each_way
def test_one_is_undone_and_lies_open_again(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    story = three[1]
    story.decline(by=cast.moderator, revision=1, **LETTER)
    client = signed_in(cast.moderator)
    answer = client.post(UNDO, entries(story), headers=headers)
    if not headers:
        assert answer["Location"].startswith(f"{DESK}?story={story.pk}&letter=")
        assert LETTER["message"] not in text_of(signed_in(cast.second_moderator).get(answer["Location"]))
        answer = client.get(answer["Location"])
    assert states(story) == ["pending"]
    assert attribute(part(answer, f"story-{story.pk}-decline"), "open") is not None
    letter = {name: value(part(answer, f"story-{story.pk}-decline-{name}")) for name in LETTER}
    assert letter == LETTER, "every word of it is there"
    assert "Undone." in words(text_of(answer))
    assert 'id="desk-undo"' not in text_of(answer), "there is nothing to be undone any more"


@each_way
def test_letter_to_several_lies_open_again_after_undo(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    client = signed_in(cast.moderator)
    client.post(BULK, {**LETTER, "story": ticked(*three[:2]), "action": "return"})
    answer = client.post(UNDO, entries(*three[:2]), headers=headers)
    answer = answer if headers else client.get(answer["Location"])
    assert states(*three) == ["pending"] * 3
    assert {name: value(part(answer, f"bulk-{name}")) for name in LETTER} == LETTER
    boxes = {attribute(box, "value"): attribute(box, "checked") is not None for box in fields(answer, "story")}
    assert boxes == dict(zip(ticked(*three), [True, True, False], strict=True))


@pytest.mark.parametrize("letter", ["0", "x", "-1", "9" * 40])
def test_letter_of_no_undone_decision_opens_nothing(cast: Cast, pending: Story, letter: str) -> None:
    assert signed_in(cast.moderator).get(DESK, {"letter": letter}).status_code == 200


def test_latest_of_two_batches_is_undone_first(cast: Cast, three: list[Story]) -> None:
    """A fast moderator decides on several stories within the ten seconds."""
    client = signed_in(cast.moderator)

    def offered() -> list[str]:
        return [value(field) for field in fields(part(client.get(DESK), "desk-undo"), "entry")]

    client.post(BULK, {"story": ticked(*three[:2]), "action": "publish"})
    together = offered()
    client.post(f"/harbour-team/stories/{three[2].pk}/publish/", {"revision": 1})
    assert offered() == entries(three[2])["entry"]
    client.post(UNDO, {"entry": offered()})
    assert states(*three) == ["published", "published", "pending"]
    assert offered() == together
    client.post(UNDO, {"entry": together})
    assert states(*three) == ["pending"] * 3


@each_way
def test_undoing_twice_is_harmless(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    pending.publish(by=cast.moderator, revision=1)
    data = entries(pending)
    client = signed_in(cast.moderator)
    first = client.post(UNDO, data, headers=headers)
    rows, events = AuditEntry.objects.count(), OutboxEvent.objects.count()
    again = client.post(UNDO, data, headers=headers)
    assert again.status_code == first.status_code < 400
    assert (AuditEntry.objects.count(), OutboxEvent.objects.count()) == (rows, events)
    assert states(pending) == ["pending"]


@each_way
def test_late_undo_shows_an_error_and_changes_nothing(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    with clock.at(timezone.now() - UNDO_FOR - timedelta(seconds=1)):
        pending.publish(by=cast.moderator, revision=1)
    client = signed_in(cast.moderator)
    answer = client.post(UNDO, entries(pending), headers=headers)
    answer = answer if headers else client.get(answer["Location"])
    assert "It is too late to undo this." in words(text_of(answer))
    assert "Undone" not in words(text_of(answer))
    assert states(pending) == ["published"]


@each_way
def test_nobody_undoes_what_somebody_else_decided(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    pending.publish(by=cast.moderator, revision=1)
    client = signed_in(cast.second_moderator)
    answer = client.post(UNDO, entries(pending), headers=headers)
    answer = answer if headers else client.get(answer["Location"])
    assert "It is too late to undo this." in words(text_of(answer))
    assert states(pending) == ["published"]


@each_way
def test_undo_of_a_batch_leaves_superseded_decisions(cast: Cast, three: list[Story], headers: dict[str, str]) -> None:
    for story in three[:2]:
        story.publish(by=cast.moderator, revision=1)
    data = entries(*three[:2])
    three[0].remove(by=cast.second_moderator, revision=1, **LETTER)
    client = signed_in(cast.moderator)
    answer = client.post(UNDO, data, headers=headers)
    answer = answer if headers else client.get(answer["Location"])
    said = words(text_of(answer))
    assert "Mia Member’s story has gone on meanwhile, so it stays as it is." in said
    assert "Undone." in said
    assert states(*three) == ["removed", "pending", "pending"]


@pytest.mark.parametrize("entry", ["", "0", "x", "-1", "٣", "9" * 18, "9" * 40, None])
@each_way
def test_unknown_decision_is_not_undone(cast: Cast, pending: Story, headers: dict[str, str], entry: str | None) -> None:
    answer = signed_in(cast.moderator).post(UNDO, {} if entry is None else {"entry": entry}, headers=headers)
    assert answer.status_code < 400
    assert states(pending) == ["pending"]


def test_another_teams_decision_is_not_undone(cast: Cast) -> None:
    foreign = make_story(author=cast.foreign_owner, state="pending")
    foreign.publish(by=cast.foreign_owner, revision=1)
    signed_in(cast.moderator).post(UNDO, entries(foreign), headers=HTMX)
    assert states(foreign) == ["published"]
