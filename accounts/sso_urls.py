"""Addresses for single sign-on. A provider that is not set up has none."""

from collections.abc import Callable

from allauth.socialaccount import views
from allauth.socialaccount.providers.github import views as github
from allauth.socialaccount.providers.google import views as google
from allauth.socialaccount.providers.microsoft import views as microsoft
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from accounts import providers
from accounts.sso import provider_callback, provider_login

THE_ONE = {"provider_id": "oidc"}


def callback(adapter: type[providers.CheckedResponses], provider: str) -> Callable[..., HttpResponseBase]:
    return provider_callback(OAuth2CallbackView.adapter_view(adapter), provider)


urlpatterns: list[URLPattern] = [
    path("", views.connections, name="socialaccount_connections"),
    path("signup/", views.signup, name="socialaccount_signup"),
    path("login/cancelled/", views.login_cancelled, name="socialaccount_login_cancelled"),
    path("oidc/login/", provider_login(oidc.login), THE_ONE, name="openid_connect_login"),
    path("oidc/login/callback/", callback(providers.OpenIDConnect, "oidc"), THE_ONE, name="openid_connect_callback"),
    path("google/login/", provider_login(google.oauth2_login), name="google_login"),
    path("google/login/callback/", callback(providers.Google, "google"), name="google_callback"),
    path("microsoft/login/", provider_login(microsoft.oauth2_login), name="microsoft_login"),
    path("microsoft/login/callback/", callback(providers.Microsoft, "microsoft"), name="microsoft_callback"),
    path("github/login/", provider_login(github.oauth2_login), name="github_login"),
    path("github/login/callback/", callback(providers.GitHub, "github"), name="github_callback"),
]
