"""allauth's own account pages; without those for passwords, where single sign-on is the only way in.

allauth's SOCIALACCOUNT_ONLY would also take second factors and e-mail addresses away.
"""

from allauth.account import urls, views
from django.conf import settings
from django.urls import path
from django.views.decorators.http import require_safe

from accounts.reauthentication import confirmed_by_provider
from accounts.views.addresses import addresses
from accounts.views.entrance import LoginView, SignupView

FOR_PASSWORDS = {
    "account_signup",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_login_code",
}

OURS = [
    path("signup/", SignupView.as_view(), name="account_signup"),
    path("login/", LoginView.as_view(), name="account_login"),
    path("email/", confirmed_by_provider(addresses), name="account_email"),
    path("password/set/", confirmed_by_provider(views.password_set), name="account_set_password"),
]

urlpatterns = [*OURS, *urls.urlpatterns]
if settings.SSO_ONLY:
    urlpatterns = [
        path("login/", require_safe(LoginView.as_view()), name="account_login"),
        *(page for page in urlpatterns if page.name not in FOR_PASSWORDS | {"account_login"}),
    ]
