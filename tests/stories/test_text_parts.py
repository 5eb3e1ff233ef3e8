"""Each part of a story's text is in every place that holds or shows a text; one that is missing is named by its file.

A part that is added to StoryText is tried here too, as some words.
"""

from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.http import QueryDict
from django.utils import timezone

from archives import fields
from archives.erasure import erase_history
from archives.personal_export import document_of, pack_personal_data
from archives.team_export import pack_team
from stories.cards import Card
from stories.forms import StoryForm
from stories.models import AuditEntry, Story, StoryText
from stories.models.departure import DepartureQuerySet
from stories.models.text import PART_NAMES, STORY_COLUMNS, TEXT_PARTS
from tests.archives.team_archives import empty_the_installation, import_file, packed_team
from tests.archives.test_round_trip import VERSION_1
from tests.conftest import Cast, signed_in
from tests.factories import make_draft
from tests.moderation.test_decision_log import table
from tests.pages import attribute, elements, ids, part, text_of, words
from tests.pages import fields as fields_named

pytestmark = pytest.mark.once

KNOWN = ("kind", "qualities", "body")
NEW = tuple(name for name in TEXT_PARTS if name not in KNOWN)
# Two texts of which every part is filled in, and is another one.
FULL = StoryText("received", ["hope", "peace"], "Heavydoor.", **{name: f"{name} one" for name in NEW})
OTHER = StoryText("witnessed", ["harmony"], "Lightlamp.", **{name: f"{name} two" for name in NEW})
each_part = pytest.mark.parametrize("name", TEXT_PARTS)


def make_full_story(cast: Cast, state: str = "published") -> Story:
    """Make a story with the full text, which took the place of the other text after a return."""
    story = make_draft(author=cast.member)
    story.revise(by=cast.member, revision=story.revision, text=OTHER)
    story.submit(by=cast.member)
    story.return_for_change(by=cast.moderator, revision=story.revision, message="Say who.")
    Story.objects.filter(pk=story.pk).update(settles_at=None)
    story.refresh_from_db()
    story.revise(by=cast.member, revision=story.revision, text=FULL)
    story.submit(by=cast.member)
    if state == "published":
        story.publish(by=cast.moderator, revision=story.revision)
    return story


def left_out(html: str, text: StoryText) -> list[str]:
    """Return the parts that are not shown there."""
    return [name for name in TEXT_PARTS if not all(word in html for word in text.words_of(name))]


# Models


@each_part
def test_part_has_words_and_a_name(name: str) -> None:
    assert PART_NAMES[name], f"stories/models/text.py: declare “{name}” with part(…), which gives it a name."
    assert FULL.words_of(name), f"stories/models/text.py: StoryText.words_of has no words for “{name}”."


def test_story_has_columns_for_its_text() -> None:
    missing = set(STORY_COLUMNS) - {field.name for field in Story._meta.concrete_fields}
    assert not missing, f"stories/models/fields.py: add the columns {missing}."


def test_log_has_columns_for_the_text() -> None:
    missing = set(TEXT_PARTS) - {field.name for field in AuditEntry._meta.concrete_fields}
    assert not missing, f"stories/models/audit.py: add the columns {missing} to AuditEntry."


# The composer


@each_part
def test_form_takes_the_part(name: str) -> None:
    assert name in StoryForm.base_fields, f"stories/forms.py: add the field “{name}” to StoryForm."
    typed = QueryDict(mutable=True)
    for field, value in FULL.parts().items():
        typed.setlist(field, [value] if isinstance(value, str) else list(value))
    form = StoryForm(typed, submitting=True)
    assert form.is_valid(), form.errors
    assert getattr(form.text, name) == getattr(FULL, name), f"stories/forms.py: StoryForm.text leaves out “{name}”."


def test_composer_shows_each_part(cast: Cast) -> None:
    draft = make_draft(author=cast.member)
    draft.revise(by=cast.member, revision=1, text=FULL)
    page = text_of(signed_in(cast.member).get(f"/harbour-team/stories/{draft.pk}/edit/"))
    labelled = {attribute(element, "for") for element in elements(page) if element.name == "label"}
    file = "templates/stories/composer_fields.html"
    for name in TEXT_PARTS:
        found = fields_named(page, name)
        assert found, f"{file}: show the field “{name}”."
        assert {attribute(field, "id") for field in found} <= labelled, f"{file}: the field “{name}” has no label."
        typed = [field for field in found if attribute(field, "type") not in ("radio", "checkbox")]
        assert all(getattr(FULL, name) in str(field) for field in typed), f"{file}: “{name}” is not filled in."


