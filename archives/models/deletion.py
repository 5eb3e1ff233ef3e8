"""The deletion of an account: requested, cancelled within a day, or carried out after it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, ClassVar, Self

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership, Refused, Role, Team, TeamEntry, User
from archives import erasure
from archives.models.export import Export
from stories.models import OutboxEvent, Reaction, ReactionKind, Story, Uplift
from stories.models.warmth import update_warmth
from stories.search import index

DELETION_GRACE = timedelta(days=1)
DUE_AT_KEY = "leaving"  # in a session: when the account of its person will be deleted


class AccountDeletionQuerySet(models.QuerySet["AccountDeletion"]):
    def of(self, person: User) -> "AccountDeletion | None":
        return self.filter(person=person).first()

    def due(self) -> Self:
        return self.filter(due_at__lte=timezone.now()).order_by("due_at")


class AccountDeletion(models.Model):
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, primary_key=True, related_name="deletion"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    # A DepartureChoice.Choice for the published stories of each team, by the team's number. It is stored here and
    # not as the person's choice for the team, so that cancelling the deletion also cancels it.
    choices = models.JSONField(default=dict)

    objects = AccountDeletionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="account_deletion_due")]

    def __str__(self) -> str:
        return f"deletion of {self.person_id}, due at {self.due_at:%Y-%m-%d %H:%M}"

    # Requesting and cancelling

    @classmethod
    def request(cls, person: User, choices: Mapping[int, str]) -> tuple["AccountDeletion", bool]:
        """Return the deletion and whether it is new. Raises Refused where a team would be left without an owner."""
        with transaction.atomic():
            User.objects.select_for_update().get(pk=person.pk)
            if any(affected.needs_new_owner for affected in affected_teams(person)):
                raise Refused(_("Hand over first: a team with other people in it needs an owner."))
            now = timezone.now()
            deletion, new = cls.objects.get_or_create(
                person=person,
                defaults={
                    "asked_at": now,
                    "due_at": now + DELETION_GRACE,
                    "choices": {str(team): choice for team, choice in choices.items()},
                },
            )
        if new:
            store_in_all_sessions(person, deletion.due_at)
        return deletion, new

    @classmethod
    def cancel(cls, person: User) -> bool:
        """Cancel the deletion; return False when none was requested."""
        cancelled = cls.objects.filter(person=person).delete()[0]
        store_in_all_sessions(person, None)
        return bool(cancelled)

    @staticmethod
    def store_in_session(session: SessionBase, deletion: "AccountDeletion | None") -> None:
        """Store in the session when its person's account will be deleted, so that pages need no query for it."""
        store_due_date(session, deletion.due_at if deletion else None)

    def choice_in(self, team: Team) -> str:
        choice: str = self.choices.get(str(team.pk)) or self.person.departure_choice_in(team)
        return choice

    # Carrying it out

    @classmethod
    def carry_out(cls, pk: int) -> "User | None":
        """Delete the account if it is due. Return the person as they were, or None if there was nothing to do.

        Repeating it is harmless. Rows are locked first and the outbox is written last: see OutboxEvent.announce.
        """
        sessions = erasure.sessions_of(pk)
        with transaction.atomic():
            # Whoever reacts locks the story first, and then the row of its author, who gets a notice.
            lock_stories(pk)
            person = User.objects.select_for_update().filter(pk=pk).first()
            deletion = cls.objects.due().filter(pk=pk).select_related("person").first()
            if person is None or deletion is None:
                return None
            gone = User(pk=person.pk, email=person.email, name=person.name, language=person.language)
            locked = lock_stories(pk)  # with those that came in between
            affected = affected_teams(person)
            ended = {one.team.pk for one in affected if one.ends_team}
            # Other people's exports of these teams contain this person. They can be packed again.
            Export.objects.filter(
                team__in={one.team.pk for one in affected} | {story.team_id for story in locked}
            ).delete()
            for one in affected:
                one.end_membership()
            changed = remove_reactions(person)
            deletion.settle_stories()
            for story in locked:
                by_others = story.author_id != person.pk and story.team_id not in ended
                if by_others and story.pk in changed and story.is_published:
                    OutboxEvent.announce(story, OutboxEvent.Kind.COUNTS, uplifts_before=story.uplift_count)
            erasure.erase(person, sessions)
            person.delete()
        index.purge()
        return gone

    def settle_stories(self) -> None:
        """Treat the person's published stories in each team as they chose, and erase their texts from the log."""
        for team in Team.objects.filter(stories__author=self.person).distinct().order_by("pk"):
            erasure.erase_history(self.person.stories.of(team).on_wall())
            self.person.stories.of(team).apply_account_deletion(self.choice_in(team), name=self.person.name)


