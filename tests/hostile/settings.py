"""The product's settings with shorter timeouts, for servers under test."""

from tests.journeys.settings import *  # noqa: F403

REQUEST_HEAD_SECONDS = 3.0
REQUEST_BODY_SECONDS = 4.0
