"""All addresses. A team's come last, because its slug matches any first word."""

from allauth.mfa.totp.views import activate_totp
from allauth.mfa.webauthn.views import add_webauthn
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from accounts.two_factor import adds_a_factor
from accounts.views import sessions
from kindwall import health, robots, unsubscribe
from stories.views import sitemap

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz/", health.healthz, name="healthz"),
    path("robots.txt", robots.robots, name="robots"),
    path("sitemap.xml", sitemap.sitemap, name="sitemap"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.account_urls")),
    path("accounts/2fa/totp/activate/", adds_a_factor(activate_totp), name="mfa_activate_totp"),
    path("accounts/2fa/webauthn/add/", adds_a_factor(add_webauthn), name="mfa_add_webauthn"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("accounts/sessions/<int:pk>/end/", sessions.end_session, name="end_session"),
    path("accounts/sso/", include("accounts.sso_urls")),
    path("me/notices/stop/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("", include("accounts.urls")),
    path("", include("archives.urls")),
    path("", include("notices.urls")),
    path("<slug:team>/", include("accounts.team_urls")),
    path("<slug:team>/", include("stories.urls")),
    path("<slug:team>/", include("moderation.urls")),
    path("<slug:team>/", include("syndication.urls")),
    path("", include("syndication.feed_urls")),
]

handler400 = "kindwall.errors.bad_request"
handler403 = "kindwall.errors.permission_denied"
handler404 = "kindwall.errors.page_not_found"
handler429 = "kindwall.errors.too_many_requests"
handler500 = "kindwall.errors.server_error"
