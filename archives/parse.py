"""Read a team's archive, and check all of it before any of it is written."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import batched
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.addresses import clean_address
from accounts.models import DepartureChoice, Membership, Reason, Role, Team, TeamDomain, TeamEntry, User
from accounts.pictures import small_squares
from archives import fields
from archives.archive_file import WEB_BOUNDS, ArchiveFile, Bounds
from archives.log_details import has_valid_details
from archives.rows import Unreadable, mapping, number, read
from archives.team_export import ARCHIVE_ACTIONS
from stories.models import Action, AuditEntry, Reaction, Report, State, Story, Uplift
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

PICTURES_AT_A_TIME = 20


@dataclass(frozen=True, slots=True)
class ArchivedPerson:
    """A person of the archive; people who had left the team have no address."""

    pk: int
    name: str
    email: str | None
    membership: Membership | None
    departure_choice: str | None
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """The contents of the file as unsaved rows; people and stories have their numbers in the archive."""

    team: Team
    former_slugs: list[str]
    reasons: list[Reason]
    domains: list[TeamDomain]
    people: list[ArchivedPerson]
    stories: list[Story]
    audit: list[AuditEntry]
    uplifts: list[Uplift]
    reactions: list[Reaction]
    reports: list[Report]
    log: list[TeamEntry]


def open_archive(file: IO[bytes], bounds: Bounds = WEB_BOUNDS) -> Archive:
    """Read a team's archive that is no larger than `bounds`. Raises Unreadable."""
    with ArchiveFile(file, bounds) as packed:
        archive = read_document(packed.document())
        pictures = dict(redraw_pictures(packed, {person.pk for person in archive.people if person.email}))
    people = [replace(person, picture=pictures.get(person.pk)) for person in archive.people]
    return replace(archive, people=people)


