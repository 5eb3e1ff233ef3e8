"""The wall that is served while its code changes."""

import os
import subprocess
import sys

import pytest

from scripts import dev

pytestmark = pytest.mark.once


def test_reloader_is_imported_before_the_settings() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run([sys.executable, "-c", "import scripts.dev"], env=environment, check=True)


def test_connections_are_those_that_the_server_checks() -> None:
    config = dev.config()
    config.load()
    assert hasattr(config.http_protocol_class, "check")
