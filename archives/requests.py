"""Requests for exports and deletions: rows and their tasks, written in one transaction."""

from collections.abc import Callable, Iterator, Mapping
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO

from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Membership, Team, TeamEntry, User
from archives import personal_export, team_export
from archives.models import AccountDeletion, Export
from archives.tasks import delete_account, mail_deletion_asked, pack_export
from archives.zip_file import download

SENT_PIECE = 1 << 16  # bytes


def export_personal_data(person: User) -> StreamingHttpResponse | None:
    """Return the file of a small export; None when a large one is being packed in the background."""
    name = file_name(person.name or "me")
    if not personal_export.is_small_person(person):
        pack_later(person, None, name)
        return None
    return pack_now(lambda file: personal_export.pack_personal_data(person, file), name)


def team_export_response(by: Membership) -> StreamingHttpResponse | None:
    """Do the same for a team, and write a row into its log."""
    name = file_name(by.team.slug)
    TeamEntry.write(by.team, by.user, TeamEntry.Action.EXPORT)
    if not team_export.is_small_team(by.team):
        pack_later(by.user, by.team, name)
        return None
    return pack_now(lambda file: team_export.pack_team(by.team, file), name)


def request_deletion(person: User, choices: Mapping[int, str]) -> AccountDeletion:
    """Request the deletion of an account, and enqueue its mail and its task. Raises Refused."""
    with transaction.atomic():
        deletion, new = AccountDeletion.request(person, choices)
        if new:
            delete_account.using(run_after=deletion.due_at).enqueue(person.pk)
            mail_deletion_asked.enqueue(person.pk)
    return deletion


def pack_later(person: User, team: Team | None, name: str) -> None:
    with transaction.atomic():
        export, new = Export.request(person, team, name)
        if new:
            pack_export.enqueue(export.pk)


def pack_now(write: Callable[[IO[bytes]], None], name: str) -> StreamingHttpResponse:
    file = TemporaryFile()  # noqa: SIM115 - `pieces` closes it once it is sent
    try:
        write(file)
        size = file.seek(0, SEEK_END)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return download(file_pieces(file), name, size)


def file_pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(SENT_PIECE):
            yield piece


def file_name(subject: str) -> str:
    return f"kindwall-{slugify(subject)[:60] or 'export'}-{timezone.now():%Y-%m-%d}.zip"
