"""Helpers for tests of team archives: packing, changing and importing them, and a team with rows in every section."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import DepartureChoice, Invitation, JoinLink, Membership, Reason, Team, User
from accounts.models.reason import ReasonLetter
from accounts.models.team_domain import TeamDomain
from archives.import_team import ImportResult, import_archive
from archives.parse import open_archive
from archives.team_export import pack_team
from kindwall import clock
from stories.models import (
    Assignment,
    Claim,
    ModeratorNote,
    OutboxEvent,
    ReactionKind,
    Report,
    State,
    Story,
)
from stories.wall import read_wall_page, shared_page_at
from stories.wall_filter import WallFilter
from tests.conftest import Cast
from tests.factories import make_draft, make_edit, make_story, make_user

EXPORT = "/harbour-team/settings/export/"


def packed_team(team: Team, *, with_drafts: bool = False) -> BytesIO:
    file = BytesIO()
    pack_team(team, file, with_drafts=with_drafts)
    file.seek(0)
    return file


def data_in(file: BytesIO) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(ZipFile(file).read("team.json"))
    return data


def with_changed_data(file: BytesIO, change: Callable[[dict[str, Any]], None]) -> BytesIO:
    """Return the same archive with its data changed."""
    data = data_in(file)
    change(data)
    return zipped({"team.json": json.dumps(data)})


def zipped(members: dict[str, str | bytes]) -> BytesIO:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def import_file(file: BytesIO, slug: str = "") -> ImportResult:
    return import_archive(open_archive(file), slug=slug)


def empty_the_installation() -> None:
    """Delete everything, and restart the numbering of rows."""
    User.objects.all().delete()
    Team.objects.all().delete()
    with connection.cursor() as cursor:
        for table in ("accounts_user", "accounts_team", "stories_story"):
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER SEQUENCE {table}_id_seq RESTART")
            else:
                cursor.execute("UPDATE sqlite_sequence SET seq = 0 WHERE name = %s", [table])
    shared_page_at.cache_clear()


def cards_of(team: Team) -> list[str]:
    """Return the wall as its owner sees it."""
    owner = Membership.objects.owners().filter(team=team).select_related("user", "team").get()
    return [str(card) for card in read_wall_page(owner, WallFilter(), "", OutboxEvent.objects.newest_id()).cards]


def make_lively_team(cast: Cast) -> Team:
    """Make a team with rows in every section of its archive."""
    team = cast.team
    team.change(
        by=cast.owner, slug="harbour-now", tagline="Ropes & tea", accent="moss", visibility="public", indexed=True
    )
    team.change(by=cast.owner, set_aside_after=3)
    Reason.objects.replace([("Too long", "Shorter, please."), ("Another", "")], by=cast.owner)
    TeamDomain.objects.create(team=team, domain="harbour.example", automatic=True)
    cast.owner.user.set_picture(webp())
    DepartureChoice.choose(cast.member.user, team, "unnamed")
    for state in State:
        make_story(author=cast.member, moderator=cast.moderator, state=state, body=f"One that is {state}.")
    kept = make_story(author=cast.newcomer, moderator=cast.moderator, body="Left behind, under a name.")
    left = make_story(author=cast.second_moderator, moderator=cast.moderator, body="A signed one.")
    unnamed = make_story(author=cast.second_moderator, moderator=cast.moderator, body="An unnamed one.")
    Story.objects.filter(pk=left.pk).update(author=None, signature="Sam Second")
    Story.objects.filter(pk=unnamed.pk).update(author=None)
    for story in (kept, left, unnamed):
        story.refresh_from_db()
        story.toggle_uplift(by=cast.member)
        story.toggle_reaction(ReactionKind.TRY, by=cast.owner)
    kept.toggle_uplift(by=cast.second_moderator)
    moderate(cast, kept)
    cast.newcomer.leave()
    cast.second_moderator.change_role("member", by=cast.owner)
    JoinLink.make(by=cast.owner, role="member", expires_at=None, most_uses=None)
    Invitation.objects.create(team=team, email="guest@example.org", expires_at=timezone.now())
    return team


def moderate(cast: Cast, kept: Story) -> None:
    """Add all that moderators leave behind: letters, an undone decision, an assignment, a note, trust and so on."""
    Report.make(kept, by=cast.owner, reason="private", words="She may not want it told.")
    kept.dismiss_reports(by=cast.moderator, revision=kept.revision)
    Report.make(kept, by=cast.newcomer if kept.author_id != cast.newcomer.user_id else cast.member, reason="other")
    hung = make_story(author=cast.member, moderator=cast.moderator, body="On the wall, and changing.")
    make_edit(hung, author=cast.member, body="On the wall, changed.")
    hung.remove(by=cast.moderator, revision=hung.revision, message="Taken down by mistake.")
    hung.undo(hung.audit_log.latest("pk"), by=cast.moderator)
    back = make_draft(author=cast.member, body="Back again.")
    back.submit(by=cast.member)
    letter: dict[str, Any] = {
        "saw": "You saw her.",
        "reason": "Too long",
        "message": "Shorter.",
        "next_step": "Send it.",
        "talk_to": "Mo",
    }
    with clock.at(timezone.now() - timedelta(minutes=1)):
        back.return_for_change(by=cast.moderator, revision=back.revision, **letter)
    back.stand_by(by=cast.member, message="It is short.")
    Claim.take(back, by=cast.owner)
    Assignment.assign(back, by=cast.moderator, to=cast.owner, note="Yours?")
    ModeratorNote.write(back, by=cast.owner, text="I asked her about it.")
    Reason.save_own(ReasonLetter("Mine", "What a kind moment."), by=cast.moderator)
    cast.member.set_trust("always", by=cast.moderator, told=True)
    cast.moderator.go_away_until(date(2031, 2, 3))
    cast.team.change(by=cast.owner, wall_digest=True, watch_words="whisper*", letter_hints=True)


def webp() -> bytes:
    file = BytesIO()
    Image.new("RGB", (192, 192), "teal").save(file, "WEBP")
    return file.getvalue()


def make_operator() -> User:
    person = make_user(name="Opal Operator")
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    return User.objects.get(pk=person.pk)


def upload(client: Client, file: BytesIO, slug: str = "") -> Any:
    file.name = "team.zip"
    file.seek(0)
    return client.post("/teams/import/", {"file": file, "slug": slug})
