"""Pack everything that a person wrote and did here as one document. docs/exports.md describes its format.

It contains no words of other people: a story that the person reacted to or reported is named by its team and number,
and letters are signed by “the moderators”. Of their own stories authors get what the pages show them, and no more:
no decision that was undone or still can be, no mark as spam, and no report.
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
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import DepartureChoice, Invitation, JoinLink, Membership, Picture, Reason, TeamEntry, User
from accounts.models.reason import ReasonLetter
from archives.models import AccountDeletion, Export
from archives.personal_notices import notice_pause, notice_preferences, wall_digests
from archives.rows import archive_row, plain_value
from archives.zip_file import Member, json_pieces, pack, render_page
from notices.models import Notice
from stories.models import (
    Action,
    Assignment,
    AuditEntry,
    ModeratorNote,
    Reaction,
    ReactionKind,
    Report,
    State,
    Story,
    Uplift,
)
from stories.models.choices import DECISIONS, UNSEEN_ACTIONS, VERDICTS, WRITING_STATES
from stories.models.text import TEXT_PARTS
from syndication.models import FeedAddress

PERSONAL_FORMAT = "kindwall-person"
PERSONAL_VERSION = 1
MOST_ROWS_AT_ONCE = 2_000  # rows; more are packed in the background
ME, MODERATORS = "me", "the moderators"

PROFILE = (
    *("id", "name", "email", "joined_at", "last_login", "language", "time_zone", "theme"),
    *("is_active", "is_staff", "is_superuser"),
)
TEAM_ROW = ("role", "joined_at", "trust", "trust_changed_at", "away_until", "wall_seen_at")
STORY_ROW = (
    *("id", "state", *TEXT_PARTS, "signature", "revision", "rounds"),
    *("created_at", "updated_at", "submitted_at", "decided_at", "published_at", "edited_at", "stood_by_at"),
    *("uplift_count", *(kind.counter for kind in ReactionKind)),
)
LETTER_COLUMNS = ("reason", "saw", "message", "next_step", "talk_to")
NOTICE = ("kind", "created_at", "updated_at", "read_at", "mailed_at")
LINK = ("start", "role", "created_at", "expires_at", "most_uses", "uses", "revoked_at")

# States that the author is not told of, and the states that they are shown instead.
SHOWN_STATES = {State.SPAM.value: State.PENDING.value, State.HIDDEN.value: State.PUBLISHED.value}

# Every relation from a model to its person, and the section that contains its rows. A test compares both tables with
# the models.
SECTIONS = {
    "account.EmailAddress.user": "email_addresses",
    "accounts.Membership.user": "teams",
    "accounts.DepartureChoice.user": "partings",
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
    "stories.Assignment.moderator": "assignments",
    "stories.Assignment.assigned_by": "decisions",  # with the note that they wrote
    "stories.ModeratorNote.moderator": "moderator_notes",
    "accounts.Reason.user": "own_reasons",
    "notices.Notice.user": "notices",
    "usersessions.UserSession.user": "sessions",
    "socialaccount.SocialAccount.user": "connected_accounts",
    "mfa.Authenticator.user": "second_factors",
    "notices.NoticePreference.user": "notice_preferences",
    "notices.NoticePause.user": "notice_pause",
    "admin.LogEntry.user": "operator_log",
    "archives.Export.person": "exports",
    "archives.AccountDeletion.person": "deletion",
}
NOT_EXPORTED_BECAUSE = {
    "accounts.User_groups.user": "Kindwall uses no groups: what an operator may do is in the profile",
    "accounts.User_user_permissions.user": "Kindwall uses no single permissions either",
    "stories.Claim.moderator": "a claim lapses after two minutes",
    "kindwall.UndeliveredMail.person": "the operator's record, of a mail and an error",
    "syndication.Channel.created_by": "a channel is the team's and holds secrets; who connected it is in its log",
}


def is_small_person(person: User) -> bool:
    """Return whether the export is packed within the request."""
    return count_rows(person) <= MOST_ROWS_AT_ONCE


def count_rows(person: User) -> int:
    many = (
        Story.objects.filter(author=person),
        AuditEntry.objects.filter(Q(actor=person) | Q(story__author=person)),
        Uplift.objects.filter(user=person),
        Reaction.objects.filter(user=person),
        Report.objects.filter(reporter=person),
        ModeratorNote.objects.filter(moderator=person),
        Notice.objects.filter(user=person),
        TeamEntry.objects.filter(Q(actor=person) | Q(subject=person)),
    )
    return sum(rows.count() for rows in many)


def pack_personal_data(person: User, file: IO[bytes]) -> None:
    pack(file, members(person))


def members(person: User) -> Iterator[Member]:
    document = document_of(person)
    yield "index.html", [render_page("personal.html", {"document": document})]
    yield "data.json", json_pieces(document)
    if picture := Picture.objects.filter(user=person).first():
        yield "picture.webp", [bytes(picture.webp)]


def document_of(person: User) -> dict[str, Any]:
    return {
        "format": PERSONAL_FORMAT,
        "version": PERSONAL_VERSION,
        "exported_at": plain_value(timezone.now()),
        "profile": profile(person),
        "email_addresses": rows_of(EmailAddress.objects.filter(user=person), ("email", "verified", "primary")),
        "teams": personal_teams(person),
        "partings": rows_with_team(DepartureChoice.objects.filter(user=person), ("choice",)),
        "stories": stories(person),
        "uplifts": rows_about_stories(Uplift.objects.filter(user=person), ()),
        "reactions": rows_about_stories(Reaction.objects.filter(user=person), ("kind",)),
        "reports": reports(person),
        "decisions": decisions(person),
        "assignments": rows_about_stories(Assignment.objects.open().filter(moderator=person), ()),
        "moderator_notes": rows_about_stories(ModeratorNote.objects.filter(moderator=person), ("text",)),
        "own_reasons": rows_with_team(Reason.objects.filter(user=person), ReasonLetter._fields),
        "notices": [
            {**team_of(notice), "story": notice.story_id, **archive_row(notice, NOTICE)}
            for notice in Notice.objects.filter(user=person).select_related("team").order_by("pk")
        ],
        "team_log": team_log(person),
        "join_links": rows_with_team(JoinLink.objects.filter(made_by=person), LINK),
        "invitations_sent": Invitation.objects.filter(invited_by=person).count(),
        "invitations_received": invitations_received(person),
        **sign_ins(person),
        "notice_preferences": notice_preferences(person),
        "notice_pause": notice_pause(person),
        "wall_digests": wall_digests(person),
        "operator_log": operator_log(person),
        "exports": exports(person),
        "deletion": deletion(person),
    }


def personal_teams(person: User) -> list[dict[str, Any]]:
    """Return the person's teams, with the moment at which they made their feed address; its secret is not stored."""
    made = dict(FeedAddress.objects.filter(membership__user=person).values_list("membership", "created_at"))
    return [
        {**team_of(one), **archive_row(one, TEAM_ROW), "feed_address_made_at": plain_value(made.get(one.pk))}
        for one in Membership.objects.of(person)
    ]


