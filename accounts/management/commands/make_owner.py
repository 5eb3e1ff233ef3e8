"""Make a person an owner of a team whose owners are out of reach."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.addresses import normal_address
from accounts.models import Membership, Team


class Command(BaseCommand):
    help = "Makes somebody who is in a team its owner: for a team whose owners are out of reach."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("team", help="the team's address, such as harbour")
        parser.add_argument("email", help="of somebody who is in it")

    def handle(self, *args: Any, **options: Any) -> None:
        team = Team.objects.at(options["team"])
        if team is None:
            raise CommandError(f"No team has the address {options['team']}.")
        membership = Membership.objects.in_team(team).filter(user__email=normal_address(options["email"])).first()
        if membership is None:
            raise CommandError(f"Nobody in {team} has the address {options['email']}.")
        membership.make_owner_by_command()
        self.stdout.write(f"{membership.user} owns {team} now.")
