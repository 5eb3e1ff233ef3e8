"""Notices to everybody: the outcome of what they reported, and new stories where they ask to be told."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Team
from accounts.notice_kinds import MailPace, NoticeKind, NoticeText, ShownNotice, send_notice
from notices.kinds.words import local_date, within
from stories.models import Action, AuditEntry, Report, State, Story
from stories.models.audit import UNDO_FOR
from stories.models.choices import REPORT_DECISIONS


def outcome_texts(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """One query. Nothing of the story is quoted, because it may be removed."""
    found = Report.objects.filter(
        reporter__in={notice.user_id for notice in notices}, story__in={notice.story_id for notice in notices}
    )
    reports = {report.story_id: report for report in found.select_related("decision", "story__team")}
    texts = {}
    for notice in notices:
        report = reports.get(notice.story_id)
        if report is None or not report.outcome:
            continue
        if report.outcome == "removed":
            sentence = gettext("A moderator reviewed a story that you reported, and removed it. Thank you.")
        else:
            sentence = gettext("A moderator reviewed a story that you reported. It stays on the wall. Thank you.")
        mine = reverse("mine", kwargs={"team": report.story.team.slug})
        texts[notice.pk] = NoticeText(sentence, f"{mine}#report-{report.pk}-outcome")
    return texts


REPORT_OUTCOME = NoticeKind(
    name="report-outcome",
    label=_("The outcome of your reports"),
    audience=Role.MEMBER,
    texts=outcome_texts,
)


def notify_reporters(entry: AuditEntry) -> None:
    """Tell those who reported a story what was decided; a listener of stories.settlement."""
    if entry.action not in REPORT_DECISIONS:
        return
    reporters = entry.reports.exclude(reporter=entry.actor_id).values_list("reporter", flat=True)
    about: dict[str, Any] = {"topic": f"report:{entry.story_id}", "story": entry.story_id, "entry": entry.pk}
    send_notice(REPORT_OUTCOME, to=list(reporters), team=entry.story.team_id, at=entry.settles_at, **about)


def new_story_texts(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """Two queries."""
    teams = Team.objects.in_bulk({notice.team_id for notice in notices})
    first, last = min(notice.created_at for notice in notices), max(notice.updated_at for notice in notices)
    published = Story.objects.published().filter(team__in=teams, published_at__range=(first, last))
    rows = list(published.order_by().values_list("team", "author", "published_at"))
    texts = {}
    for notice in notices:
        number = sum(
            team == notice.team_id and author != notice.user_id and notice.created_at <= at <= notice.updated_at
            for team, author, at in rows
            if at
        )
        if number:
            words = ngettext("%(number)d new story is on the wall.", "%(number)d new stories are on the wall.", number)
            texts[notice.pk] = NoticeText(words % {"number": number}, teams[notice.team_id].get_absolute_url())
    return texts


NEW_STORIES = NoticeKind(
    name="new-stories",
    label=_("New stories on the wall"),
    audience=Role.MEMBER,
    texts=new_story_texts,
    paces=(MailPace.NEVER,),
    usually_in_product=False,
    current=Exists(
        Story.objects.published().filter(within("published_at"), team=OuterRef("team")).exclude(author=OuterRef("user"))
    ),
)


def notify_readers(entry: AuditEntry) -> None:
    """Tell members who asked for it of a story that is new on the wall; a listener of stories.settlement.

    Once a day; stories that are published later that day only join the same notice.
    """
    story = entry.story
    is_new = entry.to_state == State.PUBLISHED and entry.action in (Action.PUBLISH, Action.SUBMIT)
    if (
        not is_new
        or not story.is_published
        or not story.published_at
        or story.published_at < entry.created_at - UNDO_FOR
    ):
        return
    topic = f"new-stories:{story.team_id}:{local_date(story.published_at)}"
    send_notice(NEW_STORIES, to=None, team=story.team_id, topic=topic, at=story.published_at, unread_again=False)
