"""The product's settings with other addresses and, unless BENCH_MIDDLEWARE is product, no middleware."""

import os

from kindwall.settings import *  # noqa: F403
from kindwall.settings import INSTALLED_APPS, MIDDLEWARE

ROOT_URLCONF = "bench.bare"
if os.environ["BENCH_MIDDLEWARE"] != "product":
    MIDDLEWARE = []
    # It does not start without its middleware.
    INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "allauth.account"]
