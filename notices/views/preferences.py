"""A person's choice of what they are told, and how."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import person
from notices.forms import PreferencesForm
from notices.mailboxes import has_mailbox
from notices.models import NoticePause


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = PreferencesForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("notice_preferences")
    context = {"form": form, "has_mailbox": has_mailbox(user)}
    return render(request, "notices/preferences.html", context, status=422 if form.errors else 200)


@require_POST
def end_pause(request: HttpRequest) -> HttpResponse:
    NoticePause.end(person(request))
    messages.success(request, _("You get mail again."))
    return redirect("notice_preferences")
