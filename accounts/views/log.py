"""The team's log, for its moderators and owners."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import moderators_only
from accounts.models import Membership, TeamEntry
from accounts.team_log import line_of
from kindwall.numbers import read_number

ENTRIES_PAGE = 50


@require_safe
@moderators_only
def log(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    before = request.GET.get("before", "")
    entries = TeamEntry.objects.of(membership.team).newest_first().page_after(read_number(before))
    page = list(entries[: ENTRIES_PAGE + 1])
    context = {
        "here": "settings",
        "lines": [line_of(entry) for entry in page[:ENTRIES_PAGE]],
        "older": page[ENTRIES_PAGE - 1].pk if len(page) > ENTRIES_PAGE else None,
        "before": before,
    }
    return render(request, "accounts/settings/log.html", context)
