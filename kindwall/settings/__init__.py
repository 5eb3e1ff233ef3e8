"""Settings, read from the environment. docs/self-hosting.md explains every variable.

Safe by default: without KINDWALL_LOCAL (which `make run` sets) this is production, and
production refuses to start without a secret key and host names.
"""

from kindwall.settings.applications import *  # noqa: F403
from kindwall.settings.data import *  # noqa: F403
from kindwall.settings.files import *  # noqa: F403
from kindwall.settings.installation import *  # noqa: F403
from kindwall.settings.language import *  # noqa: F403
from kindwall.settings.mail import *  # noqa: F403
from kindwall.settings.people import *  # noqa: F403
from kindwall.settings.security import *  # noqa: F403
from kindwall.settings.server import *  # noqa: F403
