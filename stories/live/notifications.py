"""Notifications of other processes on the same PostgreSQL."""

import asyncio
import logging
from collections.abc import AsyncIterator

from django.db import connection

from stories.models import outbox

logger = logging.getLogger(__name__)

RECONNECT_SECONDS = 1.0  # seconds until it connects again


async def payloads() -> AsyncIterator[str]:
    """Wait for notifications for ever, and return the payload of each."""
    import psycopg  # not installed where only SQLite is used

    parameters = connection.get_connection_params()
    for name in ("context", "cursor_factory", "prepare_threshold"):  # meant for Django's own connection
        parameters.pop(name, None)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as listening:
                await listening.execute(f"LISTEN {outbox.CHANNEL}")
                async for notification in listening.notifies():
                    yield notification.payload
        except psycopg.Error as error:
            logger.warning("Not woken by the database for now, polling instead: %s", error)
        await asyncio.sleep(RECONNECT_SECONDS)
