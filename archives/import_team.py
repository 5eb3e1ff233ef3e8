"""Create a team from its archive, in one transaction."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import DepartureChoice, FormerSlug, Membership, Reason, Team, TeamDomain, TeamEntry, User
from accounts.models.team import slug_is_free, validate_slug_not_reserved
from accounts.models.team_domain import PUBLIC_DOMAINS
from archives import erasure
from archives.parse import Archive, ArchivedPerson
from archives.rows import Unreadable
from kindwall.outage import is_outage
from stories.models import Assignment, AuditEntry, ModeratorNote, Reaction, ReactionKind, Report, Story, Uplift

IMPORT_BATCH = 500  # rows in one statement
# The domain of the addresses of people who had left the team: no mail is delivered there (RFC 2606), so nobody can
# prove such an address and sign in with it.
UNREACHABLE_DOMAIN = "departed.invalid"


@dataclass(slots=True)
class ImportResult:
    """The imported team, and the differences from its archive that its owner has to know about."""

    team: Team
    people_found: int = 0
    people_new: int = 0
    stories: int = 0
    renumbered: bool = False
    slugs_left_out: list[str] = field(default_factory=list)
    domains_left_out: list[str] = field(default_factory=list)
    domains_switched_off: list[str] = field(default_factory=list)  # people there no longer join automatically
    in_charge: list[Membership] = field(default_factory=list)


class SlugTaken(Unreadable):
    """The team's address belongs to another team here; the archive can be imported under a free one."""


def import_archive(archive: Archive, *, slug: str = "", by: User | None = None) -> ImportResult:
    """Create the team under `slug`, or under its own address; `by` is the operator, None for a command.

    Raises Unreadable, and SlugTaken; nothing is written then.
    """
    check_slug(slug or archive.team.slug)
    try:
        with transaction.atomic():
            return TeamImport(archive, slug or archive.team.slug).run(by)
    except DatabaseError as error:
        if is_outage(error):
            raise
        raise Unreadable(_("The database refuses what is in this file, so nothing of it was kept.")) from None


def check_slug(slug: str) -> None:
    try:
        Team._meta.get_field("slug").run_validators(slug)
        validate_slug_not_reserved(slug)
    except ValidationError as error:
        raise SlugTaken(" ".join(error.messages)) from None
    if not slug_is_free(slug):
        raise SlugTaken(_("The address /%(slug)s/ is taken here. Choose another.") % {"slug": slug})


