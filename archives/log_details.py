"""The details that an entry of a team's log may have, by its action."""

from collections.abc import Callable
from typing import Any

from accounts.models import Role, TeamEntry
from accounts.models.membership import Trust

Action = TeamEntry.Action
Check = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str)


def texts(value: Any) -> bool:
    return isinstance(value, list) and all(text(item) for item in value)


def number(value: Any) -> bool:
    return type(value) is int and value > 0


def boolean(value: Any) -> bool:
    return isinstance(value, bool)


def role(value: Any) -> bool:
    return text(value) and value in Role.values


def trust(value: Any) -> bool:
    return text(value) and value in Trust.values


def setting(value: Any) -> bool:
    return value is None or isinstance(value, str | int)


DETAILS: dict[str, dict[str, Check]] = {
    Action.CHANGE: {"field": text, "from": setting, "to": setting},
    Action.REASONS: {"from": texts, "to": texts},
    Action.DOMAIN_ADD: {"domain": text, "automatic": boolean},
    Action.DOMAIN_DROP: {"domain": text},
    Action.LINK_MAKE: {"link": text, "role": role},
    Action.LINK_REVOKE: {"link": text},
    Action.INVITE: {"people": number, "role": role},
    Action.JOIN: {"by": text, "role": role},
    Action.ROLE: {"from": role, "to": role, "by": text},
    Action.HAND_OVER: {"then": role},
    Action.TRUST: {"from": trust, "to": trust},
}


def has_valid_details(entry: TeamEntry) -> bool:
    """Return whether the entry has only details of its action, each of the right type; any may be missing."""
    checks = DETAILS.get(entry.action, {})
    return all(name in checks and checks[name](value) for name, value in entry.detail.items())
