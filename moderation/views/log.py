"""The log of decisions, for moderators and owners."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import moderators_only
from accounts.models import Membership
from moderation.forms.log import LogFilter
from moderation.log import as_table, log_of, read_log_page


@require_safe
@moderators_only
def decision_log(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    return log_page(request, membership, LogFilter(request.GET, by=membership))


@require_safe
@moderators_only
def decision_log_csv(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    wanted = LogFilter(request.GET, by=membership)
    if not wanted.is_valid():
        return log_page(request, membership, wanted)
    table = as_table(wanted.narrow(log_of(membership)))
    name = f"{membership.team.slug}-decisions-{timezone.localdate().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(table, content_type="text/csv; charset=utf-8", headers=headers)


def log_page(request: HttpRequest, membership: Membership, wanted: LogFilter) -> HttpResponse:
    """Respond with a page of the log, or with only the filter and its errors where it is invalid."""
    valid, before = wanted.is_valid(), request.GET.get("before", "")
    page = read_log_page(wanted.narrow(log_of(membership)), before) if valid else None
    context = {"here": "moderation", "page": page, "wanted": wanted, "before": before}
    return render(request, "moderation/log.html", context, status=200 if valid else 422)
