"""The moderators' desk, and the figures that every page of a team shows in passing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, QueryDict
from django.urls import resolve, reverse
from django.utils.translation import gettext, ngettext

from accounts.keeping import take_typed, typed_anywhere
from accounts.models import Membership, Policy, Reason, Team
from stories.forms import MessageForm
from stories.models import Action, AuditEntry, OutboxEvent, State, Story

SHOWN = 20  # stories of the queue on one page
ANSWERS_WITH_MESSAGE = (Action.RETURN, Action.DECLINE, Action.REMOVE)
# Those that a story can be given, by where it stands.
POSSIBLE: dict[str, tuple[Action, ...]] = {
    State.PENDING: (Action.RETURN, Action.DECLINE),
    State.PUBLISHED: (Action.REMOVE,),
}
RECENT = 30  # answers from which the usual wait is read


@dataclass(frozen=True, slots=True)
class Standing:
    event: int  # the newest of the live stream
    waiting: int  # stories waiting for a moderator; 0 for members, who are not told


def standing(membership: Membership) -> Standing:
    """One query."""
    if not membership.may_moderate:
        return Standing(event=OutboxEvent.objects.newest_id(), waiting=0)
    newest = OutboxEvent.objects.order_by("-pk").values("pk")[:1]
    waiting = Story.objects.waiting().filter(team=OuterRef("pk")).order_by().values("team")
    number = Subquery(waiting.annotate(number=Count("pk")).values("number"))
    row: Any = Team.objects.filter(pk=membership.team_id).values(event=Subquery(newest), waiting=number).get()
    return Standing(event=row["event"] or 0, waiting=row["waiting"] or 0)


def usual_wait(team: Team) -> timedelta | None:
    """The median time from submission to answer of the latest answers; None before the first."""
    moments = Story.objects.of(team).recently_decided().values_list("submitted_at", "decided_at")[:RECENT]
    waits = [(decided - submitted).total_seconds() for submitted, decided in moments if submitted and decided]
    return timedelta(seconds=median(waits)) if waits else None


def promise(team: Team) -> str:
    """When the team’s moderators mean to answer, for authors; nothing where they promise nothing."""
    hours = team.answer_hours
    if not hours:
        return ""
    if hours == 1:
        return gettext("The moderators mean to answer within an hour.")
    if hours == 24:
        return gettext("The moderators mean to answer within a day.")
    if hours % 24:
        within = ngettext(
            "The moderators mean to answer within %(number)d hour.",
            "The moderators mean to answer within %(number)d hours.",
            hours,
        )
        return within % {"number": hours}
    within = ngettext(
        "The moderators mean to answer within %(number)d day.",
        "The moderators mean to answer within %(number)d days.",
        hours // 24,
    )
    return within % {"number": hours // 24}


@dataclass(slots=True)
class DeskItem:
    """A story as a moderator has it before them, with the answers they can give."""

    story: Story
    said: list[AuditEntry] = field(default_factory=list)
    why_not: str = ""  # the reason this moderator may not decide on it
    changed: bool = False  # the text is another than the one they had read
    done: AuditEntry | None = None  # what has been decided, just now or meanwhile
    opened: str = ""  # the answer whose form is open
    unsent: str = ""  # a message that came too late to be sent
    reasons: Sequence[Reason] = ()  # the team's, for those who may decide
    forms: dict[str, MessageForm] = field(default_factory=dict)

    @property
    def taken_back(self) -> bool:
        """A moderator meets a draft only when its author has withdrawn it meanwhile: its text is theirs alone."""
        return self.story.state == State.DRAFT

    def __post_init__(self) -> None:
        for answer in ANSWERS_WITH_MESSAGE:
            self.forms.setdefault(answer, message_form(self.story, answer, self.reasons))


def message_form(story: Story, answer: Action, reasons: Sequence[Reason], data: QueryDict | None = None) -> MessageForm:
    initial = {"revision": story.revision, "reason": ""}
    return MessageForm(data, initial=initial, auto_id=f"story-{story.pk}-{answer}-%s", reasons=reasons)


def queue(membership: Membership) -> list[DeskItem]:
    """The longest-waiting stories, each with what was said about it before; four queries."""
    waiting = Story.objects.of(membership.team).longest_waiting().with_author_and_team()
    stories = list(waiting[:SHOWN])
    said, reasons = messages_about(stories), Reason.objects.of(membership.team)
    return [
        DeskItem(story=story, said=said[story.pk], why_not=story.why_not_decided_by(membership), reasons=reasons)
        for story in stories
    ]


def hung_unread(membership: Membership) -> list[Story]:
    """What hangs without a moderator having read it, where the team's policy lets that happen; one query."""
    if membership.team.policy == Policy.EVERYONE:
        return []
    return list(Story.objects.of(membership.team).hung_unread().with_author_and_team()[:SHOWN])


def desk_item(membership: Membership, story: Story) -> DeskItem:
    said = messages_about([story])[story.pk]
    reasons = Reason.objects.of(membership.team)
    return DeskItem(story=story, said=said, why_not=story.why_not_decided_by(membership), reasons=reasons)


def give_back_typed(request: HttpRequest, membership: Membership, items: Iterable[DeskItem]) -> None:
    """Put a message that was sent while signed out back into its form, or show it where that is gone."""
    forms = {
        reverse(answer, kwargs={"team": membership.team.slug, "pk": item.story.pk}): (item, answer)
        for item in items
        for answer in item.forms
    }
    if typed := take_typed(request, forms):
        item, answer = forms[typed.path]
        message = typed.fields.get("message", "")
        if answer in POSSIBLE.get(item.story.state, ()):
            form, item.opened = item.forms[answer], answer
            form.initial["message"], form.initial["reason"] = message, typed.fields.get("reason", "")
        else:
            item.unsent = message


def story_typed_about(request: HttpRequest, membership: Membership) -> Story | None:
    """The story that a message still kept from before the sign-in is about; its own page gives it back."""
    typed = typed_anywhere(request)
    if typed is None:
        return None
    address = resolve(typed.path)
    if address.url_name not in ANSWERS_WITH_MESSAGE or address.kwargs["team"] != membership.team.slug:
        return None
    return Story.objects.visible_to(membership).with_author_and_team().filter(pk=address.kwargs["pk"]).first()


def messages_about(stories: Iterable[Story]) -> dict[int, list[AuditEntry]]:
    """Every message about these stories, oldest first; one query."""
    said: dict[int, list[AuditEntry]] = {story.pk: [] for story in stories}
    for entry in AuditEntry.objects.said().filter(story__in=said).select_related("actor").oldest_first():
        said[entry.story_id].append(entry)
    return said


def last_entry(story: Story) -> AuditEntry:
    """The latest thing done to a story that has been submitted at least once."""
    return story.audit_log.select_related("actor").latest("id")
