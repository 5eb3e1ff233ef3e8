"""Notes that moderators write for each other on a story, and that its author never sees."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kindwall import clock
from stories.models import ModeratorNote, Refused, Story
from stories.models.moderator_note import LONGEST_NOTE
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_story
from tests.moderation.queue_pages import DESK, news, shown
from tests.pages import HTMX, attribute, fields, part, root_id, text_of, value, words

pytestmark = pytest.mark.once

each_way = pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])


def address(story: Story, action: str = "notes") -> str:
    return f"/harbour-team/stories/{story.pk}/{action}/"


def texts() -> list[str]:
    return list(ModeratorNote.objects.order_by("pk").values_list("text", flat=True))


@each_way
def test_note_is_read_by_moderators_alone(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    client = signed_in(cast.moderator)
    answer = client.post(address(pending), {"note": "I <i>asked</i> her."}, headers=headers)
    if headers:
        assert (answer.status_code, root_id(answer)) == (200, f"story-{pending.pk}-notes")
    answer = answer if headers else client.get(answer["Location"])
    assert "Note by Mo Moderator" in words(part(answer, f"story-{pending.pk}-notes"))
    assert value(part(answer, f"story-{pending.pk}-note-note")) == ""
    assert "I <i>asked</i> her." in shown(cast.second_moderator, pending)
    for page in (pending.get_absolute_url(), "/harbour-team/mine/"):
        assert "asked" not in text_of(signed_in(cast.member).get(page))


@pytest.mark.parametrize("state", ["published", "returned", "declined", "removed", "spam", "aside"])
def test_note_is_written_in_any_state_that_the_desk_shows(cast: Cast, state: str) -> None:
    story = make_story(author=cast.member, moderator=cast.owner, state="published" if state == "aside" else state)
    if state == "aside":
        story.hide_for_review()
    signed_in(cast.moderator).post(address(story), {"note": "I asked her."})
    assert "I asked her." in shown(cast.owner, story)


def test_same_note_sent_twice_is_one(cast: Cast, pending: Story) -> None:
    for _twice in range(2):
        signed_in(cast.moderator).post(address(pending), {"note": "I asked her."})
    assert texts() == ["I asked her."]


@each_way
@pytest.mark.parametrize(
    ("note", "error"), [(" ", "Write the note first."), ("x" * (LONGEST_NOTE + 1), "at most 1000 characters")]
)
def test_refused_note_keeps_its_text(
    cast: Cast, pending: Story, headers: dict[str, str], note: str, error: str
) -> None:
    answer = signed_in(cast.moderator).post(address(pending), {"note": note}, headers=headers)
    assert answer.status_code == 422
    assert error in words(part(answer, f"story-{pending.pk}-note"))
    assert value(part(answer, f"story-{pending.pk}-note-note")).strip() == note.strip()
    assert texts() == []


@each_way
def test_note_on_a_story_that_was_withdrawn_is_given_back(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    pending.withdraw(by=cast.member)
    answer = signed_in(cast.moderator).post(address(pending), {"note": "I asked her."}, headers=headers)
    assert answer.status_code == 422
    assert "I asked her." in text_of(answer)
    assert pending.body not in text_of(answer)
    assert texts() == []


@each_way
def test_deleted_note_comes_back_in_the_form(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    note, _new = ModeratorNote.write(pending, by=cast.moderator, text="I asked her.")
    client = signed_in(cast.moderator)
    (words_of_note,) = fields(client.get(DESK, {"story": pending.pk}), "words")
    data = {"number": note.pk, "words": attribute(words_of_note, "value")}
    for _time in ("pressed", "loaded again"):
        answer = client.post(address(pending, "notes/delete"), data, headers=headers)
        assert (answer.status_code, texts()) == (200, [])
        assert value(part(answer, f"story-{pending.pk}-note-note")) == "I asked her."


def test_note_is_deleted_by_its_writer_alone(cast: Cast, pending: Story) -> None:
    note, _new = ModeratorNote.write(pending, by=cast.moderator, text="I asked her.")
    assert "Delete your note" not in shown(cast.owner, pending)
    for number in (note.pk, "nonsense", ""):
        signed_in(cast.owner).post(address(pending, "notes/delete"), {"number": number})
    assert texts() == ["I asked her."]


def test_note_on_an_edit_is_shown_with_the_story_that_has_its_text(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    note, _new = ModeratorNote.write(edit, by=cast.moderator, text="I asked her.")
    edit.publish(by=cast.owner, revision=edit.revision)
    assert "I asked her." in shown(cast.owner, story)
    signed_in(cast.moderator).post(address(story, "notes/delete"), {"number": note.pk})
    assert texts() == []


def test_author_who_moderates_neither_reads_nor_writes_notes_on_an_own_story(cast: Cast) -> None:
    story = make_story(author=cast.moderator, state="pending")
    ModeratorNote.write(story, by=cast.owner, text="Mo again.")
    assert "Mo again." not in text_of(signed_in(cast.moderator).get(DESK, {"story": story.pk}))
    assert "Mo again." not in text_of(news(signed_in(cast.moderator), story, opened=story))
    with pytest.raises(Refused):
        ModeratorNote.write(story, by=cast.moderator, text="Me?")
    for stranger in (cast.member, cast.foreign_owner):
        with pytest.raises(Refused):
            ModeratorNote.write(story, by=stranger, text="Me?")
    # Also once no other moderator is left, and the author decides alone.
    for colleague in (cast.owner, cast.second_moderator):
        colleague.user.is_active = False
        colleague.user.save()
    assert "Publish" in shown(cast.moderator, story)
    assert "Mo again." not in text_of(signed_in(cast.moderator).get(DESK, {"story": story.pk}))
    assert "Mo again." not in text_of(news(signed_in(cast.moderator), story, opened=story))
    assert signed_in(cast.moderator).post(address(story), {"note": "Me?"}).status_code == 404


def test_words_of_a_deleted_note_come_after_those_that_were_begun(cast: Cast, pending: Story) -> None:
    note, _new = ModeratorNote.write(pending, by=cast.moderator, text="I asked her.")
    data = {"number": note.pk, "note": "She said"}
    answer = signed_in(cast.moderator).post(f"/harbour-team/stories/{pending.pk}/notes/delete/", data, headers=HTMX)
    assert value(part(answer, f"story-{pending.pk}-note-note")) == "She said I asked her."


def test_note_stays_without_its_writer(cast: Cast, story: Story) -> None:
    ModeratorNote.write(story, by=cast.second_moderator, text="I asked her.")
    cast.second_moderator.user.emailaddress_set.all().delete()  # type: ignore[attr-defined]
    cast.second_moderator.user.delete()
    assert "Note by Somebody who has left" in shown(cast.owner, story)


def test_open_desk_draws_a_colleagues_note_beside_the_list(cast: Cast, pending: Story) -> None:
    with clock.at(timezone.now() - timedelta(minutes=5)):
        ModeratorNote.write(pending, by=cast.owner, text="I asked her.")
    answer = news(signed_in(cast.moderator), pending, opened=pending)
    assert "Note by Olu Owner 5 minutes ago" in words(part(answer, f"story-{pending.pk}-notes-written"))
