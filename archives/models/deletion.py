"""That somebody wants to go for good: a day's grace, and then nothing of them remains but what they chose to leave."""

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
from archives import erasure as traces
from archives.models.export import Export
from stories.models import OutboxEvent, Reaction, ReactionKind, Story, Uplift

GRACE = timedelta(days=1)
LEAVING = "leaving"  # in a session: when the account of its person is deleted


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
    # What becomes of the published stories, by the team's number: a Parting.Choice. Kept here, and not as a wish for
    # the team, because it shall be undone with the rest.
    choices = models.JSONField(default=dict)

    objects = AccountDeletionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="account_deletion_due")]

    def __str__(self) -> str:
        return f"deletion of {self.person_id}, due at {self.due_at:%Y-%m-%d %H:%M}"

    # Asking and taking it back

    @classmethod
    def ask(cls, person: User, choices: Mapping[int, str]) -> tuple["AccountDeletion", bool]:
        """The deletion, and whether it is new. Raises Refused where other people would be left without an owner."""
        with transaction.atomic():
            User.objects.select_for_update().get(pk=person.pk)
            if any(farewell.needs_heir for farewell in farewells(person)):
                raise Refused(_("Hand over first: a team with other people in it needs an owner."))
            now = timezone.now()
            asked, new = cls.objects.get_or_create(
                person=person,
                defaults={
                    "asked_at": now,
                    "due_at": now + GRACE,
                    "choices": {str(team): choice for team, choice in choices.items()},
                },
            )
        if new:
            remember_in_all(person, asked.due_at)
        return asked, new

    @classmethod
    def keep(cls, person: User) -> bool:
        """Take it back; False when there was nothing to take back."""
        kept = cls.objects.filter(person=person).delete()[0]
        remember_in_all(person, None)
        return bool(kept)

    @staticmethod
    def remember_in(session: SessionBase, asked: "AccountDeletion | None") -> None:
        """Have this session know whether its person is leaving, so that no page has to ask."""
        remember(session, asked.due_at if asked else None)

    def choice_in(self, team: Team) -> str:
        choice: str = self.choices.get(str(team.pk)) or self.person.parting_in(team)
        return choice

    # Going

    @classmethod
    def carry_out(cls, pk: int) -> "User | None":
        """Delete the account if it is due, and all of it; the person as they were, or None if there was nothing to do.

        Repeating it is harmless. Rows are locked first and open walls are told last, as OutboxEvent.announce wants it.
        """
        sessions = traces.sessions_of(pk)
        with transaction.atomic():
            person = User.objects.select_for_update().filter(pk=pk).first()
            asked = cls.objects.due().filter(pk=pk).select_related("person").first()
            if person is None or asked is None:
                return None
            gone = User(pk=person.pk, email=person.email, name=person.name, language=person.language)
            touched = lock_stories(person)
            leaving = farewells(person)
            ended = {farewell.team.pk for farewell in leaving if farewell.ends_team}
            # They are in those that others have packed of these teams; these can be packed anew.
            known_in = {farewell.team.pk for farewell in leaving} | {story.team_id for story in touched}
            Export.objects.filter(team__in=known_in).delete()
            for farewell in leaving:
                farewell.end_membership()
            answered = take_back_answers(person)
            for team in Team.objects.filter(stories__author=person).distinct().order_by("pk"):
                traces.forget_history(person.stories.of(team).hanging())
                person.stories.of(team).outlive(asked.choice_in(team), name=person.name)
            for story in touched:
                others = story.author_id != person.pk and story.team_id not in ended
                if others and story.pk in answered and story.is_published:
                    OutboxEvent.announce(story, OutboxEvent.Kind.COUNTS)
            traces.remove(person, sessions)
            person.delete()
        return gone


