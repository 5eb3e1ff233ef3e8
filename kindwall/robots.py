"""The robots.txt. Crawlers may fetch all other pages, whose X-Robots-Tag tells them whether to index."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

CLOSED = ("accounts", "admin", "invitations", "join", "me", "setup", "teams")
ROBOTS = "\n".join(["User-agent: *", *(f"Disallow: /{first}/" for first in CLOSED), "Disallow: /*/live/", ""])


@require_safe
@login_not_required
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, content_type="text/plain", headers={"Cache-Control": "public, max-age=86400"})
