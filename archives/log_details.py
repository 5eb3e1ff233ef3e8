"""The details that an entry of a team's log may have, by its action."""

from collections.abc import Callable
from typing import Any

from accounts.models import Role, TeamEntry, Trust
from accounts.team_log import TeamAction

Check = Callable[[Any], bool]


def is_string(value: Any) -> bool:
    return isinstance(value, str)


def is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(is_string(item) for item in value)


def is_positive(value: Any) -> bool:
    return type(value) is int and value > 0


def is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def is_role(value: Any) -> bool:
    return is_string(value) and value in Role.values


def is_trust(value: Any) -> bool:
    return is_string(value) and value in Trust.values


def is_setting(value: Any) -> bool:
    return value is None or isinstance(value, str | int)


LOG_DETAIL_CHECKS: dict[str, dict[str, Check]] = {
    TeamAction.CHANGE: {"field": is_string, "from": is_setting, "to": is_setting},
    TeamAction.REASONS: {"from": is_list_of_texts, "to": is_list_of_texts},
    TeamAction.DOMAIN_ADD: {"domain": is_string, "automatic": is_boolean},
    TeamAction.DOMAIN_DROP: {"domain": is_string},
    TeamAction.LINK_MAKE: {"link": is_string, "role": is_role},
    TeamAction.LINK_REVOKE: {"link": is_string},
    TeamAction.INVITE: {"people": is_positive, "role": is_role},
    TeamAction.JOIN: {"by": is_string, "role": is_role},
    TeamAction.ROLE: {"from": is_role, "to": is_role, "by": is_string},
    TeamAction.HAND_OVER: {"then": is_role},
    TeamAction.CONNECT: {"channel": is_string, "host": is_string},
    TeamAction.DISCONNECT: {"channel": is_string, "host": is_string},
    TeamAction.TRUST: {"from": is_trust, "to": is_trust, "told": is_boolean},
}


def has_valid_details(entry: TeamEntry) -> bool:
    """Return whether the entry has only details of its action, each of the right type; any may be missing."""
    checks = LOG_DETAIL_CHECKS.get(entry.action, {})
    return all(name in checks and checks[name](value) for name, value in entry.detail.items())
