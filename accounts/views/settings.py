"""A team's settings, for its owners: one page for each subject."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import owners_only
from accounts.addresses import readable_domain
from accounts.forms.reasons import ReasonList
from accounts.forms.settings import (
    AboutForm,
    DomainForm,
    JoiningForm,
    MailForm,
    ModerationForm,
    SecurityForm,
    SettingsForm,
    WallForm,
)
from accounts.models import Membership, Refused, TeamDomain
from accounts.reauthentication import confirmed_recently, recently_confirmed_from, redirect_to_reauthentication
from accounts.team_overview import rules_of
from accounts.two_factor import has_two_factor, without_two_factor
from accounts.unsent_forms import keep_unsent_form, unsent_form_for


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
def about(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    form = AboutForm(typed(request), by=membership)
    if save_settings(request, form, "slug"):
        return redirect("settings", team=membership.team.slug)
    return settings_page(request, membership, "about", {"form": form, "host": request.get_host()})


@require_safe
@owners_only
def overview(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    context = {"here": "settings", "rules": list(rules_of(membership.team))}
    return render(request, "accounts/settings/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
def wall(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    form = WallForm(typed(request), by=membership)
    if asked := reauthentication_if_wider(request, form):
        return asked
    if save_settings(request, form):
        return redirect("settings_wall", team=membership.team.slug)
    return settings_page(request, membership, "wall", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
def joining(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    form = JoiningForm(typed(request), by=membership)
    if asked := reauthentication_if_wider(request, form):
        return asked
    if save_settings(request, form):
        return redirect("settings_joining", team=membership.team.slug)
    return joining_page(request, membership, form, DomainForm())


@require_POST
@owners_only
@recently_confirmed_from("settings_joining")
def add_domain(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    form = DomainForm(request.POST)
    if form.is_valid() and form.save(by=membership):
        messages.success(request, _("Added: %(domain)s.") % {"domain": readable_domain(form.cleaned_data["domain"])})
        return redirect("settings_joining", team=membership.team.slug)
    return joining_page(request, membership, JoiningForm(None, by=membership), form)


@require_POST
@owners_only
def drop_domain(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    domain = get_object_or_404(TeamDomain.objects.of(membership.team), pk=pk)
    if domain.drop(by=membership):
        messages.success(request, _("Removed from the list: %(domain)s.") % {"domain": readable_domain(domain.domain)})
    return redirect("settings_joining", team=membership.team.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
def moderation(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Show and save the rules of moderation and the reasons, which are one form."""
    if request.method == "POST":
        return save_moderation(request, membership, has_list="before-reasons" in request.POST)
    addresses = {reverse(page, args=[membership.team.slug]) for page in ("settings_moderation", "settings_reasons")}
    if unsent := unsent_form_for(request, addresses):
        list_of_reasons = ReasonList.typed(unsent.fields, by=membership)  # as many rows as were sent
    else:
        list_of_reasons = ReasonList.of(membership)
    return moderation_page(request, membership, ModerationForm(None, by=membership), list_of_reasons)


@require_POST
@owners_only
def reasons(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Show the form with the list of reasons rearranged, and nothing saved."""
    press = request.POST.get("do", "save")
    if press == "save":
        return save_moderation(request, membership, has_rules="policy" in request.POST)
    arranged = ReasonList.typed(request.POST, by=membership)
    arranged.rearrange(press)
    rules = ModerationForm.as_typed(request.POST, by=membership)
    return moderation_page(request, membership, rules, arranged, unsaved=True)


def save_moderation(
    request: HttpRequest, membership: Membership, *, has_rules: bool = True, has_list: bool = True
) -> HttpResponseBase:
    """Save the rules and the reasons together, or neither. A page from before they were one form has one of them."""
    rules = ModerationForm(request.POST if has_rules else None, by=membership)
    listed = ReasonList.typed(request.POST, by=membership) if has_list else ReasonList.of(membership)
    if listed.is_valid() and not rules.errors:
        with transaction.atomic():
            changed = [rules.is_bound and rules.save(), listed.save()]
        messages.success(request, _("Saved.") if any(changed) else _("Nothing had to be changed."))
        return redirect("settings_moderation", team=membership.team.slug)
    if not rules.errors:
        listed.focus_first_error()
    return moderation_page(request, membership, rules, listed, unsaved=True, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
def mail(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    form = MailForm(typed(request), by=membership)
    if save_settings(request, form):
        return redirect("settings_mail", team=membership.team.slug)
    return settings_page(request, membership, "mail", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@owners_only
def security(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    form = SecurityForm(typed(request), by=membership)
    if asked := reauthentication_if_wider(request, form):
        return asked
    if save_settings(request, form):
        return redirect("settings_security", team=membership.team.slug)
    context = {
        "form": form,
        "has_two_factor": has_two_factor(membership.user),
        "without_two_factor": without_two_factor(membership.team),
    }
    return settings_page(request, membership, "security", context)


def typed(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def reauthentication_if_wider(request: HttpRequest, form: SettingsForm) -> HttpResponse | None:
    """Ask for the password before a change that opens the team to more people. Returns None where none is needed."""
    if not (form.is_valid() and form.opens_wider) or confirmed_recently(request):
        return None
    keep_unsent_form(request, request.path)
    return redirect_to_reauthentication(request, request.path)


def save_settings(request: HttpRequest, form: SettingsForm, field: str | None = None) -> bool:
    """Save the form if it is valid, and return whether that worked. A refusal becomes an error of `field`."""
    if not form.is_valid():
        return False
    try:
        messages.success(request, _("Saved.") if form.save() else _("Nothing had to be changed."))
    except Refused as refused:
        form.add_error(field, str(refused))
    return not form.errors


def joining_page(
    request: HttpRequest, membership: Membership, form: JoiningForm, domain_form: DomainForm
) -> HttpResponse:
    context = {"form": form, "domain_form": domain_form, "domains": TeamDomain.objects.of(membership.team)}
    status = 422 if domain_form.errors else 200
    return settings_page(request, membership, "joining", context, status=status)


def moderation_page(
    request: HttpRequest,
    membership: Membership,
    form: ModerationForm,
    reasons: ReasonList,
    unsaved: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "reasons": reasons, "unsaved": unsaved}
    return settings_page(request, membership, "moderation", context, status=status)


def settings_page(
    request: HttpRequest, membership: Membership, page: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    header = {"here": "settings"}
    status = 422 if context["form"].errors else status
    return render(request, f"accounts/settings/{page}.html", {**header, **context}, status=status)
