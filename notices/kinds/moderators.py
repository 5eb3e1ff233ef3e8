"""Notices to a team's moderators: what waits for them. Nothing of a story is quoted: the desk shows what was sent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Role, Team
from accounts.names import isolated
from accounts.notice_kinds import MailPace, NoticeKind, NoticeText, ShownNotice, send_notice
from kindwall import clock
from notices.kinds.words import within
from stories.models import Action, Assignment, AuditEntry, ModeratorNote, Report, Story
from stories.models.choices import REFUSALS, State
from stories.models.fields import StoryFields
from stories.models.queryset import StoryQuerySet

# All kinds for moderators come in one mail, at one pace.
MODERATOR_PACES: dict[str, Any] = {
    "paces": (MailPace.AT_ONCE, MailPace.HOURLY, MailPace.DAILY, MailPace.NEVER),
    "usual_pace": MailPace.HOURLY,
}
ARRIVALS = (Action.SUBMIT, Action.STAND_BY, Action.PUT_BACK)  # by which an author brings a story to the moderators


def desk_path(team: Team, **query: Any) -> str:
    address = reverse("moderation", kwargs={"team": team.slug})
    return f"{address}?{urlencode(query)}" if query else address


def teams_of(notices: Sequence[ShownNotice]) -> dict[int, Team]:
    return Team.objects.in_bulk({notice.team_id for notice in notices})


def numbers_by_team(stories: StoryQuerySet, notices: Sequence[ShownNotice]) -> dict[int, int]:
    """Count the stories in each team that are not the reader's own."""
    others = stories.filter(team__in={notice.team_id for notice in notices})
    others = others.exclude(author__in={notice.user_id for notice in notices})
    return dict(others.order_by().values_list("team").annotate(number=Count("pk")))


def of_others(stories: StoryQuerySet) -> Exists:
    """Return the condition that the team of a notice has such a story by somebody else than its reader."""
    return Exists(stories.filter(team=OuterRef("team")).exclude(author=OuterRef("user")))


def still_waiting() -> Exists:
    return Exists(Story.objects.waiting().filter(pk=OuterRef("story")))


