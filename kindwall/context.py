"""A context processor with the settings of the installation that pages show."""

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, object]:
    return {
        "demo": settings.DEMO,
        "sso": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "sso_only": settings.SSO_ONLY,
        # The folder of mails while no mail server is set up; never shown in production.
        "mail_dir": settings.MAIL_DIR if settings.LOCAL and not settings.MAIL_URL else None,
    }
