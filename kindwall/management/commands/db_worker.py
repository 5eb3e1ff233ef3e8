"""Run background tasks in a process of its own, for installations with WORKER=off."""

from argparse import ArgumentParser

from django_tasks_db.management.commands import db_worker


class Command(db_worker.Command):
    def add_arguments(self, parser: ArgumentParser) -> None:
        """Run all queues by default: the library would run only the default queue, and no mail."""
        super().add_arguments(parser)
        parser.set_defaults(queue_name="*")
