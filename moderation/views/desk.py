"""The moderators' desk: the queue, and the story that is being read."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership
from accounts.unsent_forms import pop_unsent_form
from kindwall.htmx import is_htmx
from kindwall.numbers import read_number
from moderation.desk import DeskItem, desk_item, restore_unsent_form
from moderation.letters import letter_to_several
from moderation.queue import (
    ENOUGH,
    Queue,
    Show,
    chosen,
    decided_today,
    read_queue,
    refresh_queue,
    shows_for,
    undoable_decisions,
)
from stories.models import Phrase, SentStory, State
from stories.unsent_letters import story_of_unsent_letter
from stories.wait_times import usual_wait

MOST_SHOWN = 200  # numbers that a browser may say it shows


@require_safe
@vary_on_headers("HX-Request")
@moderators_only
def moderation(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    asked, typed_about = request.GET.get("story", ""), story_of_unsent_letter(request, membership)
    if typed_about and asked != str(typed_about.pk):
        return redirect(desk_address(membership, Show.ALL, typed_about.pk))
    story, show = asked_for(membership, asked), chosen(request.GET.get("show", ""))
    list_stays = story is not None and is_htmx(request) and "listed" in request.GET
    queue = Queue(show) if list_stays else read_queue(membership, show)
    # On a wide screen the first one lies open; on a phone the list comes first.
    read = story or get_story(membership, queue.first)
    item = desk_item(membership, read) if read else None
    if item:
        restore_unsent_form(request, membership, item)
    bulk = unsent_bulk_letter(request, membership)
    return desk(request, membership, queue, item, opened=story is not None, list_stays=list_stays, **bulk)


def unsent_bulk_letter(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    """The letter to several that was sent while signed out, and whom it was for."""
    typed = pop_unsent_form(request, {reverse("bulk", kwargs={"team": membership.team.slug})})
    if typed is None:
        return {}
    ticked = {value.partition(":")[0] for value in typed.fields.getlist("story")}
    return {
        "bulk": letter_to_several(membership, typed.fields, sent=False),
        "ticked": [number for pk in ticked if (number := read_number(pk)) is not None],
    }


@require_safe
@moderators_only
def news(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """The list again, in the order in which it is shown, with what has come since."""
    shown = map(read_number, request.GET.getlist("shown")[:MOST_SHOWN])
    queue = refresh_queue(membership, chosen(request.GET.get("show", "")), [pk for pk in shown if pk is not None])
    story = asked_for(membership, request.GET.get("story", ""))
    item = DeskItem(story=story) if story else None
    context = {"queue": queue, "item": item, "story_at": story_address(membership, queue.show)}
    return render(request, "moderation/desk.html#news", context)


def asked_for(membership: Membership, pk: str) -> SentStory | None:
    """The story with that number, where this moderator may read it; drafts are their authors'."""
    return get_story(membership, read_number(pk))


def get_story(membership: Membership, pk: int | None) -> SentStory | None:
    """That story; of a new text that was taken over, the story that has it."""
    if pk is None:
        return None
    before_them = SentStory.objects.for_moderators(membership).with_author_and_team()
    taken_over = before_them.filter(edits=pk, edits__state=State.ACCEPTED)
    return before_them.filter(pk=pk).first() or taken_over.first()


def desk(
    request: HttpRequest,
    membership: Membership,
    queue: Queue,
    item: DeskItem | None,
    *,
    opened: bool,
    list_stays: bool = False,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """The page, or for htmx the desk.

    `list_stays` where the browser shows the list already and only goes on in it: to draw it anew would take longer
    than all the rest, and move what is before the moderator.
    """
    today = decided_today(membership)
    context |= {
        "here": "moderation",
        "queue": queue,
        "story_at": story_address(membership, queue.show),
        "shows": shows_for(membership),
        "item": item,
        "opened": opened and item is not None,
        "list_stays": list_stays,
        "undoable_decisions": undoable_decisions(membership),
        "decided_today": today,
        "enough": ENOUGH,
        # Where nothing is said of it, it is not asked.
        "usual_wait": None if today >= ENOUGH and item else usual_wait(membership.team),
        "phrases": list(Phrase.objects.of(membership)),
    }
    if is_htmx(request):
        response = render(request, "moderation/desk.html#desk", context, status=status)
        if request.method == "POST":  # so that the page, asked for anew, is the one that is shown
            read = item.story.pk if item and opened else None
            response["HX-Replace-Url"] = desk_address(membership, queue.show, read)
        return response
    return render(request, "moderation/desk.html", context, status=status)


def story_address(membership: Membership, show: Show) -> str:
    """Where a story of this list is read, up to its number."""
    address = desk_address(membership, show)
    return f"{address}{'&' if '?' in address else '?'}story="


def desk_address(membership: Membership, show: Show, story: int | None = None) -> str:
    query = {"show": show.value} if show is not Show.ALL else {}
    if story:
        query["story"] = str(story)
    address = reverse("moderation", kwargs={"team": membership.team.slug})
    return f"{address}?{urlencode(query)}" if query else address
