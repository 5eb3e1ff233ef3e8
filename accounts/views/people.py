"""The people of a team: roles, trust, removal and leaving."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import moderators_only, owners_only
from accounts.forms.people import HandOverForm, LeaveForm, RoleForm
from accounts.models import Membership, Refused, Role
from accounts.names import isolated
from accounts.person_page import extra_context
from accounts.reauthentication import recently_confirmed, recently_confirmed_from
from kindwall.numbers import read_number

PEOPLE_PAGE = 50
LONGEST_SEARCH = 254  # an address at its longest; SQLite fails at a pattern of 50,000 bytes
GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def people(request: HttpRequest, membership: Membership) -> HttpResponse:
    everybody = Membership.objects.in_team(membership.team)
    words, after = request.GET.get("q", "").strip()[:LONGEST_SEARCH], read_number(request.GET.get("after", ""))
    found = everybody.named(words, or_at=membership.is_owner) if words else everybody
    page = list(found.with_confirmation().page_after(after)[: PEOPLE_PAGE + 1])
    context = {
        "here": "people",
        "people": page[:PEOPLE_PAGE],
        "more": page[PEOPLE_PAGE - 1].pk if len(page) > PEOPLE_PAGE else None,
        "number": everybody.count(),
        "words": words,
        "after": after,
    }
    return render(request, "accounts/people/people.html", context)


@require_safe
def person(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """Show one's own page to everybody, and other people's to moderators and owners."""
    if pk == membership.pk:
        return person_page(request, membership, membership)
    return other_person(request, membership, pk)


@moderators_only
def other_person(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    return person_page(request, membership, get_member(membership, pk))


@require_POST
@owners_only
def change_role(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    member = get_member(membership, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return person_page(request, membership, member, form)
    if Role.OWNER in (member.role, form.cleaned_data["role"]):
        return change_ownership(request, membership, pk)
    return set_role(request, membership, pk)


def set_role(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    member, role = get_member(membership, pk), request.POST["role"]
    message = _("%(name)s is now: %(role)s.") % {"name": isolated(member.user), "role": Role(role).label}
    return perform(request, membership, lambda: member.change_role(role, by=membership), message)


# To make or unmake an owner needs a confirmation, as removing a person does.
change_ownership = recently_confirmed_from("person")(set_role)


@GET_AND_POST
@owners_only
@recently_confirmed
def hand_over(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    member = get_member(membership, pk)
    form = HandOverForm(request.POST or None)
    if not form.is_valid():
        return member_page(request, membership, member, "accounts/people/hand_over.html", form)
    message = _("%(name)s is now the owner of %(team)s.") % {
        "team": isolated(membership.team),
        "name": isolated(member.user),
    }
    return perform(request, membership, lambda: membership.hand_over(member, then=form.cleaned_data["then"]), message)


@GET_AND_POST
@owners_only
@recently_confirmed
def remove_person(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    member = get_member(membership, pk)
    if request.method != "POST":
        return member_page(request, membership, member, "accounts/people/remove.html")
    message = _("%(name)s is not in the team any more.") % {"name": isolated(member.user)}
    return perform(request, membership, lambda: member.remove(by=membership), message)


@GET_AND_POST
@recently_confirmed
def leave(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    form = LeaveForm(request.POST or None, wish=membership.user.departure_choice_in(membership.team))
    if not form.is_valid():
        return member_page(request, membership, membership, "accounts/people/leave.html", form)
    try:
        membership.leave(choice=form.cleaned_data["choice"])
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("leave", team=membership.team.slug)
    messages.success(request, _("You have left %(team)s.") % {"team": isolated(membership.team)})
    return redirect("home")


def get_member(membership: Membership, pk: int) -> Membership:
    return get_object_or_404(Membership.objects.in_team(membership.team), pk=pk)


def person_page(
    request: HttpRequest,
    membership: Membership,
    member: Membership,
    form: RoleForm | None = None,
) -> HttpResponse:
    is_oneself = member.pk == membership.pk
    more = {
        "is_oneself": is_oneself,
        **extra_context(membership, member),
    }
    form = form or RoleForm(initial={"role": member.role})
    return member_page(request, membership, member, "accounts/people/person.html", form, **more)


def member_page(
    request: HttpRequest,
    membership: Membership,
    member: Membership,
    template: str,
    form: object = None,
    **more: object,
) -> HttpResponse:
    """Render a page about `member`, with status 422 where a form was sent and is invalid."""
    status = 422 if request.method == "POST" else 200
    context = {
        "here": "people",
        "member": member,
        "form": form,
        "wish": member.user.departure_choice_in(member.team),
        "is_last_owner": member.is_last_owner,
        **more,
    }
    return render(request, template, context, status=status)


def perform(request: HttpRequest, membership: Membership, act: Callable[[], object], message: str) -> HttpResponse:
    """Call `act` and redirect to the list of people, which every role can open: the reader's may have changed."""
    try:
        act()
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, message)
    return redirect("people", team=membership.team.slug)
