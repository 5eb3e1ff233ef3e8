"""An OpenID Connect provider for the journeys: allauth's own, in a process and with a database of its own."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.journeys.installation import PATIENCE, free_port
from tests.prepared import ROOT

CLIENT = {"id": "kindwall", "secret": "between-the-two-of-them"}
PERSON = {"name": "Petra Provided", "email": "petra@harbour.example", "password": "petras-long-password"}


class Provider:
    """Knows one person, and one application, which is called back at `redirect_uri`."""

    def __init__(self, folder: Path, redirect_uri: str) -> None:
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log = folder / "provider.log"
        # Nothing of Kindwall's own environment: it is somebody else's server.
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "DJANGO_SETTINGS_MODULE": "tests.journeys.provider.settings",
            "PROVIDER_FOLDER": str(folder),
            "PROVIDER_PORT": str(self.port),
            "PROVIDER_REDIRECT_URI": redirect_uri,
        }

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "tests.journeys.provider"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert self.process.poll() is None, f"the provider did not start:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, "the provider does not answer"
            time.sleep(0.05)  # asked again until it answers: there is nothing to be told by

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/.well-known/openid-configuration", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
