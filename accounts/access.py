"""Who may reach what. Everything is closed until this module has let the person in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, cast
from urllib.parse import urljoin

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.keeping import keep_typed
from accounts.models import Membership, User

TeamView = Callable[Concatenate[HttpRequest, Membership, ...], HttpResponseBase]


class AccessMiddleware(LoginRequiredMiddleware):
    """Sends visitors to sign in, and resolves a team's slug to the person's membership.

    A view under `<slug:team>/` is called as `view(request, membership, …)`. A stranger to the
    team gets the same 404 as for a team that does not exist.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None:
            return refused
        if "team" in view_kwargs:
            view_kwargs["membership"] = membership_or_404(person(request), view_kwargs.pop("team"))
        return None

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        if "text/event-stream" in request.headers.get("Accept", ""):
            return HttpResponse(status=401)
        keep_typed(request)
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        # The composer is a page to come back to; an action is not, but the story above it is.
        page = page_of(request, request.path if "body" in request.POST else urljoin(request.path, "../"))
        if request.headers.get("HX-Request") == "true":
            refusal: HttpResponse = render(request, "accounts/signed_out.html", {"next": page}, status=401)
        else:
            refusal = redirect_to_login(page, self.get_login_url(view_func))
        patch_vary_headers(refusal, ["HX-Request"])
        return refusal


def page_of(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that this form was sent from."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return page.partition("#")[0]
    return otherwise


def membership_or_404(user: User, slug: str) -> Membership:
    membership = user.memberships_by_slug.get(slug)
    if membership is None:
        raise Http404
    return membership


def person(request: HttpRequest) -> User:
    """The signed-in person of a request that AccessMiddleware has let through."""
    return cast("User", request.user)


def moderators_only(view: TeamView) -> TeamView:
    @wraps(view)
    def guarded(request: HttpRequest, membership: Membership, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not membership.may_moderate:
            raise PermissionDenied("This page is for the team’s moderators.")
        return view(request, membership, *args, **kwargs)

    return guarded
