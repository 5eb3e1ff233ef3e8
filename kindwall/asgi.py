"""The application that a server runs: pages from Django, live streams from the hub."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindwall.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from kindwall.bridge import Bridge

django = get_wsgi_application()

from stories.live import hub  # noqa: E402 - models can be imported only now

application = Bridge(django, start=hub.start, stop=hub.stop, threads=settings.THREADS)
