"""Run background tasks in a process of its own, for installations with WORKER=off."""

import threading
from argparse import ArgumentParser
from typing import Any

from django_tasks_db.management.commands import db_worker

from kindwall import periodic


class Command(db_worker.Command):
    def add_arguments(self, parser: ArgumentParser) -> None:
        """Run all queues by default: the library would run only the default queue, and no mail."""
        super().add_arguments(parser)
        parser.set_defaults(queue_name="*")

    def handle(self, *args: Any, **options: Any) -> None:
        """Enqueue periodic jobs meanwhile, in a thread that ends with the process."""
        if not options["batch"]:
            threading.Thread(target=periodic.follow, args=(threading.Event(),), daemon=True).start()
        super().handle(*args, **options)
