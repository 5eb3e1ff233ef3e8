"""The product's own settings, but for what is slow on purpose: hashing a password, and the stream's heartbeat."""

from kindwall.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LIVE_HEARTBEAT = 2.0
MIDDLEWARE = ["tests.journeys.open_streams.open_streams", *MIDDLEWARE]  # noqa: F405
# Open streams end by themselves when the server stops. If they did not, a journey would run out of its patience here,
# however busy the machine is.
STOP_SECONDS = 300.0
