"""A moderator's absence, and the introduction to the desk."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.forms.people import AwayForm
from accounts.models import Membership
from kindwall.htmx import fragment_or_redirect, is_htmx
from moderation.addresses import desk_address

AWAY = "moderation/away.html#away"


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def away(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    form = AwayForm(request.POST)
    if not form.is_valid():
        return still_here(request, membership, form)
    until = form.cleaned_data["until"]
    membership.go_away_until(until)
    day = (
        date_format(until, pgettext("a day and its month, in the letters of Django’s date filter", "j F"))
        if until
        else ""
    )
    notice = _("You are away until %(day)s.") % {"day": day} if until else _("Good that you are back.")
    return fragment_or_redirect(request, AWAY, {}, to=desk_address(membership), notice=notice)


def still_here(request: HttpRequest, membership: Membership, form: AwayForm) -> HttpResponse:
    context = {"here": "moderation", "away_form": form}
    if is_htmx(request):
        return render(request, AWAY, context, status=422)
    return render(request, "moderation/away.html", context, status=422)


@require_POST
@moderators_only
def dismiss_introduction(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    membership.dismiss_desk_introduction()
    return HttpResponse() if is_htmx(request) else redirect(desk_address(membership))
