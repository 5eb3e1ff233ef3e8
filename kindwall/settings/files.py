"""Static files, and the size of requests."""

from kindwall.settings.installation import BASE_DIR, BUILD_DIR, DEBUG

STATIC_URL = "static/"
STATIC_ROOT = BUILD_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "kindwall.storage.BundledStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# A story is at most 1,000 characters; this leaves room for any script and any form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
