"""Notices to a team's owners: people who joined."""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Membership, Role
from accounts.notice_kinds import MailPace, NoticeKind, NoticeText, ShownNotice, send_notice
from notices.kinds.words import local_date, people_in_words, within


def joined_texts(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """One query."""
    first, last = min(notice.created_at for notice in notices), max(notice.updated_at for notice in notices)
    joined = Membership.objects.filter(team__in={notice.team_id for notice in notices}, joined_at__range=(first, last))
    members = list(joined.select_related("user", "team").order_by("joined_at", "pk"))
    texts = {}
    for notice in notices:
        new = [
            member
            for member in members
            if member.team_id == notice.team_id
            and member.user_id != notice.user_id
            and notice.created_at <= member.joined_at <= notice.updated_at
        ]
        if new:
            people = people_in_words([member.user.name for member in new])
            words = ngettext("%(people)s joined the team.", "%(people)s joined the team.", len(new))
            texts[notice.pk] = NoticeText(
                words % {"people": people}, reverse("people", kwargs={"team": new[0].team.slug})
            )
    return texts


JOINED = NoticeKind(
    name="joined",
    label=_("People who join the team"),
    audience=Role.OWNER,
    texts=joined_texts,
    paces=(MailPace.DAILY, MailPace.NEVER),
    current=Exists(
        Membership.objects.filter(within("joined_at"), team=OuterRef("team")).exclude(user=OuterRef("user"))
    ),
)


def notify_owners(membership: Membership) -> None:
    """Tell the owners that somebody joined, once a day; who joins later that day only joins the same notice."""
    owners = Membership.objects.owners().filter(team=membership.team_id).exclude(user=membership.user_id)
    topic = f"joined:{membership.team_id}:{local_date(membership.joined_at)}"
    send_notice(
        JOINED,
        to=list(owners.values_list("user", flat=True)),
        team=membership.team_id,
        topic=topic,
        at=membership.joined_at,
        unread_again=False,
    )
