"""Read a team's archive, and check all of it before any of it is written."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import batched
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from accounts.addresses import clean_address, normal_domain
from accounts.models import DepartureChoice, Membership, Reason, Role, Team, TeamDomain, TeamEntry, User
from accounts.names import LONGEST_TAGLINE, readable_name
from accounts.pictures import small_squares
from archives import fields
from archives.archive_file import WEB_BOUNDS, ArchiveFile, Bounds
from archives.archived_stories import (
    check_edits,
    count_submissions,
    read_assignments,
    read_audit_log,
    read_moderator_notes,
    read_reactions,
    read_report,
    read_story,
    reports_in,
)
from archives.log_details import has_valid_details
from archives.rows import Unreadable, archive_section, number, read_optional_reference, read_row, require_unique
from archives.team_export import ARCHIVE_ACTIONS
from stories.models import Assignment, AuditEntry, ModeratorNote, Reaction, Report, Story, Uplift

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
    assignments: list[Assignment]
    moderator_notes: list[ModeratorNote]
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
    people = read_archived_people(archive_section(document, "people"))
    person_pks = {person.pk for person in people}
    stories = [read_story(values, person_pks) for values in archive_section(document, "stories")]
    story_pks = require_unique((story.pk for story in stories), "story")
    check_edits(stories)
    audit, decisions = read_audit_log(archive_section(document, "audit"), person_pks, story_pks)
    if document["version"] == 1:
        count_submissions(stories, audit)
    uplifts, reactions = read_reactions(document, person_pks, story_pks)
    reports = [read_report(values, person_pks, story_pks, decisions) for values in reports_in(document)]
    require_unique(((report.story_id, report.reporter_id) for report in reports), "report")
    moderators = {person.pk for person in people if person.membership and person.membership.role != Role.MEMBER}
    reasons = [read_reason(values) for values in archive_section(document, "reasons")]
    domains = [read_domain(values) for values in archive_section(document, "domains")]
    require_unique((reason.name for reason in reasons), "reason")
    require_unique((domain.domain for domain in domains), "domain")
    return Archive(
        team=read_team(document.get("team")),
        former_slugs=[former_slug(slug) for slug in archive_section(document, "former_slugs")],
        reasons=reasons,
        domains=domains,
        people=people,
        stories=stories,
        audit=audit,
        uplifts=uplifts,
        reactions=reactions,
        reports=reports,
        assignments=read_assignments(document, moderators, person_pks, story_pks),
        moderator_notes=read_moderator_notes(document, person_pks, story_pks),
        log=[read_log_entry(values, person_pks) for values in archive_section(document, "log")],
    )


def read_archived_people(rows: Iterable[Any]) -> list[ArchivedPerson]:
    people = [read_person(values) for values in rows]
    require_unique((person.pk for person in people), "person")
    require_unique((person.email for person in people if person.email), "address")
    if not any(person.membership and person.membership.role == Role.OWNER for person in people):
        raise Unreadable(_("Nobody in it owns the team."))
    return people


def read_team(values: Any) -> Team:
    team = read_row(Team, values, fields.TEAM_ARCHIVE_COLUMNS, fields.ADDED)
    team.name = readable_name(team.name, team.slug)
    team.tagline = readable_name(team.tagline, longest=LONGEST_TAGLINE)
    if team.indexed and not team.is_public:
        raise Unreadable(_("Search engines cannot list what only the team can read."))
    return team


def read_reason(values: Any) -> Reason:
    reason = read_row(Reason, values, fields.REASON, fields.ADDED)
    reason.name = readable_name(reason.name, str(reason.position + 1))
    return reason


def read_domain(values: Any) -> TeamDomain:
    domain = read_row(TeamDomain, values, fields.DOMAIN)
    if domain.domain != domain.domain.lower():
        raise Unreadable(_("A domain in it is not in lower case."))
    domain.domain = normal_domain(domain.domain)  # archives of earlier versions have it in its own letters
    return domain


def read_person(values: Any) -> ArchivedPerson:
    person = read_row(User, values, fields.PERSON_COLUMNS)
    pk, email, choice = number(values.get("id"), "person"), values.get("email"), values.get("parting")
    membership = values.get("membership")
    if (email is None) != (membership is None):
        raise Unreadable(_("In it, somebody in the team has no address, or somebody else has one."))
    if choice is not None and choice not in DepartureChoice.Choice.values:
        raise Unreadable(_("Somebody’s wish for their stories is not known here."))
    email = None if email is None else archived_address(email)
    return ArchivedPerson(
        pk=pk,
        name=readable_name(person.name, (email or "").partition("@")[0], gettext("Somebody kind")),
        email=email,
        membership=None if membership is None else read_row(Membership, membership, fields.MEMBERSHIP, fields.ADDED),
        departure_choice=choice,
    )


def archived_address(email: Any) -> str:
    try:
        return clean_address(email)
    except (ValidationError, TypeError):
        raise Unreadable(_("Somebody’s e-mail address is none.")) from None


def read_log_entry(values: Any, person_pks: set[int]) -> TeamEntry:
    entry = read_row(TeamEntry, values, fields.LOG)
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
