"""The server, its background work, and its log."""

from typing import Any

from kindwall import env

# Background work. A task is a row written in the transaction that enqueued it: what is rolled back was never enqueued,
# and no worker sees it before the commit. (The tests' immediate backend runs it inside the transaction.)

WORKER = env.boolean("WORKER", default=True)
MAIL_QUEUE = "mail"  # of its own, so that other work does not wait for a mail server
DELIVERY_QUEUE = "deliveries"  # the same for receivers of events
TASKS: dict[str, Any] = {
    "default": {"BACKEND": "kindwall.worker.Backend", "QUEUES": ["default", MAIL_QUEUE, DELIVERY_QUEUE]}
}

# Channels to other services. A receiver inside the operator's own network is an address that owners could not reach
# themselves, so it is refused unless the operator allows it.

CHANNEL_PRIVATE_ADDRESSES = env.boolean("CHANNEL_PRIVATE_ADDRESSES", default=False)

# Not for operators: only the tests have other times, in seconds, and the bench other numbers.

# Between two messages on a quiet live stream. A page that misses two of them shows within ten seconds that its line is
# dead; at each fifth it is checked who may still watch.
LIVE_HEARTBEAT = 4.0
# For the headers of a request, and after which its body has to have come at a thousand bytes a second.
REQUEST_HEAD_SECONDS = 15.0
REQUEST_BODY_SECONDS = 20.0
# For requests in flight after the signal to stop; open streams end at once.
STOP_SECONDS = 3.0
# Live streams of one person: a browser opens one for its visible walls of a team, and one for its visible desks.
STREAMS_OF_PERSON = 50

LOG_LEVEL = env.choice("LOG_LEVEL", "WARNING", among=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    # A stranger's Host header is answered with 400; a scanner must not fill the log with it.
    # A page that is not somebody's to open is an answer, not a fault.
    "loggers": {
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        # Nor with a traceback for each request that is too large, which is answered with 413.
        "django.security.RequestDataTooBig": {"handlers": [], "propagate": False},
        "django.request": {"level": "ERROR"},
        # Django's own loggers say more than was asked for: two lines for every task.
        "django.tasks": {"level": LOG_LEVEL},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
