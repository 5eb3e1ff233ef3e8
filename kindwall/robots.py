"""The robots.txt. Crawlers may fetch all other pages, whose X-Robots-Tag tells them whether to index."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

CLOSED = ("accounts", "admin", "invitations", "join", "me", "setup", "teams")
RULES = ["User-agent: *", *(f"Disallow: /{first}/" for first in CLOSED), "Disallow: /*/live/"]


@require_safe
@login_not_required
def robots(request: HttpRequest) -> HttpResponse:
    lines = "\n".join([*RULES, "", f"Sitemap: {settings.ORIGIN}/sitemap.xml", ""])
    return HttpResponse(lines, content_type="text/plain", headers={"Cache-Control": "public, max-age=86400"})
