"""Everything a person wrote and did here, as the document that they take away. docs/exports.md describes it.

Other people's words are theirs: what somebody answered is named by its team and number alone, and letters are signed
as they were, by the moderators.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.utils import timezone

from accounts.models import Invitation, JoinLink, Membership, Parting, Picture, TeamEntry, User
from archives.models import AccountDeletion, Export
from archives.packing import Member, json_pieces, pack, page
from archives.rows import row, written
from stories.models import AuditEntry, Reaction, Story, Uplift
from stories.models.words import DECISIONS

FORMAT = "kindwall-person"
VERSION = 1
MOST_AT_ONCE = 2_000  # rows; more are packed in the background
ME, MODERATORS = "me", "the moderators"

PROFILE = (
    *("id", "name", "email", "joined_at", "last_login", "language", "time_zone", "theme"),
    *("is_active", "is_staff", "is_superuser"),
)
STORY = (
    *("id", "state", "kind", "body", "signature", "revision"),
    *("created_at", "updated_at", "submitted_at", "decided_at", "published_at"),
    *("uplift_count", "see_count", "high_five_count", "smile_count", "warm_count", "try_count"),
)
LINK = ("start", "role", "created_at", "expires_at", "most_uses", "uses", "revoked_at")

# Every relation that a row has to its person, and the section where it is found. A test walks the models against both.
SECTIONS = {
    "account.EmailAddress.user": "email_addresses",
    "accounts.Membership.user": "teams",
    "accounts.Parting.user": "partings",
    "accounts.Picture.user": "profile",
    "accounts.JoinLink.made_by": "join_links",
    "accounts.Invitation.invited_by": "invitations_sent",
    "accounts.TeamEntry.actor": "team_log",
    "accounts.TeamEntry.subject": "team_log",
    "stories.Story.author": "stories",
    "stories.AuditEntry.actor": "decisions",
    "stories.Uplift.user": "uplifts",
    "stories.Reaction.user": "reactions",
    "usersessions.UserSession.user": "sessions",
    "socialaccount.SocialAccount.user": "connected_accounts",
    "mfa.Authenticator.user": "second_factors",
    "admin.LogEntry.user": "operator_log",
    "archives.Export.person": "exports",
    "archives.AccountDeletion.person": "deletion",
}
NOT_EXPORTED_BECAUSE = {
    "accounts.User_groups.user": "Kindwall uses no groups: what an operator may do is in the profile",
    "accounts.User_user_permissions.user": "Kindwall uses no single permissions either",
}


def is_small(person: User) -> bool:
    """Whether it can be packed while its person waits."""
    return rows_of(person) <= MOST_AT_ONCE


def rows_of(person: User) -> int:
    many = (
        Story.objects.filter(author=person),
        AuditEntry.objects.filter(Q(actor=person) | Q(story__author=person)),
        Uplift.objects.filter(user=person),
        Reaction.objects.filter(user=person),
        TeamEntry.objects.filter(Q(actor=person) | Q(subject=person)),
    )
    return sum(rows.count() for rows in many)


def pack_mine(person: User, file: IO[bytes]) -> None:
    pack(file, members(person))


def members(person: User) -> Iterator[Member]:
    document = document_of(person)
    yield "index.html", [page("mine.html", {"mine": document})]
    yield "data.json", json_pieces(document)
    if picture := Picture.objects.filter(user=person).first():
        yield "picture.webp", [bytes(picture.webp)]


def document_of(person: User) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": written(timezone.now()),
        "profile": profile(person),
        "email_addresses": [
            row(address, ("email", "verified", "primary"))
            for address in EmailAddress.objects.filter(user=person).order_by("pk")
        ],
        "teams": [
            {**team_of(membership), **row(membership, ("role", "joined_at"))}
            for membership in Membership.objects.of(person)
        ],
        "partings": [
            {**team_of(wish), "choice": wish.choice}
            for wish in Parting.objects.filter(user=person).select_related("team").order_by("pk")
        ],
        "stories": stories(person),
        "uplifts": answers(Uplift.objects.filter(user=person), ()),
        "reactions": answers(Reaction.objects.filter(user=person), ("kind",)),
        "decisions": decisions(person),
        "team_log": team_log(person),
        "join_links": [
            {**team_of(link), **row(link, LINK)}
            for link in JoinLink.objects.filter(made_by=person).select_related("team").order_by("pk")
        ],
        "invitations_sent": Invitation.objects.filter(invited_by=person).count(),
        "invitations_received": invitations_received(person),
        "sessions": [
            row(session, ("created_at", "last_seen_at", "ip", "user_agent"))
            for session in UserSession.objects.filter(user=person).order_by("pk")
        ],
        "connected_accounts": [
            row(account, ("provider", "uid", "date_joined", "last_login", "extra_data"))
            for account in SocialAccount.objects.filter(user=person).order_by("pk")
        ],
        # Its kind alone: a secret in a folder of downloads is none.
        "second_factors": [
            row(factor, ("type", "created_at", "last_used_at"))
            for factor in Authenticator.objects.filter(user=person).order_by("pk")
        ],
        "operator_log": [
            {"at": written(entry.action_time), "action": entry.get_action_flag_display(), "of": str(entry.content_type)}
            for entry in LogEntry.objects.filter(user=person).select_related("content_type").order_by("pk")
        ],
        "exports": [
            {"team": export.team.slug if export.team else None, **row(export, ("asked_at", "ready_at", "size"))}
            for export in Export.objects.filter(person=person).select_related("team").order_by("pk")
        ],
        "deletion": deletion(person),
    }


def profile(person: User) -> dict[str, Any]:
    picture = "picture.webp" if Picture.objects.filter(user=person).exists() else None
    return {**row(person, PROFILE), "picture": picture}


def deletion(person: User) -> dict[str, Any] | None:
    asked = AccountDeletion.objects.filter(person=person).first()
    return row(asked, ("asked_at", "due_at")) if asked else None


def invitations_received(person: User) -> list[dict[str, Any]]:
    addresses = EmailAddress.objects.filter(user=person, verified=True).values("email")
    received = Invitation.objects.filter(email__in=addresses).select_related("team").order_by("pk")
    return [{**team_of(one), **row(one, ("role", "created_at", "sent_at", "accepted_at"))} for one in received]


def stories(person: User) -> list[dict[str, Any]]:
    history: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for entry in AuditEntry.objects.filter(story__author=person).order_by("pk"):
        history[entry.story_id].append(
            {
                "by": ME if entry.actor_id == person.pk else MODERATORS,
                "at": written(entry.created_at),
                **row(entry, ("action", "from_state", "to_state", "reason", "message", "revision", "kind")),
                "qualities": entry.qualities,
                "body": entry.body,
            }
        )
    mine = Story.objects.filter(author=person).select_related("team").order_by("pk")
    return [
        {**team_of(story), **row(story, STORY), "qualities": story.qualities, "history": history[story.pk]}
        for story in mine
    ]


def decisions(person: User) -> list[dict[str, Any]]:
    """What they did with stories of others. Their own stories carry their history themselves."""
    taken = AuditEntry.objects.filter(actor=person).exclude(story__author=person)
    return [
        {
            **team_of(entry.story),
            "story": entry.story_id,
            "at": written(entry.created_at),
            **row(entry, ("action", "from_state", "to_state", "reason", "message")),
        }
        for entry in taken.filter(action__in=DECISIONS).select_related("story__team").order_by("pk")
    ]


def team_log(person: User) -> list[dict[str, Any]]:
    entries = TeamEntry.objects.filter(Q(actor=person) | Q(subject=person)).select_related("team").order_by("pk")
    return [
        {
            **team_of(entry),
            "at": written(entry.created_at),
            "action": entry.action,
            "by_me": entry.actor_id == person.pk,
            "to_me": entry.subject_id == person.pk,
            # What somebody else wrote into a rule is not the person's.
            "detail": entry.detail if entry.actor_id == person.pk else {},
        }
        for entry in entries
    ]


def answers(given: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {**team_of(one.story), "story": one.story_id, "at": written(one.created_at), **row(one, names)}
        for one in given.select_related("story__team").order_by("pk")
    ]


def team_of(thing: Any) -> dict[str, Any]:
    return {"team": thing.team.slug, "team_name": thing.team.name}


def read_time(text: str) -> datetime:
    """A time of the document, for its page."""
    return datetime.fromisoformat(text).astimezone(UTC)
