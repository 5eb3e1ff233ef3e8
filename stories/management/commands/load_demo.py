"""Load the demo team, Harbour Studio."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Team, User
from stories.demo.load import SIGN_INS, load, password


class Command(BaseCommand):
    help = "Loads the team “Harbour Studio” with twelve people and their stories. Running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--owner", metavar="EMAIL", help="let this person look around in it, and nobody else sign in"
        )
        parser.add_argument("--if-empty", action="store_true", help="only where no team exists yet")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = demo_person(options["owner"]) if options["owner"] else None
        if not settings.DEMO and owner is None:
            raise CommandError("The demo is switched off here. KINDWALL_DEMO=on allows it.")
        if options["if_empty"] and Team.objects.exists():
            return
        team = load(timezone.now(), owner)
        if team is None:
            self.stdout.write("The demo team is here already.")
            return
        self.stdout.write(f"Loaded “{team}”: {team.memberships.count()} people, {team.stories.count()} stories.")
        if owner is None:
            self.stdout.write(f"Sign in with the password {password()} as " + ", ".join(SIGN_INS) + ".")


def demo_person(email: str) -> User:
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise CommandError(f"Nobody here has the address {email}.") from None
