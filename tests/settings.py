"""The product's own settings, made quick: a cheap password hash, mail in memory, nothing left on disk."""

import os
import tempfile

os.environ["KINDWALL_LOCAL"] = "on"
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="kindwall-tests-"))
os.environ.setdefault("SECRET_KEY", "only-for-tests")

from kindwall.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
