"""The product's settings, but for one: all viewers of the bench are the same person."""

from kindwall.settings import *  # noqa: F403

STREAMS_OF_PERSON = 10_000