class TeamImport:
    """One import, with the numbers that its people and stories have in the archive and get here."""

    def __init__(self, archive: Archive, slug: str) -> None:
        self.archive = archive
        self.slug = slug
        self.people: dict[int, User] = {}  # by their number in the archive
        self.claimed: list[int] = []  # numbers here of people whose address is not confirmed
        self.stories: dict[int, int] = {}  # the number here, by the number in the archive

    def run(self, by: User | None) -> ImportResult:
        archive, team = self.archive, self.archive.team
        team.pk, team.slug = None, self.slug
        team.save(force_insert=True)
        result = ImportResult(team=team, stories=len(archive.stories))
        for slug in archive.former_slugs:
            if slug_is_free(slug):
                FormerSlug.objects.create(team=team, slug=slug)
            else:
                result.slugs_left_out.append(slug)
        for reason in archive.reasons:
            reason.team = team
        Reason.objects.bulk_create(archive.reasons)
        self._create_domains(result)
        self._create_people(result)
        self._create_stories(result)
        self._create_log(by)
        return result

    def _create_domains(self, result: ImportResult) -> None:
        """Create the domains that an owner here could add, none of which lets people join until an owner allows it."""
        domains = [domain for domain in self.archive.domains if domain.domain not in PUBLIC_DOMAINS]
        result.domains_left_out = sorted({domain.domain for domain in self.archive.domains} & PUBLIC_DOMAINS)
        result.domains_switched_off = sorted(domain.domain for domain in domains if domain.automatic)
        for domain in domains:
            domain.team, domain.automatic = result.team, False
        TeamDomain.objects.bulk_create(domains)

    # People

    def _create_people(self, result: ImportResult) -> None:
        numbers = [archived.pk for archived in self.archive.people]
        taken = set(User.objects.filter(pk__in=numbers).values_list("pk", flat=True))
        advance_numbers(User, max(numbers))
        # People who keep their number come first, so that none of these numbers is given to another person.
        for archived in sorted(self.archive.people, key=lambda archived: archived.pk in taken):
            person = find_person(archived)
            if person is None:
                person = create_person(archived, pk=None if archived.pk in taken else archived.pk)
                result.people_new += 1
            else:
                result.people_found += 1
                if not is_confirmed(person):
                    self.claimed.append(person.pk)
            self.people[archived.pk] = person
            if archived.membership:
                archived.membership.team, archived.membership.user = result.team, person
                archived.membership.save(force_insert=True)
            if archived.departure_choice:
                DepartureChoice.objects.create(user=person, team=result.team, choice=archived.departure_choice)
        remove_sign_ins(self.claimed)
        in_charge = Membership.objects.filter(team=result.team).moderators().select_related("user")
        result.in_charge = sorted(in_charge, key=lambda one: (not one.is_owner, one.user.name, one.pk))

    def _person_pk(self, pk: int | None) -> int | None:
        return None if pk is None else self.people[pk].pk

    # Stories, their log, and the reactions and reports of readers

    def _create_stories(self, result: ImportResult) -> None:
        archive = self.archive
        numbers = [story.pk for story in archive.stories]
        result.renumbered = any_taken(Story, numbers)
        if numbers and not result.renumbered:
            advance_numbers(Story, max(numbers))
        # An edit refers to its story, which has to exist first, however the archive numbers them.
        counts = self._counts()
        self._insert_stories([story for story in archive.stories if story.edit_of_id is None], counts, result)
        self._insert_stories([story for story in archive.stories if story.edit_of_id is not None], counts, result)
        for entry in archive.audit:
            entry.story_id, entry.actor_id = self.stories[entry.story_id], self._person_pk(entry.actor_id)
        create_in_order(archive.audit)
        Story.objects.of(result.team).published().update_unreviewed()
        self._create_reactions()
        self._create_reports()
        self._create_assignments_and_notes()

    def _insert_stories(self, stories: list[Story], counts: Mapping[int, Counter[str]], result: ImportResult) -> None:
        numbers = [story.pk for story in stories]
        for story in stories:
            story.team, story.author_id = result.team, self._person_pk(story.author_id)
            story.edit_of_id = None if story.edit_of_id is None else self.stories[story.edit_of_id]
            for column, count in counts[story.pk].items():
                setattr(story, column, count)
            if result.renumbered:
                story.pk = None
        Story.objects.bulk_create(stories, batch_size=IMPORT_BATCH)
        self.stories.update(zip(numbers, (story.pk for story in stories), strict=True))

    def _create_reactions(self) -> None:
        archive = self.archive
        reactions: list[Uplift | Reaction] = [*archive.uplifts, *archive.reactions]
        for reaction in reactions:
            reaction.story_id, reaction.user_id = self.stories[reaction.story_id], self.people[reaction.user_id].pk
        Uplift.objects.bulk_create(archive.uplifts, batch_size=IMPORT_BATCH)
        Reaction.objects.bulk_create(archive.reactions, batch_size=IMPORT_BATCH)

    def _create_reports(self) -> None:
        for report in self.archive.reports:
            report.story_id, report.reporter_id = self.stories[report.story_id], self.people[report.reporter_id].pk
        Report.objects.bulk_create(self.archive.reports, batch_size=IMPORT_BATCH)

    def _create_assignments_and_notes(self) -> None:
        """Create what moderators arranged and wrote among themselves."""
        archive = self.archive
        for one in archive.assignments:
            one.story_id, one.moderator_id = self.stories[one.story_id], self.people[one.moderator_id].pk
            one.assigned_by_id = self._person_pk(one.assigned_by_id)
        for note in archive.moderator_notes:
            note.story_id, note.moderator_id = self.stories[note.story_id], self._person_pk(note.moderator_id)
        Assignment.objects.bulk_create(archive.assignments, batch_size=IMPORT_BATCH)
        ModeratorNote.objects.bulk_create(archive.moderator_notes, batch_size=IMPORT_BATCH)

    def _counts(self) -> defaultdict[int, Counter[str]]:
        """Count the imported rows for each story; the archive's own counts are not trusted."""
        counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for uplift in self.archive.uplifts:
            counts[uplift.story_id]["uplift_count"] += 1
        for reaction in self.archive.reactions:
            counts[reaction.story_id][ReactionKind(reaction.kind).counter] += 1
        return counts

    def _create_log(self, by: User | None) -> None:
        for entry in self.archive.log:
            entry.team = self.archive.team
            entry.actor_id, entry.subject_id = self._person_pk(entry.actor_id), self._person_pk(entry.subject_id)
        TeamEntry.objects.bulk_create(self.archive.log, batch_size=IMPORT_BATCH)
        detail = {} if by else {"by": "command"}
        TeamEntry.objects.create(team=self.archive.team, actor=by, action=TeamEntry.Action.IMPORT, detail=detail)


