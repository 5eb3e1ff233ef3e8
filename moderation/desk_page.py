"""The page of the moderators' desk, which every view of the desk shares."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Membership
from kindwall.htmx import is_htmx
from moderation.addresses import desk_address, story_address
from moderation.desk import DeskItem, desk_item
from moderation.list_counts import ListCounts, desk_counts
from moderation.lookup import find_story
from moderation.own_decisions import undoable_decisions
from moderation.queue import (
    Queue,
    next_in_line,
    read_queue,
)
from moderation.selection import Order, Selection
from stories import visits
from stories.models import SentStory
from stories.wait_times import usual_wait


class DeskPage:
    """The desk as one request shows it: a list of stories, and the story that is open beside it.

    A view opens a story and renders the page. The list is read when it is first needed, so that it shows what the
    view has changed.
    """

    def __init__(self, request: HttpRequest, membership: Membership) -> None:
        posts = request.method == "POST"
        self.request = request
        self.membership = membership
        self.selection = Selection.read(request.POST) if posts else Selection.read(request.GET)
        self.item: DeskItem | None = None
        self.is_story_in_front = False
        # The browser already shows the list and goes on in it. Drawing it again would take longer than all the rest,
        # and would move what the moderator is reading.
        self.list_stays = False

    @cached_property
    def queue(self) -> Queue:
        return Queue(self.selection) if self.list_stays else read_queue(self.membership, self.selection)

    def open(self, story: SentStory) -> DeskItem:
        """Open a story. On a narrow screen it is shown in front of the list."""
        self.is_story_in_front = True
        return self.open_beside(story)

    def open_beside(self, story: SentStory) -> DeskItem:
        """Open a story beside the list. On a narrow screen the list is shown in front of it."""
        self.item = desk_item(self.membership, story)
        return self.item

    def open_first(self) -> None:
        """Open the first free story of the list beside it, if there is one."""
        if story := find_story(self.membership, self.queue.first):
            self.open_beside(story)

    def next_after(self, story: SentStory) -> SentStory | None:
        """Return the story to read after this one."""
        return next_in_line(self.membership, self.selection, story)

    def go_on(self, handled: SentStory, *, list_stays: bool = False, message: str = "") -> HttpResponse:
        """Respond with the next story in line after the one that was handled."""
        following = self.next_after(handled)
        if not is_htmx(self.request):
            if message:
                messages.success(self.request, message)
            return self.redirect_to(following.pk if following else None)
        if following:
            self.list_stays = list_stays
            self.open(following)
        return self.render(handled=handled, message=message)

    def stay(self, story: SentStory, *, message: str) -> HttpResponse:
        """Respond with the same story, as it is after what was done with it."""
        if not is_htmx(self.request):
            if message:
                messages.success(self.request, message)
            return self.redirect_to(story.pk)
        self.open_again(story)
        return self.render(message=message)

    def open_again(self, story: SentStory) -> DeskItem:
        """Open this story as it is now. Where it was withdrawn meanwhile, its text is not shown."""
        return self.open(find_story(self.membership, story.pk) or story)

    def redirect_to(self, story: int | None, **query: list[int]) -> HttpResponse:
        """Redirect to the desk with this story open, with these parameters after it."""
        address, more = desk_address(self.membership, self.selection, story), urlencode(query, doseq=True)
        return redirect(f"{address}{'&' if '?' in address else '?'}{more}" if more else address)

    def render(self, *, status: int = 200, **context: Any) -> HttpResponse:
        """Respond with the whole page, or with the desk alone where htmx asks."""
        context = self.context() | context
        if not is_htmx(self.request):
            return render(self.request, "moderation/desk.html", context, status=status)
        response = render(self.request, "moderation/desk.html#desk", context, status=status)
        if self.request.method == "POST":  # loading the page again shows the same story
            open_story = self.item.story.pk if self.item and self.is_story_in_front else None
            response["HX-Replace-Url"] = desk_address(self.membership, self.selection, open_story)
        return response

    def context(self) -> dict[str, Any]:
        return {
            **self.counts(),
            "here": "moderation",
            "queue": self.queue,
            "story_at": story_address(self.membership, self.selection),
            "orders": Order,
            "item": self.item,
            # Without JavaScript, a link ticks all.
            "ticked": self.queue.waiting if self.request.GET.get("tick") == "page" else [],
            "opened": self.item is not None and self.is_story_in_front,
            "list_stays": self.list_stays,
            "undoable_decisions": undoable_decisions(self.membership),
            "usual_wait": None if self.item else usual_wait(self.membership.team),  # for an empty desk
        }

    def counts(self) -> dict[str, Any]:
        """Return the counts of the header and of the lists, as they are after what the view has done.

        One query. Where there are notices about the open story, they are marked as read, and it is asked once more.
        """
        opened = self.item.story.pk if self.item and self.is_story_in_front and visits.is_visit(self.request) else None
        also = {"unread_here": visits.unread_about_query(self.membership.user, opened)} if opened else {}
        counts = desk_counts(self.membership, also)
        if opened and counts.more["unread_here"]:
            visits.announce_visit(self.request, opened)
            counts = desk_counts(self.membership)
        lists = ListCounts.of(counts)
        return {
            "header_counts": counts,
            "tabs": lists.tabs(self.membership, self.selection.show),
            "list_counts": lists.as_json(),
        }
