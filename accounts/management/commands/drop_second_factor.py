"""Remove the second factors of a person who has lost them."""

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError

from accounts.addresses import normal_address
from accounts.models import User


class Command(BaseCommand):
    help = "Takes every second factor off an account, after you have made sure who is asking."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="what they sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=normal_address(options["email"])).first()
        if user is None:
            raise CommandError(f"Nobody here has the address {options['email']}.")
        number, _ = Authenticator.objects.filter(user=user).delete()
        self.stdout.write(
            f"{user} signs in with their password alone now." if number else f"{user} has no second factor."
        )
