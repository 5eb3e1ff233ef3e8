"""HTTPS, cookies, and what browsers may load."""

from typing import Any

from django.utils.csp import CSP

from kindwall import env
from kindwall.settings.installation import HTTPS

SECURE_SSL_REDIRECT = HTTPS
# The health check comes from inside, without the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
HSTS_SECONDS = env.integer("HSTS_SECONDS", 31_536_000)
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_ENGINE = "kindwall.sessions"
SESSION_COOKIE_NAME = "kindwall_session"
CSRF_COOKIE_NAME = "kindwall_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Lax"
# HTTPS=off and HSTS_SECONDS=0 are set on purpose; `serve` repeats the first at each start (kindwall/deployment.py).
SILENCED_SYSTEM_CHECKS = [
    *([] if HTTPS else ["security.W008", "security.W010", "security.W012", "security.W016"]),
    *([] if SECURE_HSTS_SECONDS else ["security.W004"]),
]
CSRF_FAILURE_VIEW = "kindwall.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
