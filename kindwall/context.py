"""A context processor with the settings of the installation that pages show."""

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, object]:
    return {
        "demo": settings.DEMO,
        "sso": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "sso_only": settings.SSO_ONLY,
        "sends_mail": bool(settings.MAIL_URL),
        "mail_dir": settings.MAIL_DIR,  # where mail is written otherwise; for the operator alone
    }
