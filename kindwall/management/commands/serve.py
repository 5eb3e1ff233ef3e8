"""Serve the wall: the same way on a laptop and in production."""

import contextlib
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from accounts.models import Team
from kindwall import env
from kindwall.server import listen, serve
from kindwall.worker import worker
from stories.append_only import create_missing_triggers
from stories.demo.load import SIGN_INS, password
from stories.live import hub


class Command(BaseCommand):
    help = "Serves Kindwall on HOST and PORT until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.HOST, settings.PORT
        try:
            listener = listen(host, port)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise CommandError(
                f"Port {port} on {host} cannot be used ({reason}). Choose another: PORT={port + 1} make run"
            ) from None
        with contextlib.suppress(OperationalError):  # a database that is away for a moment is no reason not to start
            create_missing_triggers(connection)
        welcome = self.welcome()
        serve(
            "kindwall.asgi:application",
            listener,
            started=lambda: self.say(welcome),
            end_streams=hub.close,
            finish=worker.stop,
            trusted_proxies=env.text("FORWARDED_ALLOW_IPS", "127.0.0.1"),
            access_log=env.boolean("ACCESS_LOG", default=False),
        )

    def say(self, text: str) -> None:
        """At once, also into a file or a pipe."""
        self.stdout.write(text, ending="")
        self.stdout.flush()

    def welcome(self) -> str:
        host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
        text = f"\nKindwall is at http://{host}:{settings.PORT}/ (stop it with Ctrl+C)\n"
        if settings.DEMO and password() and Team.objects.filter(slug="harbour").exists():
            text += f"\nSign in with the password {password()} as\n" + "".join(f"  {name}\n" for name in SIGN_INS)
        return text
