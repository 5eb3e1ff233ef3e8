"""What crawlers are asked to leave alone. Everything else they may fetch, to read on it that it is not to be listed."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

CLOSED = ("accounts", "admin", "invitations", "join", "me", "setup", "teams")
ROBOTS = "\n".join(["User-agent: *", *(f"Disallow: /{first}/" for first in CLOSED), "Disallow: /*/live/", ""])


@require_safe
@login_not_required
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, content_type="text/plain", headers={"Cache-Control": "public, max-age=86400"})
