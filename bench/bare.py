"""The yardstick: the same server program and settings around a view that returns stored bytes.

`python -m bench.bare` serves what BENCH_PAGE (a file) holds, compressed as BENCH_ENCODING says,
with kindwall.server and kindwall.bridge. BENCH_MIDDLEWARE=none takes Django's middleware away,
=product keeps the product's.
"""

import os
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.bare_settings"

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from kindwall.bridge import Bridge
from kindwall.server import listen, serve

django = get_wsgi_application()
PAGE = Path(os.environ["BENCH_PAGE"]).read_bytes()
HEADERS = {"Content-Length": str(len(PAGE)), "Content-Type": "text/html; charset=utf-8"}
if encoding := os.environ["BENCH_ENCODING"]:
    HEADERS["Content-Encoding"] = encoding


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE, headers=HEADERS)


@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def signed_in(request: HttpRequest) -> HttpResponse:
    return bare(request)


urlpatterns = [path("", bare), path("ready/", ready), path("signed-in/", signed_in)]


async def nothing() -> None:
    pass


application = Bridge(django, start=nothing, stop=nothing, threads=settings.THREADS)

if __name__ == "__main__":
    serve(
        "bench.bare:application",
        listen(settings.HOST, settings.PORT),
        started=lambda: None,
        end_streams=lambda: None,
        trusted_proxies="127.0.0.1",
        access_log=False,
    )
