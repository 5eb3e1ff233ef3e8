"""Delete deliveries that are older than a month. The server does so every hour."""

from typing import Any

from django.core.management.base import BaseCommand

from syndication.models import Delivery


class Command(BaseCommand):
    help = "Deletes deliveries to channels that are older than a month."

    def handle(self, *args: Any, **options: Any) -> None:
        number = Delivery.objects.prune()
        if options["verbosity"]:
            self.stdout.write(f"{number} deliveries deleted.")
