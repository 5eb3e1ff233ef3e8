"""The list of a person's notices across their teams, and the number of new ones."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import person
from kindwall.htmx import is_htmx
from notices.bell import Bell
from notices.list import read_notice_moment, read_notice_page
from notices.models import Notice
from stories.wall_order import read_cursor

MOST_SEEN = 100  # notices that a browser may name at once


@require_safe
@vary_on_headers("HX-Request")
def notices(request: HttpRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    context = {"page": read_notice_page(person(request), before), "before": before}
    template = "notices/list.html#list" if is_htmx(request) else "notices/list.html"
    return render(request, template, context)


@require_safe
def unread(request: HttpRequest) -> HttpResponse:
    """Respond with the counts of the page that asks, for its bell."""
    bell = Bell.read(person(request), request.GET.get("team", ""))
    return JsonResponse(bell.as_json(), headers={"Cache-Control": "no-store"})


@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark the notices that the browser has shown, or all up to a moment, as read."""
    reader = person(request)
    seen = [cursor for text in request.POST.getlist("seen")[:MOST_SEEN] if (cursor := read_cursor(text))]
    if seen:
        Notice.objects.as_shown(seen).mark_read(reader)
        return HttpResponse(status=204)
    if moment := read_notice_moment(request.POST.get("until", "")):
        Notice.objects.up_to(moment).mark_read(reader)
    return redirect("notices")