def find_person(archived: ArchivedPerson) -> User | None:
    """Return the person who has confirmed this address here, or has claimed it and never signed in.

    Raises Unreadable when somebody uses the address without having confirmed it.
    """
    if archived.email is None:
        return None
    confirmed = EmailAddress.objects.filter(email=archived.email, verified=True).select_related("user").first()
    if confirmed is not None:
        return User.objects.get(pk=confirmed.user_id)
    claimed = User.objects.filter(email=archived.email).first()
    if claimed is None:
        return None
    if claimed.last_login is not None or claimed.is_staff or claimed.is_superuser or is_confirmed(claimed):
        raise Unreadable(
            _("Somebody here uses %(email)s and has not confirmed that it is theirs. Settle that first.")
            % {"email": archived.email}
        )
    return claimed


def is_confirmed(person: User) -> bool:
    return bool(EmailAddress.objects.filter(user=person, verified=True).exists())


def remove_sign_ins(claimed: list[int]) -> None:
    """Remove every way to sign in to these accounts, so that only the reader of the address's mail gets in.

    The person who claimed an address may not be the one who reads its mail.
    """
    Session.objects.filter(session_key__in=erasure.sessions_of(*claimed)).delete()
    for person in User.objects.filter(pk__in=claimed):
        person.set_unusable_password()
        person.save(update_fields=["password"])
        SocialAccount.objects.filter(user=person).delete()
        Authenticator.objects.filter(user=person).delete()
        EmailAddress.objects.filter(user=person).exclude(email=person.email).delete()


def create_person(archived: ArchivedPerson, *, pk: int | None) -> User:
    """Create an account that opens by “forgotten password” or single sign-on, which both prove the address."""
    email = archived.email or f"{secrets.token_hex(16)}@{UNREACHABLE_DOMAIN}"
    person = User(
        pk=pk, email=email, name=archived.name, is_active=archived.email is not None, joined_at=timezone.now()
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    if archived.email:
        EmailAddress.objects.create(user=person, email=archived.email, verified=False, primary=True)
    if archived.picture:
        person.set_picture(archived.picture)
    return person


def create_in_order(entries: list[AuditEntry]) -> None:
    """Create the entries in their order, by which they are numbered.

    A new batch begins before each entry that undoes one of its own batch: that one needs its number first.
    """
    begun = 0
    for place, entry in enumerate(entries):
        if entry.undoes and entry.undoes.pk is None:
            AuditEntry.objects.bulk_create(entries[begun:place], batch_size=IMPORT_BATCH)
            begun = place
    AuditEntry.objects.bulk_create(entries[begun:], batch_size=IMPORT_BATCH)


def any_taken(model: type[models.Model], numbers: list[int]) -> bool:
    batches = (numbers[start : start + IMPORT_BATCH] for start in range(0, len(numbers), IMPORT_BATCH))
    return any(model._default_manager.filter(pk__in=batch).exists() for batch in batches)


def advance_numbers(model: type[models.Model], up_to: int) -> None:
    """Make the database number new rows after `up_to`, the highest number that is imported.

    SQLite does so by itself. PostgreSQL's sequence is moved beforehand, so that a row created meanwhile takes none of
    these numbers. It stays moved when the import is rolled back, which only leaves a gap.
    """
    if connection.vendor == "postgresql":
        table, column = model._meta.db_table, model._meta.pk.column
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column])
            (sequence,) = cursor.fetchone()
            cursor.execute(f"SELECT setval(%s, GREATEST(%s, (SELECT last_value FROM {sequence})))", [sequence, up_to])  # noqa: S608
