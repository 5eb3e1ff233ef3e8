"""Reading a team's archive: all of it is checked before any of it is written."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import batched
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.addresses import clean_address
from accounts.models import Membership, Parting, Reason, Role, Team, TeamDomain, TeamEntry, User
from accounts.pictures import small_squares
from archives import fields
from archives.archive_file import IN_A_REQUEST, ArchiveFile, Bounds
from archives.log_details import is_proper
from archives.rows import Unreadable, mapping, number, read
from archives.team_export import OWN_LOG
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
class Somebody:
    """A person of the archive; without an address where they had left the team."""

    pk: int
    name: str
    email: str | None
    membership: Membership | None
    parting: str | None
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """What is in the file, as unsaved rows. People and stories are named by their numbers over there."""

    team: Team
    former_slugs: list[str]
    reasons: list[Reason]
    domains: list[TeamDomain]
    people: list[Somebody]
    stories: list[Story]
    audit: list[AuditEntry]
    uplifts: list[Uplift]
    reactions: list[Reaction]
    reports: list[Report]
    log: list[TeamEntry]


def open_archive(file: IO[bytes], most: Bounds = IN_A_REQUEST) -> Archive:
    """Read a team's archive that is no larger than `most`. Raises Unreadable, in words for whoever chose the file."""
    with ArchiveFile(file, most) as packed:
        archive = read_document(packed.document())
        pictures = dict(draw_anew(packed, {person.pk for person in archive.people if person.email}))
    people = [replace(person, picture=pictures.get(person.pk)) for person in archive.people]
    return replace(archive, people=people)