@dataclass(frozen=True, slots=True)
class Farewell:
    """What somebody's going means for one of their teams."""

    team: Team
    membership: Membership | None  # None where they have left already
    others: int  # other people in the team
    other_owners: int
    hanging: int  # their stories that may stay

    @property
    def ends_team(self) -> bool:
        """Nobody else is in it, so it goes with them."""
        return self.membership is not None and not self.others

    @property
    def needs_heir(self) -> bool:
        # By the role: an owner who lacks a second factor that the team asks for holds its keys all the same.
        owner = self.membership is not None and self.membership.role == Role.OWNER
        return owner and self.others > 0 and not self.other_owners

    def end_membership(self) -> None:
        if self.membership is None:
            return
        if self.ends_team:
            self.team.delete()
            return
        if self.needs_heir:
            # The other owner went during the day of grace. Nobody is kept from going, and no team is left without one.
            self.membership.hand_over(heir(self.membership))
        TeamEntry.objects.create(team=self.team, actor=None, action=TeamEntry.Action.LEAVE)
        self.membership.delete()


def farewells(person: User) -> list[Farewell]:
    """The teams somebody is in, and those where stories of theirs still hang; three queries."""
    memberships = {membership.team_id: membership for membership in Membership.objects.of(person)}
    own = Story.objects.filter(author=person).hanging().order_by()
    hanging = dict(own.values_list("team").annotate(number=models.Count("pk")))
    others = (
        Membership.objects.filter(team__in=list(memberships))
        .exclude(user=person)
        .order_by()
        .values_list("team")
        .annotate(number=models.Count("pk"), owners=models.Count("pk", filter=models.Q(role=Role.OWNER)))
    )
    beside = {team: (number, owners) for team, number, owners in others}
    teams = Team.objects.filter(pk__in={*memberships, *hanging}).by_name()
    return [
        Farewell(team, memberships.get(team.pk), *beside.get(team.pk, (0, 0)), hanging.get(team.pk, 0))
        for team in teams
    ]


def is_last_operator(person: User) -> bool:
    return (
        person.is_superuser
        and not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk).exists()
    )


def heir(leaving: Membership) -> Membership:
    """Who has been a moderator for longest, or else a member."""
    others = Membership.objects.filter(team=leaving.team_id).exclude(pk=leaving.pk).select_related("user", "team")
    first = others.moderators().order_by("joined_at", "pk").first() or others.order_by("joined_at", "pk").first()
    assert first is not None
    return first


def lock_stories(person: User) -> list[Story]:
    """All that will change, by number, so that nobody who holds one of them waits for another."""
    theirs = models.Q(author=person)
    for answers in (Uplift.objects.filter(user=person), Reaction.objects.filter(user=person)):
        theirs |= models.Q(pk__in=answers.values("story"))
    return list(Story.objects.filter(theirs).order_by("pk").select_for_update())


def take_back_answers(person: User) -> set[int]:
    """Their uplifts and reactions go, and the counts with them; the stories that this concerns."""
    uplifts, reactions = Uplift.objects.filter(user=person), Reaction.objects.filter(user=person)
    given: list[tuple[str, Any]] = [("uplift_count", uplifts)]
    given += [(kind.counter, reactions.filter(kind=kind)) for kind in ReactionKind]
    answered: set[int] = set()
    for counter, answers in given:
        stories = set(answers.values_list("story", flat=True))
        Story.objects.filter(pk__in=answers.values("story")).update(**{counter: models.F(counter) - 1})
        answered |= stories
    uplifts.delete()
    reactions.delete()
    return answered


def remember(session: SessionBase, due_at: datetime | None) -> None:
    if due_at is not None:
        session[LEAVING] = due_at.isoformat()
    elif LEAVING in session:
        del session[LEAVING]


def remember_in_all(person: User, due_at: datetime | None) -> None:
    """Wherever they are signed in."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys: Iterable[str] = UserSession.objects.filter(user=person).values_list("session_key", flat=True)
    for key in keys:
        session = store(key)
        if not session.is_empty() and str(session.get("_auth_user_id")) == str(person.pk):
            remember(session, due_at)
            session.save()