def rows_of(rows: QuerySet[Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [archive_row(one, names) for one in rows.order_by("pk")]


def rows_with_team(rows: QuerySet[Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{**team_of(one), **archive_row(one, names)} for one in rows.select_related("team").order_by("pk")]


def sign_ins(person: User) -> dict[str, Any]:
    """Return the sections about signing in. Second factors come without their secret."""
    factors = Authenticator.objects.filter(user=person)
    return {
        "sessions": rows_of(
            UserSession.objects.filter(user=person), ("created_at", "last_seen_at", "ip", "user_agent")
        ),
        "connected_accounts": rows_of(
            SocialAccount.objects.filter(user=person), ("provider", "uid", "date_joined", "last_login", "extra_data")
        ),
        "second_factors": rows_of(factors, ("type", "created_at", "last_used_at")),
    }


def operator_log(person: User) -> list[dict[str, Any]]:
    return [
        {"at": plain_value(entry.action_time), "action": entry.get_action_flag_display(), "of": str(entry.content_type)}
        for entry in LogEntry.objects.filter(user=person).select_related("content_type").order_by("pk")
    ]


def exports(person: User) -> list[dict[str, Any]]:
    return [
        {"team": export.team.slug if export.team else None, **archive_row(export, ("asked_at", "ready_at", "size"))}
        for export in Export.objects.filter(person=person).select_related("team").order_by("pk")
    ]


def profile(person: User) -> dict[str, Any]:
    picture = "picture.webp" if Picture.objects.filter(user=person).exists() else None
    return {**archive_row(person, PROFILE), "picture": picture}


def deletion(person: User) -> dict[str, Any] | None:
    requested = AccountDeletion.objects.of(person)
    return archive_row(requested, ("asked_at", "due_at")) if requested else None


def invitations_received(person: User) -> list[dict[str, Any]]:
    addresses = EmailAddress.objects.filter(user=person, verified=True).values("email")
    received = Invitation.objects.filter(email__in=addresses).select_related("team").order_by("pk")
    return [{**team_of(one), **archive_row(one, ("role", "created_at", "sent_at", "accepted_at"))} for one in received]


def stories(person: User) -> list[dict[str, Any]]:
    history: defaultdict[int, list[AuditEntry]] = defaultdict(list)
    for entry in visible_entries(person):
        history[entry.story_id].append(entry)
    return [
        {
            **team_of(story),
            **visible_columns(story, history[story.pk]),
            "edit_of": story.edit_of_id,
            "history": [history_of(entry, person) for entry in history[story.pk]],
        }
        for story in Story.objects.filter(author=person).select_related("team").order_by("pk")
    ]


def visible_entries(person: User) -> Iterator[AuditEntry]:
    """Yield the entries about the person's stories that authors may see, oldest first."""
    own = AuditEntry.objects.filter(story__author=person)
    # Publishing may fix a typo. When that is undone, the author's text is as it was before.
    undone = own.filter(action=Action.PUBLISH, undone_by__isnull=False)
    not_fixed = set(undone.values_list("story", "revision"))
    for entry in own.in_effect().settled().exclude(action__in=UNSEEN_ACTIONS).oldest_first():
        if entry.action != Action.FIX or (entry.story_id, entry.revision) not in not_fixed:
            yield entry


def visible_columns(story: Story, history: list[AuditEntry]) -> dict[str, Any]:
    """Return the story's columns without any trace of decisions that its author may not see."""
    values = archive_row(story, STORY_ROW) | {"state": story.state_for_author().value}
    decided = [entry.created_at for entry in history if entry.action in VERDICTS]
    values["decided_at"] = plain_value(decided[-1]) if decided else None
    if history and values["state"] not in WRITING_STATES:
        # The author cannot edit it in this state, so its visible history contains every change.
        values["updated_at"] = plain_value(min(story.updated_at, history[-1].created_at))
    return values


def history_of(entry: AuditEntry, person: User) -> dict[str, Any]:
    return {
        "by": ME if entry.actor_id == person.pk else MODERATORS,
        "at": plain_value(entry.created_at),
        "action": entry.action,
        "from_state": SHOWN_STATES.get(entry.from_state, entry.from_state),
        "to_state": SHOWN_STATES.get(entry.to_state, entry.to_state),
        **archive_row(entry, (*LETTER_COLUMNS, "revision", *TEXT_PARTS)),
    }


def reports(person: User) -> list[dict[str, Any]]:
    """Return the person's reports, each with its outcome once the decision on it has settled."""
    made = Report.objects.filter(reporter=person).select_related("story__team", "decision").order_by("pk")
    return [
        {
            **team_of(report.story),
            "story": report.story_id,
            "at": plain_value(report.created_at),
            **archive_row(report, ("reason", "words")),
            "outcome": report.outcome or None,
        }
        for report in made
    ]


def decisions(person: User) -> list[dict[str, Any]]:
    """Return the person's decisions on stories of others; their own stories contain their history."""
    taken = AuditEntry.objects.filter(actor=person, action__in=[*DECISIONS, Action.FIX, Action.ASSIGN])
    return [
        {
            **team_of(entry.story),
            "story": entry.story_id,
            "at": plain_value(entry.created_at),
            **archive_row(entry, ("action", "from_state", "to_state", *LETTER_COLUMNS, "watching")),
        }
        for entry in taken.in_effect().exclude(story__author=person).select_related("story__team").order_by("pk")
    ]


def team_log(person: User) -> list[dict[str, Any]]:
    entries = TeamEntry.objects.filter(Q(actor=person) | Q(subject=person)).select_related("team").order_by("pk")
    return [
        {
            **team_of(entry),
            "at": plain_value(entry.created_at),
            "action": entry.action,
            "by_me": entry.actor_id == person.pk,
            "to_me": entry.subject_id == person.pk,
            # The details of an entry are the words of the person who caused it.
            "detail": entry.detail if entry.actor_id == person.pk else {},
        }
        for entry in entries
    ]


def rows_about_stories(rows: QuerySet[Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {**team_of(one.story), "story": one.story_id, "at": plain_value(one.created_at), **archive_row(one, names)}
        for one in rows.select_related("story__team").order_by("pk")
    ]


def team_of(thing: Any) -> dict[str, Any]:
    return {"team": thing.team.slug, "team_name": thing.team.name}


def read_time(text: str) -> datetime:
    """Parse a time of the document."""
    return datetime.fromisoformat(text).astimezone(UTC)
