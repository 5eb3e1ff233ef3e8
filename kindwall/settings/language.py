"""Language and time."""

from kindwall import env
from kindwall.settings.installation import BASE_DIR

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "kindwall.formats"
USE_TZ = True
TIME_ZONE = env.read_time_zone("TIME_ZONE", "UTC")
