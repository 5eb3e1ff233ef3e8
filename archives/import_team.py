"""A team's archive becomes a team here: in one transaction, or not at all."""

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

from accounts.models import FormerSlug, Membership, Parting, Reason, Team, TeamDomain, TeamEntry, User
from accounts.models.team import slug_is_free, validate_slug_not_reserved
from accounts.models.team_domain import PUBLIC_DOMAINS
from archives import erasure as traces
from archives.parse import Archive, Somebody
from archives.rows import Unreadable
from kindwall.outage import is_outage
from stories.models import AuditEntry, Reaction, ReactionKind, Report, Story, Uplift

AT_A_TIME = 500  # rows in one statement
# For whoever had left the team: nobody can receive mail there (RFC 2606), so nobody can become them.
NOWHERE = "departed.invalid"


@dataclass(slots=True)
class Arrival:
    """What became of it."""

    team: Team
    people_found: int = 0
    people_new: int = 0
    stories: int = 0
    renumbered: bool = False
    slugs_left_out: list[str] = field(default_factory=list)
    domains_left_out: list[str] = field(default_factory=list)
    domains_asking: list[str] = field(default_factory=list)
    in_charge: list[Membership] = field(default_factory=list)


class SlugTaken(Unreadable):
    """The team's address is another's here; it can come under one that is free."""


def arrive(archive: Archive, *, slug: str = "", by: User | None = None) -> Arrival:
    """`slug` instead of its own address; `by` the operator, nobody for a command.

    Raises Unreadable, and SlugTaken; nothing is written then.
    """
    check_slug(slug or archive.team.slug)
    try:
        with transaction.atomic():
            return Arriving(archive, slug or archive.team.slug).settle(by)
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


class Arriving:
    def __init__(self, archive: Archive, slug: str) -> None:
        self.archive = archive
        self.slug = slug
        self.people: dict[int, User] = {}  # by their number over there
        self.claimed: list[int] = []  # by our number
        self.stories: dict[int, int] = {}  # our number, by theirs

    def settle(self, by: User | None) -> Arrival:
        archive, team = self.archive, self.archive.team
        team.pk, team.slug = None, self.slug
        team.save(force_insert=True)
        arrival = Arrival(team=team, stories=len(archive.stories))
        for slug in archive.former_slugs:
            if slug_is_free(slug):
                FormerSlug.objects.create(team=team, slug=slug)
            else:
                arrival.slugs_left_out.append(slug)
        for reason in archive.reasons:
            reason.team = team
        Reason.objects.bulk_create(archive.reasons)
        self._settle_domains(arrival)
        self._settle_people(arrival)
        self._settle_stories(arrival)
        self._settle_log(by)
        return arrival

    def _settle_domains(self, arrival: Arrival) -> None:
        """As an owner here could add them, and nobody comes in by themselves until one says so."""
        domains = [domain for domain in self.archive.domains if domain.domain not in PUBLIC_DOMAINS]
        arrival.domains_left_out = sorted({domain.domain for domain in self.archive.domains} & PUBLIC_DOMAINS)
        arrival.domains_asking = sorted(domain.domain for domain in domains if domain.automatic)
        for domain in domains:
            domain.team, domain.automatic = arrival.team, False
        TeamDomain.objects.bulk_create(domains)

    # People

    def _settle_people(self, arrival: Arrival) -> None:
        taken = set(
            User.objects.filter(pk__in=[somebody.pk for somebody in self.archive.people]).values_list("pk", flat=True)
        )
        advance_numbers(User, max(somebody.pk for somebody in self.archive.people))
        # First those who keep their number, so that none of these is given to somebody else.
        for somebody in sorted(self.archive.people, key=lambda somebody: somebody.pk in taken):
            person = found(somebody)
            if person is None:
                person = newcomer(somebody, pk=None if somebody.pk in taken else somebody.pk)
                arrival.people_new += 1
            else:
                arrival.people_found += 1
                if not is_confirmed(person):
                    self.claimed.append(person.pk)
            self.people[somebody.pk] = person
            if somebody.membership:
                somebody.membership.team, somebody.membership.user = arrival.team, person
                somebody.membership.save(force_insert=True)
            if somebody.parting:
                Parting.objects.create(user=person, team=arrival.team, choice=somebody.parting)
        disown(self.claimed)
        in_charge = Membership.objects.filter(team=arrival.team).moderators().select_related("user")
        arrival.in_charge = sorted(in_charge, key=lambda one: (not one.is_owner, one.user.name, one.pk))

    def _who(self, pk: int | None) -> int | None:
        return None if pk is None else self.people[pk].pk

    # Stories, with what was done to them and how they were answered

    def _settle_stories(self, arrival: Arrival) -> None:
        archive = self.archive
        numbers = [story.pk for story in archive.stories]
        arrival.renumbered = any_taken(Story, numbers)
        if numbers and not arrival.renumbered:
            advance_numbers(Story, max(numbers))
        # Whatever a new text is for is there before it, however the file numbers them.
        counts = self._counts()
        self._hang([story for story in archive.stories if story.edit_of_id is None], counts, arrival)
        self._hang([story for story in archive.stories if story.edit_of_id is not None], counts, arrival)
        for entry in archive.audit:
            entry.story_id, entry.actor_id = self.stories[entry.story_id], self._who(entry.actor_id)
        create_in_order(archive.audit)
        self._settle_answers()

    def _hang(self, stories: list[Story], counts: Mapping[int, Counter[str]], arrival: Arrival) -> None:
        numbers = [story.pk for story in stories]
        for story in stories:
            story.team, story.author_id = arrival.team, self._who(story.author_id)
            story.edit_of_id = None if story.edit_of_id is None else self.stories[story.edit_of_id]
            for column, count in counts[story.pk].items():
                setattr(story, column, count)
            if arrival.renumbered:
                story.pk = None
        Story.objects.bulk_create(stories, batch_size=AT_A_TIME)
        self.stories.update(zip(numbers, (story.pk for story in stories), strict=True))

    def _settle_answers(self) -> None:
        archive = self.archive
        answers: list[Uplift | Reaction] = [*archive.uplifts, *archive.reactions]
        for answer in answers:
            answer.story_id, answer.user_id = self.stories[answer.story_id], self.people[answer.user_id].pk
        for report in archive.reports:
            report.story_id, report.reporter_id = self.stories[report.story_id], self.people[report.reporter_id].pk
        Uplift.objects.bulk_create(archive.uplifts, batch_size=AT_A_TIME)
        Reaction.objects.bulk_create(archive.reactions, batch_size=AT_A_TIME)
        Report.objects.bulk_create(archive.reports, batch_size=AT_A_TIME)

    def _counts(self) -> defaultdict[int, Counter[str]]:
        """Of the rows that are there, whatever the file might say."""
        counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for uplift in self.archive.uplifts:
            counts[uplift.story_id]["uplift_count"] += 1
        for reaction in self.archive.reactions:
            counts[reaction.story_id][ReactionKind(reaction.kind).counter] += 1
        return counts

    def _settle_log(self, by: User | None) -> None:
        for entry in self.archive.log:
            entry.team = self.archive.team
            entry.actor_id, entry.subject_id = self._who(entry.actor_id), self._who(entry.subject_id)
        TeamEntry.objects.bulk_create(self.archive.log, batch_size=AT_A_TIME)
        detail = {} if by else {"by": "command"}
        TeamEntry.objects.create(team=self.archive.team, actor=by, action=TeamEntry.Action.IMPORT, detail=detail)


