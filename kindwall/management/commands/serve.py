"""Serve the wall, on a laptop and in production alike."""

import contextlib
import errno
import os
import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, connection

from accounts.models import SetupLink, Team
from kindwall import deployment, private_files
from kindwall.command_line import describe_database_error
from kindwall.server import listen, serve
from kindwall.worker import workers
from stories.append_only import audit_triggers
from stories.demo.load import SIGN_INS, password
from stories.live.hub import hub
from stories.search.index import search_triggers


class Command(BaseCommand):
    help = "Serves Kindwall on HOST and PORT until it is told to stop."
    requires_system_checks = ()  # `handle` runs all of them, with those of a deployment

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.LOCAL:
            self.check()
        else:
            deployment.refuse_unsafe()
        host, port = settings.HOST, settings.PORT
        try:
            listener = listen(host, port)
        except OSError as error:
            raise CommandError(explain_listen_error(error)) from None
        # A database that is unreachable for a moment does not prevent the start.
        with contextlib.suppress(OperationalError):
            audit_triggers.create_missing(connection)
            search_triggers.create_missing(connection)
        try:
            welcome = self.welcome()
        except DatabaseError as error:
            again = "`manage.py migrate` brings it up to date."
            raise CommandError(f"{describe_database_error(error)} {again}") from None
        for notice in (*private_files.make_private(), *deployment.deployment_notices()):
            self.stderr.write(notice)
        serve(
            "kindwall.asgi:application",
            listener,
            started=lambda: self.print_now(welcome),
            end_streams=hub.close,
            finish=workers.stop,
            trusted_proxies=settings.FORWARDED_ALLOW_IPS,
            access_log=settings.ACCESS_LOG,
        )

    def print_now(self, text: str) -> None:
        """Print without buffering, also into a file or a pipe."""
        self.stdout.write(text, ending="")
        self.stdout.flush()

    def welcome(self) -> str:
        host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
        text = f"\nKindwall is at http://{host}:{settings.PORT}/ (stop it with Ctrl+C)\n"
        if settings.DEMO and password() and Team.objects.filter(slug="harbour").exists():
            text += f"\nSign in with the password {password()} as\n" + "".join(f"  {name}\n" for name in SIGN_INS)
        return text + how_to_set_up()


def how_to_set_up() -> str:
    """Return the setup link at a first start, later how to get another one, and nothing once the wall is set up."""
    if not SetupLink.is_needed():
        return ""
    if link := SetupLink.make_first():
        return f"\nNobody is here yet. This link sets up the wall, once and within {SetupLink.DAYS} days:\n  {link}\n"
    return "\nNobody is here yet. For a link that sets up the wall: manage.py setup_link\n"


def explain_listen_error(error: OSError) -> str:
    host, port = settings.HOST, settings.PORT
    unknown = isinstance(error, socket.gaierror)  # the resolver has error numbers of its own
    reason = error.strerror if unknown else os.strerror(error.errno or 0)
    if unknown or error.errno == errno.EADDRNOTAVAIL:
        return f"HOST {host} is no address of this machine ({reason}). Choose one that is, such as HOST=127.0.0.1"
    another = f"PORT={port + 1} make run" if settings.LOCAL and port < 65_535 else "another with PORT"
    return f"Port {port} on {host} cannot be used ({reason}). Choose another: {another}"
