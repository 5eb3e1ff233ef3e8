"""The product's own settings, made quick: a cheap password hash, mail in memory, nothing left on disk."""

import os
import tempfile

kept_until_exit = tempfile.TemporaryDirectory(prefix="kindwall-tests-", ignore_cleanup_errors=True)
os.environ["KINDWALL_LOCAL"] = "on"
os.environ["DATA_DIR"] = kept_until_exit.name
os.environ.setdefault("SECRET_KEY", "only-for-tests")

from kindwall.settings import *  # noqa: E402, F403
from kindwall.settings import DATA_DIR, DATABASES  # noqa: E402

if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, as in the product: connections to a database in memory share one lock and never wait for it.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "tests.sqlite3"}
    # Tests need no protection against a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
# Runs a task where it is enqueued, or keeps it until the clock is moved (tests/task_backend.py). The worker itself is
# tested with the product's own backend (`tasks_as_rows` in tests/kindwall/test_worker.py).
TASKS = {"default": {"BACKEND": "tests.task_backend.Backend", "QUEUES": []}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
