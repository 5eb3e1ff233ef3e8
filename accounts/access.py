"""Access to every page. All addresses are closed until AccessMiddleware lets the person in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, cast
from urllib.parse import urljoin

from allauth.usersessions.models import UserSession
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from accounts.unsent_forms import keep_unsent_form, with_unsent_form
from kindwall.errors import with_page_for_refused_method
from kindwall.sessions import SessionStore

TeamView = Callable[Concatenate[HttpRequest, Membership, ...], HttpResponseBase]
PublicView = Callable[Concatenate[HttpRequest, Team, ...], HttpResponseBase]

ROTATED_AT = "rotated_at"  # in the session: the latest change of a role after which it got another key


class AccessMiddleware(LoginRequiredMiddleware):
    """Send visitors to sign in, and resolve a team's slug to the person's membership.

    A view under `<slug:team>/` is called as `view(request, membership, …)`. A stranger to the
    team gets the same 404 as for a team that does not exist. Two kinds of views are open wider,
    and say so: `publicly` and `for_people`.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if "team" not in view_kwargs:
            return super().process_view(request, view_func, view_args, view_kwargs)
        slug = view_kwargs["team"]
        public: PublicView | None = getattr(view_func, "publicly", None)
        membership = request.user.memberships_by_slug.get(slug) if isinstance(request.user, User) else None
        if membership is None and public is not None and (team := Team.objects.public().at(slug)):
            del view_kwargs["team"]
            return (
                redirect_to_present_slug(request, team)
                if team.slug != slug
                else public(request, team, *view_args, **view_kwargs)
            )
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None:
            return refused
        if membership is None:
            return self.without_membership(request, view_func, slug, view_args, view_kwargs)
        rotate_session_on_new_role(request, membership)
        del view_kwargs["team"]
        view_kwargs["membership"] = membership
        request.membership = membership  # type: ignore[attr-defined]
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return with_unsent_form(request, with_page_for_refused_method(request, response))

    def without_membership(
        self,
        request: HttpRequest,
        view_func: Callable[..., Any],
        slug: str,
        view_args: Any,
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase:
        """Redirect from a former address of the person's team, call a view for people outside, or raise Http404."""
        team = Team.objects.at(slug)
        if team is None:
            raise Http404
        if team.slug != slug and team.slug in person(request).memberships_by_slug:
            return redirect_to_present_slug(request, team)
        if getattr(view_func, "for_people", False):
            del view_kwargs["team"]
            return cast("HttpResponseBase", view_func(request, team, *view_args, **view_kwargs))
        raise Http404

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        if "text/event-stream" in request.headers.get("Accept", ""):
            return HttpResponse(status=401)
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        page = page_after_sign_in(request)
        if not keep_unsent_form(request, page):
            page = page_of(request, urljoin(request.path, "../"))
        if request.headers.get("HX-Request") == "true":
            refusal: HttpResponse = render(request, "accounts/signed_out.html", {"next": page}, status=401)
        else:
            refusal = redirect_to_login(page, self.get_login_url(view_func))
        patch_vary_headers(refusal, ["HX-Request"])
        return refusal


def page_after_sign_in(request: HttpRequest) -> str:
    """Return the page that gives a form back: the one that it was on, where that is known."""
    if "body" in request.POST:
        return page_of(request, request.path)
    # An action has no page of its own, so they return to that of the story above it.
    return page_of(request, urljoin(request.path, "../") if "message" in request.POST else reverse("unsent_form"))


def redirect_to_present_slug(request: HttpRequest, team: Team) -> HttpResponse:
    """Redirect to the same page under the team's present address; the browser sends a form again unchanged."""
    _former, _slash, rest = request.get_full_path().lstrip("/").partition("/")
    return redirect(team.get_absolute_url() + rest, preserve_request=True)


def rotate_session_on_new_role(request: HttpRequest, membership: Membership) -> None:
    """Give the session another key when its person may do more, or less, than when it was made."""
    changed_at = membership.role_changed_at
    if changed_at is None or changed_at.timestamp() <= request.session.get(ROTATED_AT, 0):
        return
    request.session[ROTATED_AT] = changed_at.timestamp()
    rotate_session(request)


def rotate_session(request: HttpRequest) -> None:
    """Give the session another key. Requests that are under way with the old one stay signed in."""
    session = cast("SessionStore", request.session)
    before = session.session_key
    with transaction.atomic():
        session.rotate()
        # The list of somebody's sessions knows each by its key.
        UserSession.objects.filter(session_key=before).update(session_key=session.session_key)


def page_of(request: HttpRequest, otherwise: str) -> str:
    """Return the page of this site that the form was sent from, or `otherwise` where the browser names none."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return page.partition("#")[0]
    return otherwise


def person(request: HttpRequest) -> User:
    """Return the signed-in person of a request that AccessMiddleware has let through."""
    return cast("User", request.user)


def publicly(view: PublicView) -> Callable[[TeamView], TeamView]:
    """Give people outside the team another view at the same address while the team's wall is public."""

    def opened(inside: TeamView) -> TeamView:
        inside.publicly = view  # type: ignore[attr-defined]
        return inside

    return opened


def for_people(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Open a view below a team's address to people outside the team; it is called with the team, not a membership."""
    view.for_people = True  # type: ignore[attr-defined]
    return view


def moderators_only(view: TeamView) -> TeamView:
    return guarded(view, lambda membership: membership.may_moderate, _("This page is for the team’s moderators."))


def owners_only(view: TeamView) -> TeamView:
    return guarded(view, lambda membership: membership.is_owner, _("This page is for the team’s owners."))


def guarded(view: TeamView, may: Callable[[Membership], bool], refusal: Any) -> TeamView:
    @wraps(view)
    def guard(request: HttpRequest, membership: Membership, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if membership.lacks_second_factor:
            keep_unsent_form(request, page_after_sign_in(request))
            return render(request, "accounts/two_factor_needed.html", status=403)
        if not may(membership):
            raise PermissionDenied(refusal)
        return view(request, membership, *args, **kwargs)

    return guard
