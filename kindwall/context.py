"""What every page may need to know about the installation."""

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, object]:
    return {
        "demo": settings.DEMO,
        "sso": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "sso_only": settings.SSO_ONLY,
        # Where a confirmation went while no mail server is set up; never told in production.
        "mail_dir": settings.MAIL_DIR if settings.LOCAL and not settings.MAIL_URL else None,
    }
