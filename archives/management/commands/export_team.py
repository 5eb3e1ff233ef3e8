"""Write a team's archive into a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Team, TeamEntry
from archives.team_export import pack_team


class Command(BaseCommand):
    help = "Packs a whole team into a zip file that another Kindwall can take in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the team's address")
        parser.add_argument("file", type=Path, help="the file to write; it must not exist yet")
        parser.add_argument("--with-drafts", action="store_true", help="also drafts, which are their writers' alone")

    def handle(self, *args: Any, slug: str, file: Path, with_drafts: bool, **options: Any) -> None:
        team = Team.objects.at(slug)
        if team is None:
            raise CommandError(f"There is no team at /{slug}/.")
        try:
            with file.open("xb") as packed:
                self.pack(team, packed, file, with_drafts)
        except FileExistsError:
            raise CommandError(f"{file} exists already.") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written ({error.strerror}).") from None
        TeamEntry.objects.create(team=team, actor=None, action=TeamEntry.Action.EXPORT, detail={"by": "command"})
        self.stdout.write(f"Packed “{team}” into {file}.")

    def pack(self, team: Team, packed: IO[bytes], file: Path, with_drafts: bool) -> None:
        """Write the whole archive, or remove the file when that fails."""
        try:
            # It holds addresses, and stories that are not published.
            file.chmod(0o600)
            pack_team(team, packed, with_drafts=with_drafts)
            packed.flush()
        except BaseException:
            file.unlink(missing_ok=True)
            raise