# The notes


def test_note_shows_each_part(cast: Cast) -> None:
    story = make_full_story(cast, "pending")
    page = signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/")
    missing = left_out(str(part(page, f"story-{story.pk}-paper")), FULL)
    assert not missing, f"templates/stories/note_head.html: show {missing} on every note."
    story.publish(by=cast.moderator, revision=story.revision)
    missing = left_out(Card.of(story, "harbour-team").draw(frozenset(), timezone.now()), FULL)
    assert not missing, f"templates/stories/note_head.html: show {missing} on every note."


# Moderators


def test_desk_shows_each_part_as_it_was_before(cast: Cast) -> None:
    story = make_full_story(cast, "pending")
    page = signed_in(cast.moderator).get(f"/harbour-team/moderation/?story={story.pk}")
    missing = left_out(str(part(page, f"story-{story.pk}-decision")), OTHER)
    assert not missing, f"moderation/comparison.py: show what {missing} were before."


def test_log_shows_each_part_and_how_it_was_before(cast: Cast) -> None:
    story = make_full_story(cast)
    edit, _ = Story.begin(by=cast.member, editor=uuid4(), edit_of=story, text=OTHER)
    edit.submit(by=cast.member)
    edit.publish(by=cast.moderator, revision=edit.revision)
    page = signed_in(cast.owner).get("/harbour-team/moderation/log/")
    lines = {entry: words(part(page, entry)) for entry in ids(page) if entry.startswith("entry-")}
    submitted, edited = (lines[f"entry-{one.audit_log.latest('pk').pk}"] for one in (edit, story))
    assert "What changed" in edited
    missing = left_out(submitted, OTHER) + left_out(edited, OTHER)
    assert not missing, f"templates/moderation/log_line.html: show {missing} with the text as it was."
    missing = left_out(edited, FULL)
    assert not missing, f"moderation/comparison.py: show what {missing} were before."


def test_table_of_decisions_has_each_part(cast: Cast) -> None:
    make_full_story(cast)
    row = table(cast.owner)[0]
    missing = [name for name in TEXT_PARTS if row.get(str(PART_NAMES[name])) != ", ".join(FULL.words_of(name))]
    assert not missing, f"moderation/log.py: the table of decisions has no column for {missing}."


# Archives and erasure


def test_personal_export_holds_each_part(cast: Cast) -> None:
    make_full_story(cast)
    [story] = document_of(cast.member.user)["stories"]
    history, logged = story["history"][-1], FULL.audit_columns()
    missing = [name for name in TEXT_PARTS if name not in story or history.get(name) != logged[name]]
    assert not missing, f"archives/personal_export.py: export {missing} with a story and in its history."
    assert StoryText(**{name: story[name] for name in TEXT_PARTS}) == FULL
    missing = left_out(page_in(pack_personal_data, cast.member.user), FULL)
    assert not missing, f"templates/archives/pages/personal_stories.html: show {missing}."


def test_team_export_and_import_hold_each_part(cast: Cast) -> None:
    make_full_story(cast)
    missing = left_out(page_in(pack_team, cast.team), FULL)
    assert not missing, f"templates/archives/pages/wall.html: show {missing}."
    file = packed_team(cast.team)
    empty_the_installation()
    [story] = Story.objects.filter(team=import_file(file).team)
    for text in (story.text, story.audit_log.latest("pk").text):
        missing = [name for name in TEXT_PARTS if getattr(text, name) != getattr(FULL, name)]
        assert not missing, f"archives/fields.py: name the columns of {missing} in STORY and AUDIT."


def page_in(pack: Any, subject: Any) -> str:
    file = BytesIO()
    pack(subject, file)
    return ZipFile(file).read("index.html").decode()


def test_archive_without_a_newer_part_can_be_imported() -> None:
    newer = {*STORY_COLUMNS, *TEXT_PARTS} - {*VERSION_1["stories"], *VERSION_1["audit"]}
    assert newer <= fields.ADDED, f"archives/fields.py: name {newer - fields.ADDED} in ADDED: older archives lack it."


def test_each_part_is_erased_with_its_author(cast: Cast) -> None:
    story = make_full_story(cast)
    erase_history(DepartureQuerySet(Story).filter(pk=story.pk))
    left = {name for name in TEXT_PARTS if set(story.audit_log.values_list(name, flat=True)) != {""}}
    assert not left, f"stories/append_only.py: name {left} in FORGETTABLE, so that it is erased."