def redraw_pictures(packed: ArchiveFile, people: set[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the pictures of these people, each drawn anew like every picture that is uploaded."""
    for some in batched((pk for pk in packed.pictures if pk in people), PICTURES_AT_A_TIME):
        try:
            made = small_squares([packed.picture(pk) for pk in some])
        except ValidationError:
            raise Unreadable(_("A picture in it cannot be read.")) from None
        yield from zip(some, made, strict=True)


def read_document(document: dict[str, Any]) -> Archive:
    """Check every row. Each section is removed from the document as it is read, so that memory holds it only once."""
    people = read_people(section(document, "people"))
    person_pks = {person.pk for person in people}
    stories = [read_story(values, person_pks) for values in section(document, "stories")]
    story_pks = require_unique((story.pk for story in stories), "story")
    check_edits(stories)
    audit, decisions = read_audit_log(section(document, "audit"), person_pks, story_pks)
    if document["version"] == 1:
        count_rounds(stories, audit)
    uplifts, reactions = read_reactions(document, person_pks, story_pks)
    reports = [read_report(values, person_pks, story_pks, decisions) for values in reports_in(document)]
    require_unique(((report.story_id, report.reporter_id) for report in reports), "report")
    reasons = [read(Reason, values, fields.REASON) for values in section(document, "reasons")]
    domains = [read_domain(values) for values in section(document, "domains")]
    require_unique((reason.name for reason in reasons), "reason")
    require_unique((domain.domain for domain in domains), "domain")
    return Archive(
        team=read_team(document.get("team")),
        former_slugs=[former_slug(slug) for slug in section(document, "former_slugs")],
        reasons=reasons,
        domains=domains,
        people=people,
        stories=stories,
        audit=audit,
        uplifts=uplifts,
        reactions=reactions,
        reports=reports,
        log=[read_log(values, person_pks) for values in section(document, "log")],
    )


def read_people(rows: Iterable[Any]) -> list[ArchivedPerson]:
    people = [read_person(values) for values in rows]
    require_unique((person.pk for person in people), "person")
    require_unique((person.email for person in people if person.email), "address")
    if not any(person.membership and person.membership.role == Role.OWNER for person in people):
        raise Unreadable(_("Nobody in it owns the team."))
    return people


def read_reactions(
    document: dict[str, Any], person_pks: set[int], story_pks: set[int]
) -> tuple[list[Uplift], list[Reaction]]:
    def read_one[M: Uplift | Reaction](model: type[M], values: Any, names: tuple[str, ...]) -> M:
        one = read(model, values, names)
        one.story_id = read_reference(values, "story", story_pks)
        one.user_id = read_reference(values, "person", person_pks)
        return one

    uplifts = [read_one(Uplift, values, fields.UPLIFT) for values in section(document, "uplifts")]
    reactions = [read_one(Reaction, values, fields.REACTION) for values in section(document, "reactions")]
    require_unique(((uplift.story_id, uplift.user_id) for uplift in uplifts), "uplift")
    require_unique(((one.story_id, one.user_id, one.kind) for one in reactions), "reaction")
    return uplifts, reactions


def section(document: dict[str, Any], name: str) -> Iterator[Any]:
    """Yield the rows of a section, removing each from memory."""
    rows = document.pop(name, None)
    if not isinstance(rows, list):
        raise Unreadable(_("The part “%(name)s” is missing.") % {"name": name})
    rows.reverse()
    while rows:
        yield rows.pop()


def require_unique[T](values: Iterable[T], what: str) -> set[T]:
    """Return the values as a set. Raises Unreadable when one of them occurs twice."""
    listed = list(values)
    if len(set(listed)) != len(listed):
        raise Unreadable(_("Something is in it twice (%(what)s).") % {"what": what})
    return set(listed)


def read_reference(values: Any, name: str, among: Collection[int]) -> int:
    """Return the number in this field. Raises Unreadable when it is not `among` the rows of the archive."""
    pk = number(mapping(values, name).get(name), name)
    if pk not in among:
        raise Unreadable(_("It speaks of somebody or something that is not in it (%(what)s).") % {"what": name})
    return pk


def read_optional_reference(values: Any, name: str, among: set[int]) -> int | None:
    return None if mapping(values, name).get(name) is None else read_reference(values, name, among)


def read_team(values: Any) -> Team:
    team = read(Team, values, fields.TEAM)
    if team.indexed and not team.is_public:
        raise Unreadable(_("Search engines cannot list what only the team can read."))
    return team


def read_domain(values: Any) -> TeamDomain:
    domain = read(TeamDomain, values, fields.DOMAIN)
    if domain.domain != domain.domain.lower():
        raise Unreadable(_("A domain in it is not in lower case."))
    return domain


def read_person(values: Any) -> ArchivedPerson:
    person = read(User, values, fields.PERSON)
    pk, email, choice = number(values.get("id"), "person"), values.get("email"), values.get("parting")
    membership = values.get("membership")
    if (email is None) != (membership is None):
        raise Unreadable(_("Whoever is in the team has an address, and nobody else has."))
    if choice is not None and choice not in DepartureChoice.Choice.values:
        raise Unreadable(_("Somebody’s wish for their stories is not known here."))
    return ArchivedPerson(
        pk=pk,
        name=person.name,
        email=None if email is None else address(email),
        membership=None if membership is None else read(Membership, membership, fields.MEMBERSHIP, fields.ADDED),
        departure_choice=choice,
    )


def address(email: Any) -> str:
    try:
        return clean_address(email)
    except (ValidationError, TypeError):
        raise Unreadable(_("Somebody’s e-mail address is none.")) from None


def read_story(values: Any, person_pks: set[int]) -> Story:
    story = read(Story, values, fields.STORY, fields.ADDED)
    story.pk = number(values.get("id"), "story")
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


def count_rounds(stories: list[Story], audit: list[AuditEntry]) -> None:
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
        entry.undoes = decision(values, "undoes", entry.story_id, undoable)
        if (entry.undoes is None) == (entry.action == Action.UNDO):
            raise Unreadable(_("Something in it is undone that nobody has done."))
        undone += [values["undoes"]] if entry.undoes else []
        if entry.action in REVERSIBLE_ACTIONS and values.get("id") is not None:
            undoable[values["id"]] = entry
        log.append(entry)
    require_unique(numbers, "audit")
    require_unique(undone, "undoes")
    return log, {place: entry for place, entry in undoable.items() if entry.action in DECISIONS}


def decision(values: Any, name: str, story: int, decisions: dict[int, AuditEntry]) -> AuditEntry | None:
    """Return the decision that this field refers to. Raises Unreadable when it is about another story."""
    if values.get(name) is None:
        return None
    entry = decisions[read_reference(values, name, decisions)]
    if entry.story_id != story:
        raise Unreadable(_("It speaks of somebody or something that is not in it (%(what)s).") % {"what": name})
    return entry


def read_audit(values: Any, person_pks: set[int], story_pks: set[int]) -> AuditEntry:
    entry = read(AuditEntry, values, fields.AUDIT, fields.ADDED)
    entry.story_id, entry.actor_id = (
        read_reference(values, "story", story_pks),
        read_optional_reference(values, "actor", person_pks),
    )
    # Erasing the author's account empties both texts, so their absence alone is no fault.
    if entry.action in REFUSALS and entry.body and not entry.message:
        raise Unreadable(_("Somebody said no in it without a word."))
    return entry


def reports_in(document: dict[str, Any]) -> Iterable[Any]:
    return section(document, "reports") if document["version"] > 1 else []


def read_report(values: Any, person_pks: set[int], story_pks: set[int], decisions: dict[int, AuditEntry]) -> Report:
    report = read(Report, values, fields.REPORT)
    report.story_id, report.reporter_id = (
        read_reference(values, "story", story_pks),
        read_reference(values, "person", person_pks),
    )
    report.answer = decision(values, "answer", report.story_id, decisions)
    if report.answer and report.answer.action not in REPORT_DECISIONS:
        raise Unreadable(_("A report in it is answered with something else."))
    return report


def read_log(values: Any, person_pks: set[int]) -> TeamEntry:
    entry = read(TeamEntry, values, fields.LOG)
    if entry.action in ARCHIVE_ACTIONS:
        raise Unreadable(_("Its log tells of archives, which a team’s archive does not."))
    if not has_valid_details(entry):
        raise Unreadable(_("Its log says something (%(action)s) that no log says.") % {"action": entry.action})
    entry.actor_id, entry.subject_id = (
        read_optional_reference(values, "actor", person_pks),
        read_optional_reference(values, "subject", person_pks),
    )
    return entry


def former_slug(slug: Any) -> str:
    if not isinstance(slug, str) or not re.fullmatch(r"[-\w]{1,50}", slug, re.ASCII):
        raise Unreadable(_("A former address in it is none."))
    return slug
