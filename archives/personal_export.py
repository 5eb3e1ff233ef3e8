"""Everything a person wrote and did here, as the document that they take away. docs/exports.md describes it.

Other people's words are theirs: what somebody answered or reported is named by its team and number alone, and letters
are signed as they were, by the moderators. Of their own stories an author learns here what the wall tells them, and no
more: not what was undone or can still be, not that something counts as spam, and not that it was reported.
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
from archives.rows import row, written
from archives.zip_file import Member, json_pieces, pack, page
from stories.models import Action, AuditEntry, Phrase, Reaction, Report, State, Story, Uplift
from stories.models.choices import DECISIONS, UNSEEN_ACTIONS, VERDICTS, WRITING_STATES
from stories.models.text import TEXT_PARTS

FORMAT = "kindwall-person"
VERSION = 1
MOST_AT_ONCE = 2_000  # rows; more are packed in the background
ME, MODERATORS = "me", "the moderators"

PROFILE = (
    *("id", "name", "email", "joined_at", "last_login", "language", "time_zone", "theme"),
    *("is_active", "is_staff", "is_superuser"),
)
TEAM = ("role", "joined_at", "trust", "trust_changed_at", "away_until")
STORY = (
    *("id", "state", "kind", "body", "signature", "revision", "rounds"),
    *("created_at", "updated_at", "submitted_at", "decided_at", "published_at", "stood_by_at"),
    *("uplift_count", "see_count", "high_five_count", "smile_count", "warm_count", "try_count"),
)
LETTER = ("reason", "saw", "message", "next_step", "talk_to")
LINK = ("start", "role", "created_at", "expires_at", "most_uses", "uses", "revoked_at")

# Where a story stood in its author's eyes.
AS_TOLD = {State.SPAM.value: State.PENDING.value, State.HIDDEN.value: State.PUBLISHED.value}

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
    "stories.Report.reporter": "reports",
    "stories.Phrase.user": "phrases",
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
    "stories.Claim.moderator": "that somebody is reading a story is forgotten after two minutes, or a day",
    "stories.Claim.handed_by": "it lapses in a day; that they handed a story on, and their note, is in the decisions",
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
        Report.objects.filter(reporter=person),
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
        "teams": [{**team_of(membership), **row(membership, TEAM)} for membership in Membership.objects.of(person)],
        "partings": [
            {**team_of(wish), "choice": wish.choice}
            for wish in Parting.objects.filter(user=person).select_related("team").order_by("pk")
        ],
        "stories": stories(person),
        "uplifts": answers(Uplift.objects.filter(user=person), ()),
        "reactions": answers(Reaction.objects.filter(user=person), ("kind",)),
        "reports": reports(person),
        "decisions": decisions(person),
        "phrases": [
            {**team_of(phrase), "at": written(phrase.created_at), "words": phrase.words}
            for phrase in Phrase.objects.filter(user=person).select_related("team").order_by("pk")
        ],
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
    told: defaultdict[int, list[AuditEntry]] = defaultdict(list)
    for entry in told_about_own(person):
        told[entry.story_id].append(entry)
    mine = Story.objects.filter(author=person).select_related("team").order_by("pk")
    return [
        {
            **team_of(story),
            **as_told(story, told[story.pk]),
            "qualities": story.qualities,
            "edit_of": story.edit_of_id,
            "history": [history_of(entry, person) for entry in told[story.pk]],
        }
        for story in mine
    ]


def told_about_own(person: User) -> Iterator[AuditEntry]:
    own = AuditEntry.objects.filter(story__author=person)
    # A typo is fixed in publishing; with that undone, the author's words are as they were.
    undone = own.filter(action=Action.PUBLISH, undone_by__isnull=False)
    not_fixed = set(undone.values_list("story", "revision"))
    for entry in own.in_effect().settled().exclude(action__in=UNSEEN_ACTIONS).oldest_first():
        if entry.action != Action.FIX or (entry.story_id, entry.revision) not in not_fixed:
            yield entry


def as_told(story: Story, told: list[AuditEntry]) -> dict[str, Any]:
    """Its columns as if what its author is not told had not happened."""
    values = row(story.as_author_sees_it(), STORY)
    answers = [entry.created_at for entry in told if entry.action in VERDICTS]
    values["decided_at"] = written(answers[-1]) if answers else None
    if told and values["state"] not in WRITING_STATES:
        # Nobody is typing in it, so all that changed it is in its history.
        values["updated_at"] = written(min(story.updated_at, told[-1].created_at))
    return values


def history_of(entry: AuditEntry, person: User) -> dict[str, Any]:
    return {
        "by": ME if entry.actor_id == person.pk else MODERATORS,
        "at": written(entry.created_at),
        "action": entry.action,
        "from_state": AS_TOLD.get(entry.from_state, entry.from_state),
        "to_state": AS_TOLD.get(entry.to_state, entry.to_state),
        **row(entry, (*LETTER, "revision", *TEXT_PARTS)),
    }


def reports(person: User) -> list[dict[str, Any]]:
    """With what came of each, once nobody can undo that any more."""
    made = Report.objects.filter(reporter=person).select_related("story__team", "answer").order_by("pk")
    return [
        {
            **team_of(report.story),
            "story": report.story_id,
            "at": written(report.created_at),
            **row(report, ("reason", "words")),
            "outcome": report.outcome or None,
        }
        for report in made
    ]


def decisions(person: User) -> list[dict[str, Any]]:
    """What they did with stories of others. Their own stories carry their history themselves."""
    taken = AuditEntry.objects.filter(actor=person, action__in=[*DECISIONS, Action.FIX, Action.HAND])
    return [
        {
            **team_of(entry.story),
            "story": entry.story_id,
            "at": written(entry.created_at),
            **row(entry, ("action", "from_state", "to_state", *LETTER, "watching")),
        }
        for entry in taken.in_effect().exclude(story__author=person).select_related("story__team").order_by("pk")
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
