"""Reports: a member points the moderators to a story on the wall."""

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import Membership
from stories.forms import ReportForm
from stories.models import Overtaken, Report, Story, seen_by
from stories.views.lookup import get_readable, read_origin
from stories.views.story import story_page

TOO_OFTEN = gettext_lazy("You have sent many reports in one hour. Please talk to a moderator, or send this one later.")
THANKS = gettext_lazy(
    "Thank you. A moderator will review the story. Its author does not learn that somebody reported it."
)
ALREADY = {
    "": gettext_lazy("You have reported this story already. The moderators will review it."),
    "kept": gettext_lazy("A moderator has reviewed the story after your report. It stays on the wall."),
    "removed": gettext_lazy("A moderator has reviewed the story after your report."),
}


@require_POST
def report(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_readable(membership, pk)
    form = ReportForm(request.POST)
    if story.is_published and story.author_id != membership.user_id:
        if not form.is_valid():
            return story_page(request, membership, story, status=422, report_form=form, reporting=True)
        if not ratelimit.consume(request, action="report"):
            form.add_error(None, TOO_OFTEN)
            page = story_page(request, membership, story, status=429, report_form=form, reporting=True)
            page["Retry-After"] = "3600"  # the hour that ACCOUNT_RATE_LIMITS counts in
            return page
    return reported(request, membership, story, form)


def reported(request: HttpRequest, membership: Membership, story: Story, form: ReportForm) -> HttpResponse:
    """Make the report. The model refuses it for one's own story and for one that is not on the wall."""
    form.is_valid()
    reason, words = form.cleaned_data.get("reason", ""), form.cleaned_data.get("message", "")
    try:
        made, new = Report.make(story, by=membership, reason=reason, words=words)
    except Overtaken:
        messages.warning(request, _("It is not on the wall any more, so there is nothing to report."))
    else:
        messages.success(request, THANKS if new else ALREADY[made.outcome])
    if seen_by(membership, [story.pk]):
        _wanted, origin = read_origin(request, story, membership.user_id)
        return redirect(f"{story.get_absolute_url()}{origin and '?'}{origin}")
    return redirect("wall", team=membership.team.slug)
