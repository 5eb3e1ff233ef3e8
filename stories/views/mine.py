"""A person's own stories with their states, and the outcomes of their reports."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Membership
from stories.author_view import author_views, reported_by
from stories.cards import moment
from stories.models import Story
from stories.wait_times import usual_wait
from stories.wall import PAGE, read_cursor


@require_safe
def mine(request: HttpRequest, membership: Membership) -> HttpResponse:
    cursor = read_cursor(request.GET.get("before", ""))
    written = Story.objects.written_by(membership).without_accepted_edits().with_author_and_team()
    stories = list(written.last_touched_first().page_after(cursor, "updated_at")[: PAGE + 1])
    older = f"{moment(stories[PAGE - 1].updated_at)}-{stories[PAGE - 1].pk}" if len(stories) > PAGE else ""
    views = author_views(stories[:PAGE])
    # Sorted again by what authors see: a decision that can still be undone must not move its story up.
    views.sort(key=lambda view: (view.story.updated_at, view.story.pk), reverse=True)
    context = {
        "here": "mine",
        "stories": views,
        "fixed": Story.objects.fixes_in(view.story for view in views),
        "older": older,
        "usual_wait": usual_wait(membership.team),
        "reported": [] if cursor else reported_by(membership),
    }
    return render(request, "stories/mine.html", context)
