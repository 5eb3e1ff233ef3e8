"""Print a new link for setting the installation up."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import SetupLink


class Command(BaseCommand):
    help = "Prints a new link for setting this installation up; the one before it stops working."

    def handle(self, *args: Any, **options: Any) -> None:
        if not SetupLink.is_needed():
            raise CommandError("Somebody runs this installation already; they sign in.")
        self.stdout.write(SetupLink.renew())
