"""Read the stories of a team's archive, with their log, reactions and reports, and check them."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.names import readable_name
from archives import fields
from archives.rows import (
    Unreadable,
    archive_section,
    number,
    read_optional_reference,
    read_reference,
    read_row,
    require_unique,
)
from stories.models import Action, Assignment, AuditEntry, ModeratorNote, Reaction, Report, State, Story, Uplift
from stories.models.choices import (
    DECISIONS,
    EVER_PUBLISHED_STATES,
    OPEN_STATES,
    REFUSALS,
    REPORT_DECISIONS,
    REVERSIBLE_ACTIONS,
    WRITING_STATES,
)
from stories.models.story import MOST_CODE_POINTS


def read_story(values: Any, person_pks: set[int]) -> Story:
    story = read_row(Story, values, fields.STORY_ARCHIVE_COLUMNS, fields.ADDED)
    story.pk = number(values.get("id"), "story")
    story.signature = readable_name(story.signature)
    story.edit_of_id = None if values.get("edit_of") is None else number(values["edit_of"], "edit_of")
    story.author_id = read_optional_reference(values, "author", person_pks)
    if reason := broken_rule(story):
        raise Unreadable(_("A story in it cannot be kept: it %(reason)s.") % {"reason": reason})
    return story


def broken_rule(story: Story) -> str:
    """Return in words which of the database's constraints the story breaks; an empty text for none."""
    complete = story.kind and story.first_quality and story.body
    was_published = story.state in EVER_PUBLISHED_STATES
    in_order = [story.first_quality, story.second_quality, story.third_quality][: len(story.qualities)]
    rules = (
        (complete or story.state in WRITING_STATES, _("is not finished")),
        (len(story.body) <= MOST_CODE_POINTS, _("is longer than any can be")),
        (in_order == story.qualities and len(set(in_order)) == len(in_order), _("has its qualities in disorder")),
        (story.author_id or was_published, _("is nobody’s")),
        (story.published_at or not was_published, _("does not say when it came to the wall")),
        (story.submitted_at or story.state != State.PENDING, _("does not say since when it waits")),
        (not story.edit_of_id or not was_published, _("is a new text of another, and hangs by itself")),
        (story.edit_of_id or story.state != State.ACCEPTED, _("was taken over by none")),
    )
    return next((broken for holds, broken in rules if not holds), "")


def check_edits(stories: list[Story]) -> None:
    """Check that each edit belongs to a story by the same author in this file, and never to another edit."""
    originals = {story.pk: story.author_id for story in stories if story.edit_of_id is None}
    edits = [story for story in stories if story.edit_of_id is not None]
    if any(edit.edit_of_id not in originals or originals[edit.edit_of_id] != edit.author_id for edit in edits):
        raise Unreadable(_("A story in it is a new text of one that its author has not written."))
    require_unique((edit.edit_of_id for edit in edits if edit.state in OPEN_STATES), "edit_of")


def count_submissions(stories: list[Story], audit: list[AuditEntry]) -> None:
    """Count the submissions of each story in the log, because version 1 did not store them."""
    submitted = Counter(entry.story_id for entry in audit if entry.action == Action.SUBMIT)
    for story in stories:
        story.submission_count = submitted[story.pk]


def read_audit_log(
    rows: Iterable[Any], person_pks: set[int], story_pks: set[int]
) -> tuple[list[AuditEntry], dict[int, AuditEntry]]:
    """Return the audit log, and its decisions by their numbers. Version 1 numbered none."""
    log: list[AuditEntry] = []
    undoable: dict[int, AuditEntry] = {}
    undone: list[int] = []
    numbers: list[int] = []
    for values in rows:
        entry = read_audit(values, person_pks, story_pks)
        numbers += [number(values["id"], "audit")] if values.get("id") is not None else []
        # Only an earlier entry can be undone, so no entry undoes itself.
        entry.undoes = read_decision(values, "undoes", entry.story_id, undoable)
        if (entry.undoes is None) == (entry.action == Action.UNDO):
            raise Unreadable(_("Something in it is undone that nobody has done."))
        undone += [values["undoes"]] if entry.undoes else []
        if entry.action in REVERSIBLE_ACTIONS and values.get("id") is not None:
            undoable[values["id"]] = entry
        log.append(entry)
    require_unique(numbers, "audit")
    require_unique(undone, "undoes")
    return log, {place: entry for place, entry in undoable.items() if entry.action in DECISIONS}


