"""Compare the search with the stories, and write it anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

from stories.search import index


class Command(BaseCommand):
    help = "Reports stories that the search knows wrongly; --fix writes its index and its counts anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="write the index and the counts anew")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for problem in index.problems(connection):
            found += 1
            self.stdout.write(problem)
        if not found:
            self.stdout.write("The search knows every story.")
        elif options["fix"]:
            index.fold_again()
            with transaction.atomic():
                index.rebuild(connection)
            self.stdout.write("The search was written anew.")
        else:
            self.stdout.write("--fix writes the search anew.")
