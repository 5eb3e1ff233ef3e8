"""Background work in a process of its own, for installations with WORKER=off."""

from argparse import ArgumentParser

from django_tasks_db.management.commands import db_worker


class Command(db_worker.Command):
    def add_arguments(self, parser: ArgumentParser) -> None:
        """The library would take the default queue alone, and leave mail lying."""
        super().add_arguments(parser)
        parser.set_defaults(queue_name="*")