def found(somebody: Somebody) -> User | None:
    """Whoever has confirmed that address here, or has claimed it and never came in."""
    if somebody.email is None:
        return None
    confirmed = EmailAddress.objects.filter(email=somebody.email, verified=True).select_related("user").first()
    if confirmed is not None:
        return User.objects.get(pk=confirmed.user_id)
    claimed = User.objects.filter(email=somebody.email).first()
    if claimed is None:
        return None
    if claimed.last_login is not None or claimed.is_staff or claimed.is_superuser or is_confirmed(claimed):
        raise Unreadable(
            _("Somebody here uses %(email)s and has not confirmed that it is theirs. Settle that first.")
            % {"email": somebody.email}
        )
    return claimed


def is_confirmed(person: User) -> bool:
    return bool(EmailAddress.objects.filter(user=person, verified=True).exists())


def disown(claimed: list[int]) -> None:
    """Whoever claimed an address may not be who reads its mail, and only the latter shall come in."""
    Session.objects.filter(session_key__in=traces.sessions_of(*claimed)).delete()
    for person in User.objects.filter(pk__in=claimed):
        person.set_unusable_password()
        person.save(update_fields=["password"])
        SocialAccount.objects.filter(user=person).delete()
        Authenticator.objects.filter(user=person).delete()
        EmailAddress.objects.filter(user=person).exclude(email=person.email).delete()


def newcomer(somebody: Somebody, *, pk: int | None) -> User:
    """Comes in by “forgotten password” or single sign-on, which both prove the address."""
    email = somebody.email or f"{secrets.token_hex(16)}@{NOWHERE}"
    person = User(
        pk=pk, email=email, name=somebody.name, is_active=somebody.email is not None, joined_at=timezone.now()
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    if somebody.email:
        EmailAddress.objects.create(user=person, email=somebody.email, verified=False, primary=True)
    if somebody.picture:
        person.set_picture(somebody.picture)
    return person


def create_in_order(entries: list[AuditEntry]) -> None:
    """All in their order, which their numbers tell; what is undone has its number before its undoing is written."""
    begun = 0
    for place, entry in enumerate(entries):
        if entry.undoes and entry.undoes.pk is None:
            AuditEntry.objects.bulk_create(entries[begun:place], batch_size=AT_A_TIME)
            begun = place
    AuditEntry.objects.bulk_create(entries[begun:], batch_size=AT_A_TIME)


def any_taken(model: type[models.Model], numbers: list[int]) -> bool:
    batches = (numbers[start : start + AT_A_TIME] for start in range(0, len(numbers), AT_A_TIME))
    return any(model._default_manager.filter(pk__in=batch).exists() for batch in batches)


def advance_numbers(model: type[models.Model], up_to: int) -> None:
    """Have the database number what comes next after what arrives with its own number.

    SQLite does so by itself. PostgreSQL's counter is moved beforehand, so that a row made meanwhile takes none of
    these; it keeps that also when the import is undone, which only leaves a gap.
    """
    if connection.vendor == "postgresql":
        table, column = model._meta.db_table, model._meta.pk.column
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column])
            (sequence,) = cursor.fetchone()
            cursor.execute(f"SELECT setval(%s, GREATEST(%s, (SELECT last_value FROM {sequence})))", [sequence, up_to])  # noqa: S608
