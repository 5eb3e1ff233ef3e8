"""The sitemap for search engines."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.views.decorators.http import require_safe

from kindwall.shared_pages import SharedPage
from stories.sitemap import listed_walls, write_sitemap


@require_safe
@login_not_required
def sitemap(request: HttpRequest) -> SharedPage:
    walls = listed_walls()
    signed_in = request.user.is_authenticated
    page = SharedPage(write_sitemap(), holds=lambda: listed_walls() == walls, indexed=False, signed_in=signed_in)
    page["Content-Type"] = "application/xml; charset=utf-8"
    return page
