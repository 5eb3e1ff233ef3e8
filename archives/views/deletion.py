"""Views for deleting one's account: the choices, the confirmation, and cancelling within a day."""

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
from archives.forms import AccountDeletionForm
from archives.models import AccountDeletion
from archives.models.deletion import affected_teams, is_last_operator
from archives.requests import request_deletion


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@recently_confirmed
def delete_account(request: HttpRequest) -> HttpResponseBase:
    """Show one of three pages: the choices, the confirmation, or the date of a deletion that was requested."""
    who = person(request)
    if deletion := AccountDeletion.objects.of(who):
        return render(request, "archives/deletion_pending.html", {"deletion": deletion})
    affected = affected_teams(who)
    form = AccountDeletionForm(request.POST if request.method == "POST" else None, person=who, affected_teams=affected)
    context = {"form": form, "affected_teams": affected, "last_operator": is_last_operator(who)}
    if any(one.needs_new_owner for one in affected):
        return render(request, "archives/hand_over_first.html", context, status=409 if form.is_bound else 200)
    if not form.is_valid():
        return render(request, "archives/delete_account.html", context, status=422 if form.is_bound else 200)
    if request.POST.get("action") != "delete":
        return render(request, "archives/confirm_deletion.html", context)
    return request_from_form(request, who, form)


def request_from_form(request: HttpRequest, who: User, form: AccountDeletionForm) -> HttpResponse:
    try:
        deletion = request_deletion(who, form.choices)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        AccountDeletion.store_in_session(request.session, deletion)
    return redirect("delete_account")


@require_POST
def keep_account(request: HttpRequest) -> HttpResponse:
    """Cancel the deletion. This needs no password, because nobody loses anything by it."""
    if AccountDeletion.cancel(person(request)):
        messages.success(request, _("Your account stays, with everything in it. It is good that you are here."))
    AccountDeletion.store_in_session(request.session, None)
    return redirect("home")
