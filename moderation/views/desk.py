"""The moderators' desk, and its list kept up to date."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership
from kindwall.htmx import is_htmx
from kindwall.numbers import read_number
from moderation.addresses import desk_address, story_address
from moderation.desk import DeskItem, read_arrangement
from moderation.desk_page import DeskPage
from moderation.lookup import find_story
from moderation.queue import refresh_queue
from moderation.undone_letters import reopen_letters
from moderation.unsent_forms import restore_unsent_form, unsent_bulk_letter
from stories.models import AuditEntry
from stories.models.choices import LETTER_ACTIONS
from stories.unsent_letters import story_of_unsent_letter

MOST_SHOWN = 200  # numbers of stories that a browser may send


@require_safe
@vary_on_headers("HX-Request")
@moderators_only
def moderation(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    asked, typed_about = request.GET.get("story", ""), story_of_unsent_letter(request, membership)
    if typed_about and asked != str(typed_about.pk):
        return redirect(desk_address(membership, story=typed_about.pk))
    page = DeskPage(request, membership)
    if story := find_story(membership, asked):
        page.list_stays = is_htmx(request) and "listed" in request.GET
        item, asked_form = page.open(story), request.GET.get("answer", "")
        if asked_form in LETTER_ACTIONS:
            item.open_form = asked_form
    else:
        page.open_first()
    if page.item:
        restore_unsent_form(request, membership, page.item)
    numbers = request.GET.getlist("letter")
    undone = AuditEntry.objects.undone_of(membership, numbers) if numbers else ()
    letters = reopen_letters(membership, page.item, undone) | unsent_bulk_letter(request, membership)
    return page.render(**letters)


@require_safe
@moderators_only
def news(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Respond with the list in the order in which the browser shows it, and new stories at its end.

    After it comes what moderators arranged and wrote among themselves on the open story.
    """
    page = DeskPage(request, membership)
    shown = map(read_number, request.GET.getlist("shown")[:MOST_SHOWN])
    story = find_story(membership, request.GET.get("story", ""))
    context = {
        **page.counts(),
        "queue": refresh_queue(membership, page.selection, [pk for pk in shown if pk is not None]),
        "item": story and DeskItem(story=story, arrangement=read_arrangement(membership, story)),
        "story_at": story_address(membership, page.selection),
    }
    return render(request, "moderation/news.html", context)
