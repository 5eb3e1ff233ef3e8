"""What a press on one of the buttons sets going: rows, and the tasks that go with them, in one transaction."""

from collections.abc import Callable, Iterator, Mapping
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO

from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Membership, Team, TeamEntry, User
from archives import personal_export as mine
from archives import team_export as team
from archives.models import AccountDeletion, Export
from archives.tasks import delete_account, mail_deletion_asked, pack_export
from archives.zip_file import download

PIECE = 1 << 16  # bytes


def export_mine(person: User) -> StreamingHttpResponse | None:
    """The file at once where it is small; None where it is packed in the background now."""
    name = file_name(person.name or "me")
    if not mine.is_small(person):
        pack_later(person, None, name)
        return None
    return packed_now(lambda file: mine.pack_mine(person, file), name)


def export_team(by: Membership) -> StreamingHttpResponse | None:
    """The same for a team, with a row in its log."""
    name = file_name(by.team.slug)
    TeamEntry.write(by.team, by.user, TeamEntry.Action.EXPORT)
    if not team.is_small(by.team):
        pack_later(by.user, by.team, name)
        return None
    return packed_now(lambda file: team.pack_team(by.team, file), name)


def ask_to_delete(person: User, choices: Mapping[int, str]) -> AccountDeletion:
    """Raises Refused."""
    with transaction.atomic():
        asked, new = AccountDeletion.ask(person, choices)
        if new:
            delete_account.using(run_after=asked.due_at).enqueue(person.pk)
            mail_deletion_asked.enqueue(person.pk)
    return asked


def pack_later(person: User, of: Team | None, name: str) -> None:
    with transaction.atomic():
        export, new = Export.ask(person, of, name)
        if new:
            pack_export.enqueue(export.pk)


def packed_now(write: Callable[[IO[bytes]], None], name: str) -> StreamingHttpResponse:
    file = TemporaryFile()  # noqa: SIM115 - closed once it has been sent
    try:
        write(file)
        size = file.seek(0, SEEK_END)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return download(pieces(file), name, size)


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def file_name(of: str) -> str:
    return f"kindwall-{slugify(of)[:60] or 'export'}-{timezone.now():%Y-%m-%d}.zip"
