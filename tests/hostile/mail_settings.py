"""The journeys' settings, with a mail server that gets little time: what is watched is who waits for it meanwhile."""

from datetime import timedelta

from tests.journeys.settings import *  # noqa: F403
from tests.journeys.settings import MAILERS

MAILERS["default"]["OPTIONS"]["timeout"] = 3
RETRY_PAUSES = [timedelta(seconds=1)] * 20
