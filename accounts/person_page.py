"""The registry of apps that add to the context of a person's page (`accounts.views.people.person`).

An app above registers a function in its `AppConfig.ready()`.
"""

from collections.abc import Callable, Mapping

from accounts.models import Membership

# Called with the membership of the reader and that of the person shown; they are equal on one's own page.
Provider = Callable[[Membership, Membership], Mapping[str, object]]

page_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Add what `provider` returns to the context. Registering it again changes nothing."""
    if provider not in page_providers:
        page_providers.append(provider)


def extra_context(reader: Membership, member: Membership) -> dict[str, object]:
    """Return what the apps above add for this reader of this person's page."""
    return {name: value for provider in page_providers for name, value in provider(reader, member).items()}
