"""Views for exporting one's own data."""

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person
from accounts.reauthentication import recently_confirmed_from
from archives import requests
from archives.models import Export
from archives.zip_file import download


@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    return render(request, "archives/my_data.html", {"export": Export.objects.of(person(request)).current().first()})


@require_POST
@recently_confirmed_from("my_data")
def export_my_data(request: HttpRequest) -> HttpResponseBase:
    if limited := ratelimit.consume_or_429(request, action="export", user=request.user):
        return limited  # type: ignore[no-any-return]
    file = requests.export_personal_data(person(request))
    if file is not None:
        return file
    messages.success(request, _("Your export is being prepared. We send you a mail when it is ready."))
    return redirect("my_data")


@require_POST
@recently_confirmed_from("my_data")
def download_my_data(request: HttpRequest) -> HttpResponseBase:
    export = get_object_or_404(Export.objects.of(person(request)).ready())
    return download(export.read(), export.name, export.size)
