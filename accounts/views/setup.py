"""Setting up an empty installation."""

import io
from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import EmailAddress, Login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.management import call_command
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import rotate_session
from accounts.forms.teams import SetupForm, SetupTeamForm, free_slug
from accounts.models import Installation, Membership, Refused, SetupLink, User


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_not_required
def setup(request: HttpRequest, token: str = "") -> HttpResponseBase:
    """Set up the installation by the link that the server printed. Raises Http404 once it is set up."""
    user = request.user if isinstance(request.user, User) else None
    opened = bool(token) and SetupLink.opens_with(token)
    if not Installation.can_be_set_up_by(user) and not (user is None and opened and SetupLink.is_needed()):
        raise Http404
    is_operator = user is not None and user.is_superuser
    if not opened and not is_operator:
        return render(request, "accounts/setup_closed.html", {"stale": bool(token)}, status=404 if token else 200)
    if user is None and (settings.SSO_ONLY or User.objects.exists()):
        # By single sign-on the first person signs in as everybody does; and there may be accounts already.
        return render(request, "accounts/setup.html", {"sign_in_first": True})
    kind = SetupTeamForm if user else SetupForm
    form: Any = kind(request.POST) if request.method == "POST" else kind()
    if not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "accounts/setup.html", {"form": form}, status=status)
    try:
        owner = set_up(user, form.cleaned_data)
    except Refused:
        raise Http404 from None
    if form.cleaned_data["demo"]:
        call_command("load_demo", owner=owner.user.email, stdout=io.StringIO())
    messages.success(request, _("Welcome to Kindwall. This wall is yours. Next, invite somebody."))
    if user is None:
        login = Login(user=owner.user, redirect_url=owner.team.get_absolute_url())
        return perform_password_login(request, {"email": owner.user.email}, login)  # type: ignore[no-any-return]
    rotate_session(request)
    return redirect(owner.team)


@transaction.atomic
def set_up(user: User | None, given: dict[str, Any]) -> Membership:
    if user is None:
        user = User(name=given["name"], email=given["email"])
        user.set_password(given["password"])
    owner = Installation.set_up(user, team=given["team"], slug=free_slug(given["team"]))
    # There may be no mail server yet to confirm the address by.
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True, "verified": True})
    return owner
