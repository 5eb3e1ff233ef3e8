"""Import a team from its archive."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from archives.archive_file import COMMAND_BOUNDS
from archives.import_team import ImportResult, SlugTaken, import_archive
from archives.parse import open_archive
from archives.rows import Unreadable


class Command(BaseCommand):
    help = "Takes in a team that another Kindwall has packed: everything in the file, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--slug", default="", help="another address than the one it has")

    def handle(self, *args: Any, file: Path, slug: str, **options: Any) -> None:
        try:
            with file.open("rb") as packed:
                result = import_archive(open_archive(packed, COMMAND_BOUNDS), slug=slug)
        except SlugTaken as taken:
            raise CommandError(f"{taken} Say which with --slug.") from None
        except Unreadable as unreadable:
            raise CommandError(str(unreadable)) from None
        except OSError as error:
            raise CommandError(f"{file} cannot be read ({error.strerror}).") from None
        except DatabaseError as error:
            raise CommandError(f"The database could not keep it ({error}), so nothing of it was kept.") from None
        self.report(result)

    def report(self, result: ImportResult) -> None:
        self.stdout.write(
            f"“{result.team}” is at /{result.team.slug}/: {result.stories} stories; "
            f"{result.people_new} new people, {result.people_found} who were here already."
        )
        if result.renumbered:
            self.stdout.write("Numbers of its stories were taken here, so all of them have new ones.")
        for slug in result.slugs_left_out:
            self.stdout.write(f"Its former address /{slug}/ is another team’s here.")
        for domain in result.domains_left_out:
            self.stdout.write(f"Anybody can have an address at {domain}, so it lets nobody in here.")
        for domain in result.domains_switched_off:
            self.stdout.write(f"People at {domain} do not join by themselves any more until an owner says so.")
        for membership in result.in_charge:
            self.stdout.write(f"{membership.role}: {membership.user.name} <{membership.user.email}>")
        self.stdout.write("New people come in by “Forgot your password?” or single sign-on.")
