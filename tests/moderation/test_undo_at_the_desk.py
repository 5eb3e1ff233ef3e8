"""Undoing decisions from the desk: one, or all of a bulk decision."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kindwall import clock
from stories.models import AuditEntry, OutboxEvent, Story
from stories.models.audit import UNDO_FOR
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.moderation.bulk_forms import BULK, UNDO, each_way, states, ticked
from tests.moderation.queue_pages import DESK
from tests.pages import HTMX, attribute, fields, part, text_of, value, words
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once


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
