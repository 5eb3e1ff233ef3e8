"""Checks before serving to others: the findings of `check --deploy` as sentences for the operator."""

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

# The remedies for Django's own findings.
REMEDIES = {
    "security.W004": "HSTS_SECONDS is missing; leave it out, or set it to 0 to do without on purpose.",
    "security.W008": "HTTPS must be on, or off on purpose, in a network you trust.",
    "security.W009": (
        "SECRET_KEY is too easy to guess; set it to at least 50 random characters, such as the output of: "
        "openssl rand -base64 45"
    ),
    "security.W018": (
        "DEBUG is on, which shows the inside of the server to everybody; set DEBUG=off, or on a machine of your own "
        "KINDWALL_LOCAL=on."
    ),
}
# Findings that do not stop a start: an installation without mail works, and `notices` mentions it.
ALLOWED = {"mail.E001"}


def refuse_unsafe() -> None:
    """Raise ImproperlyConfigured, in one sentence, for the first thing that must not be served like this."""
    found = checks.run_checks(include_deployment_checks=True)
    for finding in sorted(found, key=lambda one: -one.level):
        if finding.level >= checks.WARNING and not finding.is_silenced() and finding.id not in ALLOWED:
            raise ImproperlyConfigured(REMEDIES.get(finding.id or "", f"{finding.msg} ({finding.id})"))


def deployment_notices() -> list[str]:
    """Return sentences about settings that may be intended, for operators who did not intend them."""
    found = []
    if not settings.HTTPS and not settings.LOCAL:
        found.append("HTTPS is off: passwords and sessions can be read on their way. Only in a network you trust.")
    if not settings.MAIL_URL:
        found.append(f"MAIL_URL is not set: no mail is sent, and every letter lies in {settings.MAIL_DIR}.")
    return found
