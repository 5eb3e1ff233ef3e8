"""Going for good: first what becomes of everything, then a day in which it can be taken back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import person
from accounts.models import Refused, User
from accounts.reauthentication import recently_confirmed
from archives.forms import GoingForm
from archives.models import AccountDeletion
from archives.models.deletion import farewells, is_last_operator
from archives.requests import ask_to_delete


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@recently_confirmed
def delete_account(request: HttpRequest) -> HttpResponseBase:
    """Three pages at one address: what becomes of the stories; what will happen; once it is asked for, until when."""
    who = person(request)
    if asked := AccountDeletion.objects.of(who):
        return render(request, "archives/leaving.html", {"asked": asked})
    leaving = farewells(who)
    form = GoingForm(request.POST if request.method == "POST" else None, person=who, farewells=leaving)
    context = {"form": form, "farewells": leaving, "last_operator": is_last_operator(who)}
    if any(farewell.needs_heir for farewell in leaving):
        return render(request, "archives/hand_over_first.html", context, status=409 if form.is_bound else 200)
    if not form.is_valid():
        return render(request, "archives/delete_account.html", context, status=422 if form.is_bound else 200)
    if request.POST.get("action") != "delete":
        return render(request, "archives/delete_account_sure.html", context)
    return ask(request, who, form)


def ask(request: HttpRequest, who: User, form: GoingForm) -> HttpResponse:
    try:
        asked = ask_to_delete(who, form.choices)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        AccountDeletion.remember_in(request.session, asked)
    return redirect("delete_account")


@require_POST
def keep_account(request: HttpRequest) -> HttpResponse:
    """Asks for no confirmation: it takes nothing from anybody."""
    if AccountDeletion.keep(person(request)):
        messages.success(request, _("Your account stays, and everything in it. Good that you are here."))
    AccountDeletion.remember_in(request.session, None)
    return redirect("home")
