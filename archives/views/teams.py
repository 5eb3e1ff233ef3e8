"""Views for exporting and importing a whole team."""

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import owners_only, person
from accounts.models import Membership
from accounts.reauthentication import recently_confirmed, recently_confirmed_from
from accounts.two_factor import ask_for_two_factor, signed_in_with_two_factor
from accounts.unsent_forms import keep_unsent_form
from archives import requests
from archives.forms import ImportForm
from archives.import_team import SlugTaken, import_archive
from archives.models import Export
from archives.rows import Unreadable
from archives.zip_file import download
from kindwall.uploads import MOST_BODY, takes_files


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
def export_team(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    if request.method == "POST":
        return start_export(request, membership)
    context = {"here": "settings"}
    export = Export.objects.of(membership.user, membership.team).current().first()
    return render(request, "archives/export_team.html", {**context, "export": export})


@recently_confirmed
def start_export(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    if limited := ratelimit.consume_or_429(request, action="export", user=request.user):
        return limited  # type: ignore[no-any-return]
    file = requests.team_export_response(membership)
    if file is not None:
        return file
    messages.success(request, _("Your export is being prepared. We send you a mail when it is ready."))
    return redirect("export_team", team=membership.team.slug)


@require_POST
@owners_only
@recently_confirmed_from("export_team")
def download_team(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    export = get_object_or_404(Export.objects.of(membership.user, membership.team).ready())
    return download(export.read(), export.name, export.size)


@takes_files(MOST_BODY)
@require_http_methods(["GET", "HEAD", "POST"])
def import_team(request: HttpRequest) -> HttpResponseBase:
    if not person(request).is_staff:
        raise PermissionDenied(_("Only the person who runs this installation can import a team."))
    if not signed_in_with_two_factor(request):
        keep_unsent_form(request, request.path)
        return ask_for_two_factor(request, request.path)
    return import_upload(request)


@recently_confirmed
def import_upload(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_valid():
        try:
            result = import_archive(form.cleaned_data["file"], slug=form.cleaned_data["slug"], by=person(request))
        except SlugTaken as taken:
            form.add_error("slug", str(taken))
        except Unreadable as unreadable:
            form.add_error("file", str(unreadable))
        else:
            return render(request, "archives/team_imported.html", {"result": result})
    return render(request, "archives/import_team.html", {"form": form}, status=422 if form.errors else 200)
