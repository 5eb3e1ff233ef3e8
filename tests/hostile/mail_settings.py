"""The journeys' settings, with a mail server that gets little time: the tests watch who waits for it."""

from datetime import timedelta

from tests.journeys.settings import *  # noqa: F403
from tests.journeys.settings import MAILERS

MAILERS["default"]["OPTIONS"]["timeout"] = 3
MAIL_RETRY_PAUSES = [timedelta(seconds=1)] * 20