def draw_anew(packed: ArchiveFile, who: set[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the pictures of these people, each drawn anew as every picture is that comes from outside."""
    for some in batched((pk for pk in packed.pictures if pk in who), PICTURES_AT_A_TIME):
        try:
            made = small_squares([packed.picture(pk) for pk in some])
        except ValidationError:
            raise Unreadable(_("A picture in it cannot be read.")) from None
        yield from zip(some, made, strict=True)


def read_document(document: dict[str, Any]) -> Archive:
    """Check every row. A section is taken out of the document as it is read, so that it is not in memory twice."""
    people = [read_person(values) for values in section(document, "people")]
    who = once((person.pk for person in people), "person")
    once((person.email for person in people if person.email), "address")
    if not any(person.membership and person.membership.role == Role.OWNER for person in people):
        raise Unreadable(_("Nobody in it owns the team."))
    stories = [read_story(values, who) for values in section(document, "stories")]
    hung = once((story.pk for story in stories), "story")
    check_edits(stories)
    audit, decisions = read_record(section(document, "audit"), who, hung)
    if document["version"] == 1:
        count_rounds(stories, audit)

    def answer[M: Uplift | Reaction](model: type[M], names: tuple[str, ...]) -> Callable[[Any], M]:
        def read_one(values: Any) -> M:
            one = read(model, values, names)
            one.story_id, one.user_id = known(values, "story", hung), known(values, "person", who)
            return one

        return read_one

    uplifts = [answer(Uplift, fields.UPLIFT)(values) for values in section(document, "uplifts")]
    reactions = [answer(Reaction, fields.REACTION)(values) for values in section(document, "reactions")]
    once(((uplift.story_id, uplift.user_id) for uplift in uplifts), "uplift")
    once(((one.story_id, one.user_id, one.kind) for one in reactions), "reaction")
    reports = [read_report(values, who, hung, decisions) for values in reports_in(document)]
    once(((report.story_id, report.reporter_id) for report in reports), "report")
    reasons = [read(Reason, values, fields.REASON) for values in section(document, "reasons")]
    domains = [read_domain(values) for values in section(document, "domains")]
    once((reason.name for reason in reasons), "reason")
    once((domain.domain for domain in domains), "domain")
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
        log=[read_log(values, who) for values in section(document, "log")],
    )


def section(document: dict[str, Any], name: str) -> Iterator[Any]:
    """Yield the rows of a section, and let go of each."""
    rows = document.pop(name, None)
    if not isinstance(rows, list):
        raise Unreadable(_("The part “%(name)s” is missing.") % {"name": name})
    rows.reverse()
    while rows:
        yield rows.pop()


def once[T](values: Iterable[T], what: str) -> set[T]:
    listed = list(values)
    if len(set(listed)) != len(listed):
        raise Unreadable(_("Something is in it twice (%(what)s).") % {"what": what})
    return set(listed)


def known(values: Any, name: str, among: Collection[int]) -> int:
    pk = number(mapping(values, name).get(name), name)
    if pk not in among:
        raise Unreadable(_("It speaks of somebody or something that is not in it (%(what)s).") % {"what": name})
    return pk


def known_or_nobody(values: Any, name: str, among: set[int]) -> int | None:
    return None if mapping(values, name).get(name) is None else known(values, name, among)


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


def read_person(values: Any) -> Somebody:
    person = read(User, values, fields.PERSON)
    pk, email, parting = number(values.get("id"), "person"), values.get("email"), values.get("parting")
    membership = values.get("membership")
    if (email is None) != (membership is None):
        raise Unreadable(_("Whoever is in the team has an address, and nobody else has."))
    if parting is not None and parting not in Parting.Choice.values:
        raise Unreadable(_("Somebody’s wish for their stories is not known here."))
    return Somebody(
        pk=pk,
        name=person.name,
        email=None if email is None else address(email),
        membership=None if membership is None else read(Membership, membership, fields.MEMBERSHIP, fields.ADDED),
        parting=parting,
    )


def address(email: Any) -> str:
    try:
        return clean_address(email)
    except (ValidationError, TypeError):
        raise Unreadable(_("Somebody’s e-mail address is none.")) from None


def read_story(values: Any, who: set[int]) -> Story:
    story = read(Story, values, fields.STORY, fields.ADDED)
    story.pk = number(values.get("id"), "story")
    story.edit_of_id = None if values.get("edit_of") is None else number(values["edit_of"], "edit_of")
    story.author_id = known_or_nobody(values, "author", who)
    if reason := why_not_kept(story):
        raise Unreadable(_("A story in it cannot be kept: it %(reason)s.") % {"reason": reason})
    return story


def why_not_kept(story: Story) -> str:
    """What the database's own rules would say, in words; nothing when they would be content."""
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
    return next((broken for kept, broken in rules if not kept), "")


def check_edits(stories: list[Story]) -> None:
    """A new text is for a story of its own author's in this file, and never for another new text."""
    originals = {story.pk: story.author_id for story in stories if story.edit_of_id is None}
    edits = [story for story in stories if story.edit_of_id is not None]
    if any(edit.edit_of_id not in originals or originals[edit.edit_of_id] != edit.author_id for edit in edits):
        raise Unreadable(_("A story in it is a new text of one that its author has not written."))
    once((edit.edit_of_id for edit in edits if edit.state in OPEN_STATES), "edit_of")


def count_rounds(stories: list[Story], audit: list[AuditEntry]) -> None:
    """As the log has them; version 1 did not count."""
    submitted = Counter(entry.story_id for entry in audit if entry.action == Action.SUBMIT)
    for story in stories:
        story.rounds = submitted[story.pk]


def read_record(rows: Iterable[Any], who: set[int], hung: set[int]) -> tuple[list[AuditEntry], dict[int, AuditEntry]]:
    """The audit log, and the decisions in it by their numbers. Version 1 numbered none."""
    record: list[AuditEntry] = []
    undoable: dict[int, AuditEntry] = {}
    undone: list[int] = []
    numbers: list[int] = []
    for values in rows:
        entry = read_audit(values, who, hung)
        numbers += [number(values["id"], "audit")] if values.get("id") is not None else []
        # Only what came before can be undone, so nothing undoes itself.
        entry.undoes = decision(values, "undoes", entry.story_id, undoable)
        if (entry.undoes is None) == (entry.action == Action.UNDO):
            raise Unreadable(_("Something in it is undone that nobody has done."))
        undone += [values["undoes"]] if entry.undoes else []
        if entry.action in REVERSIBLE_ACTIONS and values.get("id") is not None:
            undoable[values["id"]] = entry
        record.append(entry)
    once(numbers, "audit")
    once(undone, "undoes")
    return record, {place: entry for place, entry in undoable.items() if entry.action in DECISIONS}


def decision(values: Any, name: str, story: int, decisions: dict[int, AuditEntry]) -> AuditEntry | None:
    """The one that is named there, of the same story."""
    if values.get(name) is None:
        return None
    entry = decisions[known(values, name, decisions)]
    if entry.story_id != story:
        raise Unreadable(_("It speaks of somebody or something that is not in it (%(what)s).") % {"what": name})
    return entry


def read_audit(values: Any, who: set[int], hung: set[int]) -> AuditEntry:
    entry = read(AuditEntry, values, fields.AUDIT, fields.ADDED)
    entry.story_id, entry.actor_id = known(values, "story", hung), known_or_nobody(values, "actor", who)
    # Both are gone where the author has deleted their account.
    if entry.action in REFUSALS and entry.body and not entry.message:
        raise Unreadable(_("Somebody said no in it without a word."))
    return entry


def reports_in(document: dict[str, Any]) -> Iterable[Any]:
    return section(document, "reports") if document["version"] > 1 else []


def read_report(values: Any, who: set[int], hung: set[int], decisions: dict[int, AuditEntry]) -> Report:
    report = read(Report, values, fields.REPORT)
    report.story_id, report.reporter_id = known(values, "story", hung), known(values, "person", who)
    report.answer = decision(values, "answer", report.story_id, decisions)
    if report.answer and report.answer.action not in REPORT_DECISIONS:
        raise Unreadable(_("A report in it is answered with something else."))
    return report


def read_log(values: Any, who: set[int]) -> TeamEntry:
    entry = read(TeamEntry, values, fields.LOG)
    if entry.action in OWN_LOG:
        raise Unreadable(_("Its log tells of archives, which a team’s archive does not."))
    if not is_proper(entry):
        raise Unreadable(_("Its log says something (%(action)s) that no log says.") % {"action": entry.action})
    entry.actor_id, entry.subject_id = known_or_nobody(values, "actor", who), known_or_nobody(values, "subject", who)
    return entry


def former_slug(slug: Any) -> str:
    if not isinstance(slug, str) or not re.fullmatch(r"[-\w]{1,50}", slug, re.ASCII):
        raise Unreadable(_("A former address in it is none."))
    return slug
