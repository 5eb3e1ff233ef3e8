"""A person's own stories with their states, and the outcomes of their reports."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Membership
from stories import deleted_story
from stories.author_view import reported_by
from stories.models import Story
from stories.own_stories import own_lists
from stories.wait_times import usual_wait


@require_safe
def mine(request: HttpRequest, membership: Membership) -> HttpResponse:
    before = request.GET.get("before", "")
    lists = own_lists(membership, request.GET.get("list", ""), before)
    published = [view.story for own_list in lists for view in own_list.views if view.story.is_published]
    context = {
        "here": "mine",
        "lists": lists,
        "fixed": Story.objects.fixes_in(published),
        "usual_wait": usual_wait(membership.team),
        "deleted": deleted_story.find(request, membership),
        "reported": [] if before else reported_by(membership),
    }
    return render(request, "stories/mine.html", context)