def read_decision(values: Any, name: str, story: int, decisions: dict[int, AuditEntry]) -> AuditEntry | None:
    """Return the decision that this field refers to. Raises Unreadable when it is about another story."""
    if values.get(name) is None:
        return None
    entry = decisions[read_reference(values, name, decisions)]
    if entry.story_id != story:
        raise Unreadable(_("It speaks of somebody or something that is not in it (%(what)s).") % {"what": name})
    return entry


def read_audit(values: Any, person_pks: set[int], story_pks: set[int]) -> AuditEntry:
    entry = read_row(AuditEntry, values, fields.AUDIT, fields.ADDED)
    entry.story_id, entry.actor_id = (
        read_reference(values, "story", story_pks),
        read_optional_reference(values, "actor", person_pks),
    )
    # Erasing the author's account empties both texts, so their absence alone is no fault.
    if entry.action in REFUSALS and entry.body and not entry.message:
        raise Unreadable(_("Somebody said no in it without a word."))
    return entry


def read_reactions(
    document: dict[str, Any], person_pks: set[int], story_pks: set[int]
) -> tuple[list[Uplift], list[Reaction]]:
    def read_one[M: Uplift | Reaction](model: type[M], values: Any, names: tuple[str, ...]) -> M:
        one = read_row(model, values, names)
        one.story_id = read_reference(values, "story", story_pks)
        one.user_id = read_reference(values, "person", person_pks)
        return one

    uplifts = [read_one(Uplift, values, fields.UPLIFT_COLUMNS) for values in archive_section(document, "uplifts")]
    reactions = [read_one(Reaction, values, fields.REACTION) for values in archive_section(document, "reactions")]
    require_unique(((uplift.story_id, uplift.user_id) for uplift in uplifts), "uplift")
    require_unique(((one.story_id, one.user_id, one.kind) for one in reactions), "reaction")
    return uplifts, reactions


def reports_in(document: dict[str, Any]) -> Iterable[Any]:
    return archive_section(document, "reports") if document["version"] > 1 else []


def read_report(values: Any, person_pks: set[int], story_pks: set[int], decisions: dict[int, AuditEntry]) -> Report:
    report = read_row(Report, values, fields.REPORT)
    report.story_id, report.reporter_id = (
        read_reference(values, "story", story_pks),
        read_reference(values, "person", person_pks),
    )
    report.decision = read_decision(values, "answer", report.story_id, decisions)
    if report.decision and report.decision.action not in REPORT_DECISIONS:
        raise Unreadable(_("A report in it is answered with something else."))
    return report


def read_assignments(
    document: dict[str, Any], moderators: set[int], person_pks: set[int], story_pks: set[int]
) -> list[Assignment]:
    """Return the assignments, which archives of earlier Kindwalls do not have."""
    assignments = []
    for values in archive_section(document, "assignments") if "assignments" in document else ():
        one = read_row(Assignment, values, fields.ASSIGNMENT)
        one.story_id = read_reference(values, "story", story_pks)
        one.moderator_id = read_reference(values, "person", moderators)
        one.assigned_by_id = read_optional_reference(values, "by", person_pks)
        assignments.append(one)
    require_unique((one.story_id for one in assignments), "assignment")
    return assignments


def read_moderator_notes(document: dict[str, Any], person_pks: set[int], story_pks: set[int]) -> list[ModeratorNote]:
    """Return the notes, which archives of earlier Kindwalls do not have."""
    notes = []
    for values in archive_section(document, "moderator_notes") if "moderator_notes" in document else ():
        note = read_row(ModeratorNote, values, fields.NOTE_COLUMNS)
        note.story_id = read_reference(values, "story", story_pks)
        note.moderator_id = read_optional_reference(values, "person", person_pks)
        notes.append(note)
    return notes
