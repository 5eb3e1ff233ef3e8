"""The application that a server runs: pages from Django, live streams from the hub, background work beside them."""

import asyncio
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindwall.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from kindwall.bridge import Bridge
from kindwall.request_text import ReadableRequest

django = get_wsgi_application()
django.request_class = ReadableRequest

from kindwall.worker import workers  # noqa: E402 - models can be imported only now
from stories.live.hub import hub  # noqa: E402


async def start_background() -> None:
    await hub.start()
    if settings.WORKER:
        workers.start()


async def stop_background() -> None:
    await hub.stop()
    await asyncio.to_thread(workers.stop)


application = Bridge(django, start=start_background, stop=stop_background, threads=settings.THREADS)
