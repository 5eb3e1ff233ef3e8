"""Delete the accounts whose day of grace is over."""

import logging
from typing import Any

from django.core.management.base import BaseCommand

from archives.models import AccountDeletion, Export
from archives.tasks import delete_if_due

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Deletes accounts that are due, and exports that have expired. Both happen by themselves;"
        " this makes up for a time without background work."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        Export.objects.delete_expired()
        gone = sum(self.delete(pk) for pk in list(AccountDeletion.objects.due().values_list("pk", flat=True)))
        if options["verbosity"]:
            self.stdout.write(f"Deleted {gone} account(s).")

    def delete(self, pk: int) -> bool:
        """Delete one account and return whether that worked; a failure does not stop the other accounts."""
        try:
            return delete_if_due(pk)
        except Exception:
            logger.exception("An account that is due could not be deleted; it is tried again.")
            return False
