"""The providers for single sign-on, set up by environment variables alone."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from kindwall import env

# Microsoft's tenants that accept accounts of any directory. In a directory of their own, people can give any e-mail
# address to an account, so an address is trusted only from one named directory. The number is the directory of private
# accounts.
ANY_DIRECTORY = {"", "common", "organizations", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"}


def provider_settings(*, local: bool) -> dict[str, Any]:
    """Return allauth's SOCIALACCOUNT_PROVIDERS. Raises ImproperlyConfigured, naming the variable, for half a setup."""
    found: dict[str, Any] = {}
    if app := provider_app("OIDC", needs=("OIDC_URL",)):
        found["openid_connect"] = provider(
            app
            | {
                "provider_id": "oidc",
                "name": env.text("OIDC_NAME", "single sign-on"),
                "settings": {"server_url": address_from("OIDC_URL", local=local), "oauth_pkce_enabled": True},
            }
        )
    if app := provider_app("GOOGLE"):
        found["google"] = provider(app, SCOPE=["profile", "email"])
    if app := provider_app("MICROSOFT", allows=("MICROSOFT_TENANT",)):
        tenant = env.text("MICROSOFT_TENANT", "common")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", tenant):
            raise ImproperlyConfigured(f"MICROSOFT_TENANT must be the id of your directory, not “{tenant}”.")
        found["microsoft"] = provider(
            app | {"settings": {"tenant": tenant, "verified_email": tenant.lower() not in ANY_DIRECTORY}}
        )
    if app := provider_app("GITHUB"):
        found["github"] = provider(app, SCOPE=["read:user", "user:email"])
    return found


def provider_app(name: str, *, needs: tuple[str, ...] = (), allows: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the credentials of this installation at the provider; empty where none is set."""
    values = {
        f"{name}_CLIENT_ID": env.text(f"{name}_CLIENT_ID"),
        f"{name}_CLIENT_SECRET": env.read_secret(f"{name}_CLIENT_SECRET"),
    } | {needed: env.text(needed) for needed in needs}
    if not any(values.values()) and not any(env.text(allowed) for allowed in allows):
        return {}
    if missing := [variable for variable, value in values.items() if not value]:
        given = next((variable for variable, value in values.items() if value), *allows[:1])
        raise ImproperlyConfigured(f"set {' and '.join(missing)} too, or leave out {given}.")
    return {"client_id": values[f"{name}_CLIENT_ID"], "secret": values[f"{name}_CLIENT_SECRET"]}


def provider(app: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"APPS": [app], "OAUTH_PKCE_ENABLED": True, **settings}


def address_from(name: str, *, local: bool) -> str:
    """Return the address of a provider, which needs TLS because it decides who people are."""
    value = env.text(name)
    if not value.startswith(("https://", "http://") if local else "https://"):
        raise ImproperlyConfigured(f"{name} must start with https://.")
    try:
        parts = urlsplit(value)
        fits = bool(parts.hostname and env.ORIGIN_PATTERN.fullmatch(f"{parts.scheme}://{parts.netloc}"))
        fits = fits and (parts.port or 1) > 0 and not re.search(r"\s", value)
    except ValueError:
        fits = False
    if not fits:
        raise ImproperlyConfigured(f"{name} must look like https://id.example.org, not “{value}”.")
    return value.rstrip("/")


def only_way_in(found: dict[str, Any]) -> bool:
    only = env.boolean("SSO_ONLY", default=False)
    if only and not found:
        raise ImproperlyConfigured("SSO_ONLY is on, so set OIDC_URL, or another way to sign in.")
    return only
