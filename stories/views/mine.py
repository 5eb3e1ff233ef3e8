"""My stories and where each of them stands."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from stories.cards import moment
from stories.desk import messages_about, usual_wait
from stories.models import Story
from stories.views.pages import team_page
from stories.wall import PAGE, read_cursor


@require_safe
def mine(request: HttpRequest, membership: Membership) -> HttpResponse:
    cursor = read_cursor(request.GET.get("before", ""))
    written = (
        Story.objects.written_by(membership)
        .with_author_and_team()
        .last_touched_first()
        .page_after(cursor, "updated_at")
    )
    stories = list(written[: PAGE + 1])
    older = f"{moment(stories[PAGE - 1].updated_at)}-{stories[PAGE - 1].pk}" if len(stories) > PAGE else ""
    said = messages_about(stories[:PAGE])
    context = {
        "here": "mine",
        "stories": [(story, said[story.pk]) for story in stories[:PAGE]],
        "older": older,
        "usual_wait": usual_wait(membership.team),
    }
    return team_page(request, membership, "stories/mine.html", context)