@dataclass(frozen=True, slots=True)
class AffectedTeam:
    """The consequences of deleting an account for one of the person's teams."""

    team: Team
    membership: Membership | None  # None where they have left the team already
    others: int  # other people in the team
    other_owners: int
    story_count: int  # stories of theirs that may stay

    @property
    def ends_team(self) -> bool:
        """Whether the team is deleted with the account, because nobody else is in it."""
        return self.membership is not None and not self.others

    @property
    def needs_new_owner(self) -> bool:
        # The role decides: an owner without the second factor that the team requires is still its owner.
        owner = self.membership is not None and self.membership.role == Role.OWNER
        return owner and self.others > 0 and not self.other_owners

    def end_membership(self) -> None:
        if self.membership is None:
            return
        if self.ends_team:
            self.team.delete()
            return
        if self.needs_new_owner:
            # The other owner left during the day of grace. The deletion goes on, and the team gets an owner.
            self.membership.hand_over(next_owner(self.membership))
        TeamEntry.objects.create(team=self.team, actor=None, action=TeamEntry.Action.LEAVE)
        self.membership.delete()


def affected_teams(person: User) -> list[AffectedTeam]:
    """Return the teams that the person is in, and those where stories of theirs are published; three queries."""
    memberships = {membership.team_id: membership for membership in Membership.objects.of(person)}
    own = Story.objects.filter(author=person).on_wall().order_by()
    story_counts = dict(own.values_list("team").annotate(number=models.Count("pk")))
    others = (
        Membership.objects.filter(team__in=list(memberships))
        .exclude(user=person)
        .order_by()
        .values_list("team")
        .annotate(number=models.Count("pk"), owners=models.Count("pk", filter=models.Q(role=Role.OWNER)))
    )
    beside = {team: (number, owners) for team, number, owners in others}
    teams = Team.objects.filter(pk__in={*memberships, *story_counts}).by_name()
    return [
        AffectedTeam(team, memberships.get(team.pk), *beside.get(team.pk, (0, 0)), story_counts.get(team.pk, 0))
        for team in teams
    ]


def is_last_operator(person: User) -> bool:
    return (
        person.is_superuser
        and not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk).exists()
    )


def next_owner(leaving: Membership) -> Membership:
    """Return the moderator who joined first, or else the member who did."""
    others = Membership.objects.filter(team=leaving.team_id).exclude(pk=leaving.pk).select_related("user", "team")
    first = others.moderators().order_by("joined_at", "pk").first() or others.order_by("joined_at", "pk").first()
    assert first is not None
    return first


def lock_stories(person: int) -> list[Story]:
    """Lock every story that will change, in the order of their numbers, which prevents deadlocks."""
    changing = models.Q(author=person)
    for reactions in (Uplift.objects.filter(user=person), Reaction.objects.filter(user=person)):
        changing |= models.Q(pk__in=reactions.values("story"))
    return list(Story.objects.filter(changing).order_by("pk").select_for_update())


def remove_reactions(person: User) -> set[int]:
    """Delete the person's uplifts and reactions, lower the counts, and return the stories that had one."""
    uplifts, reactions = Uplift.objects.filter(user=person), Reaction.objects.filter(user=person)
    by_counter: list[tuple[str, Any]] = [("uplift_count", uplifts)]
    by_counter += [(kind.counter, reactions.filter(kind=kind)) for kind in ReactionKind]
    changed: set[int] = set()
    for counter, rows in by_counter:
        stories = set(rows.values_list("story", flat=True))
        Story.objects.filter(pk__in=rows.values("story")).update(**{counter: models.F(counter) - 1})
        changed |= stories
    uplifts.delete()
    reactions.delete()
    update_warmth(Story.objects.filter(pk__in=changed))
    return changed


def store_due_date(session: SessionBase, due_at: datetime | None) -> None:
    if due_at is not None:
        session[DUE_AT_KEY] = due_at.isoformat()
    elif DUE_AT_KEY in session:
        del session[DUE_AT_KEY]


def store_in_all_sessions(person: User, due_at: datetime | None) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys: Iterable[str] = UserSession.objects.filter(user=person).values_list("session_key", flat=True)
    for key in keys:
        session = store(key)
        if not session.is_empty() and str(session.get("_auth_user_id")) == str(person.pk):
            store_due_date(session, due_at)
            session.save()
