"""The product's own settings, but for what would only be waited for."""

from tests.journeys.settings import *  # noqa: F403

REQUEST_HEAD_SECONDS = 3.0
REQUEST_BODY_SECONDS = 4.0