def waiting_texts(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """Two queries."""
    teams, numbers = teams_of(notices), numbers_by_team(Story.objects.waiting(), notices)
    return {
        notice.pk: NoticeText(
            ngettext("%(number)d story waits for review.", "%(number)d stories wait for review.", number)
            % {"number": number},
            desk_path(teams[notice.team_id]),
        )
        for notice in notices
        if (number := numbers.get(notice.team_id))
    }


def reported_texts(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """Two queries."""
    teams, numbers = teams_of(notices), numbers_by_team(Story.objects.reported(), notices)
    return {
        notice.pk: NoticeText(
            ngettext(
                "%(number)d reported story waits for a moderator.",
                "%(number)d reported stories wait for a moderator.",
                number,
            )
            % {"number": number},
            desk_path(teams[notice.team_id], show="reported"),
        )
        for notice in notices
        if (number := numbers.get(notice.team_id))
    }


def one_story_texts(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """One query."""
    entries = AuditEntry.objects.with_story().in_bulk({notice.entry_id for notice in notices})
    return {
        notice.pk: NoticeText(moderator_sentence(notice.kind, entry), desk_path(entry.story.team, story=entry.story_id))
        for notice in notices
        if (entry := entries.get(notice.entry_id))
    }


def note_texts(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """Two queries. Each names the colleague who wrote the latest note, and quotes nothing."""
    teams = teams_of(notices)
    written = ModeratorNote.objects.filter(story__in={notice.story_id for notice in notices}).order_by("pk")
    notes = list(written.select_related("moderator"))
    texts = {}
    for notice in notices:
        theirs = [one for one in notes if one.story_id == notice.story_id and one.moderator_id != notice.user_id]
        if theirs:
            words = gettext("%(name)s wrote a note about a story.")
            path = desk_path(teams[notice.team_id], story=notice.story_id)
            texts[notice.pk] = NoticeText(words % {"name": isolated(theirs[-1].writer_name)}, path)
    return texts


def moderator_sentence(kind: str, entry: AuditEntry) -> str:
    if kind == ASSIGNED.name:
        return gettext("%(name)s assigned a story to you.") % {"name": isolated(entry.actor_name)}
    if kind == SECOND_OPINION.name:
        return gettext("An author asks for a second opinion. Another moderator than the first decides.")
    if kind == RESUBMITTED.name:
        return gettext("A story that you returned has been changed and sent again.")
    return gettext("A story has been waiting for longer than your team promised.")


WAITING = NoticeKind(
    name="waiting",
    label=_("Stories that wait for review"),
    audience=Role.MODERATOR,
    texts=waiting_texts,
    **MODERATOR_PACES,
    current=of_others(Story.objects.waiting()),
)
RESUBMITTED = NoticeKind(
    name="resubmitted",
    label=_("Stories that you returned and that come back"),
    audience=Role.MODERATOR,
    texts=one_story_texts,
    **MODERATOR_PACES,
    current=still_waiting(),
)
SECOND_OPINION = NoticeKind(
    name="second-opinion",
    label=_("Second opinions asked of you"),
    audience=Role.MODERATOR,
    texts=one_story_texts,
    **MODERATOR_PACES,
    current=still_waiting(),
)
ASSIGNED = NoticeKind(
    name="assigned",
    label=_("Stories that a colleague assigns to you"),
    audience=Role.MODERATOR,
    texts=one_story_texts,
    **MODERATOR_PACES,
    current=Exists(Assignment.objects.open().filter(story=OuterRef("story"), moderator=OuterRef("user")))
    & Exists(Story.objects.needing_moderator().filter(pk=OuterRef("story"))),
)
NOTE = NoticeKind(
    name="moderator-note",
    label=_("Notes by colleagues on stories that you work on"),
    audience=Role.MODERATOR,
    texts=note_texts,
    **MODERATOR_PACES,
    current=Exists(
        ModeratorNote.objects.filter(within("created_at"), story=OuterRef("story")).exclude(moderator=OuterRef("user"))
    )
    & Exists(Story.objects.exclude(state=State.DRAFT).filter(pk=OuterRef("story"))),
)
REPORTED = NoticeKind(
    name="reported",
    label=_("Stories that members report"),
    audience=Role.MODERATOR,
    texts=reported_texts,
    **MODERATOR_PACES,
    current=of_others(Story.objects.reported()),
)
OVERDUE = NoticeKind(
    name="overdue",
    label=_("Stories that wait for longer than promised"),
    audience=Role.MODERATOR,
    texts=one_story_texts,
    **MODERATOR_PACES,
    current=still_waiting(),
)


def notify_moderators(story: StoryFields, entry: AuditEntry) -> None:
    """Tell the moderators of a story that its author sends, or that a colleague assigns."""
    if entry.action == Action.ASSIGN:
        notify_assigned_moderator(story, entry)
    elif entry.action in ARRIVALS and entry.to_state == State.PENDING:
        notify_of_arrival(story, entry)


def notify_assigned_moderator(story: StoryFields, entry: AuditEntry) -> None:
    assigned = Assignment.objects.open().filter(story=story.pk).values_list("moderator", flat=True)
    topic = f"assigned:{story.pk}"
    send_notice(ASSIGNED, to=list(assigned), team=story.team_id, topic=topic, story=story.pk, entry=entry.pk)


def notify_of_note(story: StoryFields, note: ModeratorNote) -> None:
    """Tell the moderators who have to do with the story: assigned to it, decided on it, or wrote a note before.

    Never its author, though they may moderate the team.
    """
    involved = {
        *Assignment.objects.open().filter(story=story.pk).values_list("moderator", flat=True),
        *AuditEntry.objects.about([story.pk]).in_effect().decisions().values_list("actor", flat=True),
        *ModeratorNote.objects.filter(story=story.pk).values_list("moderator", flat=True),
    }
    people = sorted(pk for pk in involved if pk and pk not in (note.moderator_id, story.author_id))
    about: dict[str, Any] = {"team": story.team_id, "topic": f"moderator-note:{story.pk}", "story": story.pk}
    send_notice(NOTE, to=people, at=note.created_at, **about)


def notify_of_arrival(story: StoryFields, entry: AuditEntry) -> None:
    """Tell all who may decide on it in one grouped notice; the moderator who returned it in a notice of its own.

    A second opinion is asked of the others, and of the first moderator where there is nobody else.
    """
    people = moderators_of(story.team, without=[story.author_id])
    first = refused_by(story) if story.submission_count > 1 else None
    about: dict[str, Any] = {"team": story.team_id, "story": story.pk, "entry": entry.pk}
    if entry.action == Action.STAND_BY:
        others = [pk for pk in people if pk != first] or people
        send_notice(SECOND_OPINION, to=others, topic=f"second-opinion:{story.pk}", **about)
        return
    if first in people:
        people.remove(first)
        send_notice(RESUBMITTED, to=[first], topic=f"resubmitted:{story.pk}", **about)
    send_notice(WAITING, to=people, team=story.team_id, topic=f"waiting:{story.team_id}")


def notify_of_report(report: Report) -> None:
    story = report.story
    people = moderators_of(story.team, without=[story.author_id, report.reporter_id])
    send_notice(REPORTED, to=people, team=story.team_id, topic=f"reported:{story.team_id}")


def notify_of_overdue_stories() -> None:
    """Tell moderators once of the story that waits longest, where that is longer than their team promises."""
    promises = Team.objects.filter(answer_hours__gt=0).order_by().values_list("answer_hours", flat=True).distinct()
    for hours in promises:
        assert hours is not None
        overdue = Story.objects.waiting().filter(
            team__answer_hours=hours, submitted_at__lt=clock.now() - timedelta(hours=hours or 0)
        )
        earlier = Story.objects.waiting().filter(team=OuterRef("team"))
        earlier = earlier.filter(Q(submitted_at__lt=OuterRef("submitted_at")))
        for story in overdue.exclude(Exists(earlier)).select_related("team"):
            sent = story.audit_log.filter(action__in=ARRIVALS).order_by("-pk").values_list("pk", flat=True).first()
            about: dict[str, Any] = {"topic": f"overdue:{story.team_id}", "story": story.pk, "entry": sent}
            people = moderators_of(story.team, without=[story.author_id])
            send_notice(OVERDUE, to=people, team=story.team_id, **about)


def moderators_of(team: Team, *, without: Collection[int | None]) -> list[int]:
    """Return those who can decide on stories and are not away, by their pks. One query."""
    able = Membership.objects.able_to_decide(team).not_away().exclude(user__in=[pk for pk in without if pk])
    return list(able.values_list("user", flat=True))


def refused_by(story: StoryFields) -> int | None:
    """Return the moderator of the latest return or decline, or None."""
    refusals = AuditEntry.objects.about([story.pk]).in_effect().filter(action__in=REFUSALS)
    return refusals.order_by("-pk").values_list("actor", flat=True).first()
