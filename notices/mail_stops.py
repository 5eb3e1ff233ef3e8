"""Stopping the mails of this app by a link in them (kindwall.unsubscribe): those for a role, and those of a wall."""

from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Role, User
from accounts.notice_kinds import NoticeKind, notice_kinds
from kindwall.unsubscribe import MailKind, link, register
from notices.models import NoticePreference, WallDigest

DIGEST = "wall-digest"
# As in “You get … no longer.”
DESCRIPTIONS: dict[Role, Promise] = {
    Role.MEMBER: _("mails about your stories"),
    Role.MODERATOR: _("mails about stories that wait for moderators"),
    Role.OWNER: _("mails for owners of a team"),
}


def register_mails() -> None:
    for role in Role:
        register(
            MailKind(
                name_for(role),
                describe=partial(describe_notices, role),
                stop=partial(stop_notices, role),
                resume=partial(resume_notices, role),
            )
        )
    register(MailKind(DIGEST, describe=describe_digest, stop=stop_digest, resume=resume_digest))


def link_to_stop(role: Role, user: int) -> str:
    return link(name_for(role), user)


def link_to_stop_digest(membership: Membership) -> str:
    return link(DIGEST, membership.user_id, membership.team_id)


def name_for(role: Role) -> str:
    return f"notices-{role}"


def kinds_of_role(role: Role) -> list[NoticeKind]:
    return [kind for kind in notice_kinds.values() if kind.audience == role]


def describe_notices(role: Role, user: int) -> str:
    return str(DESCRIPTIONS[role]) if User.objects.filter(pk=user).exists() else ""


def stop_notices(role: Role, user: int) -> None:
    NoticePreference.stop_mail(User.objects.get(pk=user), kinds_of_role(role))


def resume_notices(role: Role, user: int) -> None:
    NoticePreference.resume_mail(User.objects.get(pk=user), kinds_of_role(role))


def member(user: int, team: int) -> Membership | None:
    return Membership.objects.filter(user=user, team=team).select_related("team").first()


def describe_digest(user: int, team: int) -> str:
    membership = member(user, team)
    if membership is None:
        return ""
    return gettext("the mail with the stories on the wall of %(team)s") % {"team": membership.team.name}


def stop_digest(user: int, team: int) -> None:
    if membership := member(user, team):
        WallDigest.stop(membership)


def resume_digest(user: int, team: int) -> None:
    if membership := member(user, team):
        WallDigest.resume(membership)
