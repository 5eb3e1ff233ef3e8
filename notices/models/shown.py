"""The condition under which a person sees a notice, as SQL that is compiled once: every page counts with it."""

from collections import defaultdict
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection

from accounts.models import Role, User
from accounts.notice_kinds import notice_kinds

ROLES = (Role.MEMBER, Role.MODERATOR, Role.OWNER)  # each may do all that the one before it can

type Condition = tuple[str, tuple[Any, ...]]


def shown_condition(user: User) -> Condition:
    """Return the condition on rows of `notices_notice`. No query where no team of theirs asks for a second factor.

    A notice is shown while its reader is in the team, with the role that its kind asks for, has not switched its kind
    off, and its kind finds its cause still there.
    """
    parts: list[str] = []
    params: list[Any] = [user.pk]
    for role, teams in teams_by_role(user).items():
        of_kinds, their_params = kinds_condition(role)
        parts.append(f"notices_notice.team_id IN ({places(teams)}) AND ({of_kinds})")
        params += [*teams, *their_params]
    if not parts:
        return "1 = 0", ()
    off = "SELECT kind FROM notices_noticepreference WHERE user_id = %s AND NOT in_product"
    return (
        f"notices_notice.user_id = %s AND ({' OR '.join(parts)}) AND notices_notice.kind NOT IN ({off})",
        (*params, user.pk),
    )


def teams_by_role(user: User) -> dict[Role, list[int]]:
    """Return the person's teams by what they may do there."""
    teams: defaultdict[Role, list[int]] = defaultdict(list)
    for membership in user.memberships_by_slug.values():
        role = Role.MEMBER if membership.lacks_second_factor else Role(membership.role)
        teams[role].append(membership.team_id)
    return teams


def kinds_condition(role: Role) -> Condition:
    """Return the condition for the kinds that somebody with this role may get."""
    allowed = [kind for kind in notice_kinds.values() if ROLES.index(kind.audience) <= ROLES.index(role)]
    always = [kind.name for kind in allowed if kind.current is None]
    parts = [f"notices_notice.kind IN ({places(always)})"] if always else []
    params: list[Any] = [*always]
    for kind in allowed:
        if kind.current is not None:
            sql, its_params = current_condition(kind.name)
            parts.append(f"(notices_notice.kind = %s AND {sql})")
            params += [kind.name, *its_params]
    return " OR ".join(parts) or "1 = 0", tuple(params)


@cache
def current_condition(name: str) -> Condition:
    query = apps.get_model("notices", "Notice").objects.filter(notice_kinds[name].current).query
    compiler = query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    sql, params = compiler.compile(query.where)
    return f"({sql})", tuple(params)


def places(values: list[int] | list[str]) -> str:
    return ", ".join(["%s"] * len(values))
