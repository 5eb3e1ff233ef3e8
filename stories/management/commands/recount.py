"""Compare counts, warmth and the review of stories with the rows that they follow from, and correct them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from stories.counters import drifted, recount, wrongly_reviewed, wrongly_warm
from stories.models import Story


class Command(BaseCommand):
    help = (
        "Reports stories whose counts or warmth differ from their uplifts and reactions, or whose review differs "
        "from the log; --fix sets them right."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="set them to what the rows say")

    def handle(self, *args: Any, **options: Any) -> None:
        off = 0
        for story, columns in drifted(Story.objects.all()):
            off += 1
            for column, (count, rows) in columns.items():
                self.stdout.write(f"Story {story.pk}: {column} is {count}, rows are {rows}.")
        for story, right in wrongly_warm(Story.objects.order_by("pk")):
            off += 1
            self.stdout.write(f"Story {story.pk}: warmth is {story.warmth:.6f}, its uplifts make {right:.6f}.")
        for pk, noted, logged in wrongly_reviewed(Story.objects.order_by("pk")):
            off += 1
            self.stdout.write(f"Story {pk}: unreviewed_since is {noted}, the log has {logged}.")
        if not off:
            self.stdout.write("All counts are right.")
        elif options["fix"]:
            self.stdout.write(f"Mended {recount(Story.objects.all())} stories.")
        else:
            self.stdout.write(f"{off} stories are off; --fix mends them.")
