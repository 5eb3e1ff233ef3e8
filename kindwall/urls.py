"""The site map. A team's addresses come last: its slug would answer to any first word."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from kindwall import health

# The operator signs in where everybody does, with the same limits on guessing.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz/", health.healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("", include("accounts.urls")),
    path("<slug:team>/", include("stories.urls")),
]

handler400 = "kindwall.errors.bad_request"
handler403 = "kindwall.errors.permission_denied"
handler404 = "kindwall.errors.page_not_found"
handler500 = "kindwall.errors.server_error"
