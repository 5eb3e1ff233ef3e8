"""Signing up and signing in. The pages are allauth's; what is ours is how often they may be sent.

People who come by a link or an invitation are counted for it alone: a whole room behind one address signs up at once.
"""

from http import HTTPStatus
from typing import Any, ClassVar

from allauth.account import app_settings, views
from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import ngettext

from accounts.admission import JoinOffer, usable_offer
from accounts.models import JoinLink


class LimitedForm:
    """Shows a form that was sent too often with what was typed in it, and says when it can be sent again."""

    action: ClassVar[str]
    kept: ClassVar[tuple[str, ...]]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        offer = usable_offer(request)
        limit = self.limit_for(offer)
        key = offer.digest if offer else None
        if ratelimit.consume(request, app="allauth.account", action=limit, key=key):
            response: HttpResponseBase = super().post(request, *args, **kwargs)  # type: ignore[misc]
            return response
        return self.refuse(request, seconds_of(limit))

    def limit_for(self, offer: JoinOffer | None) -> str:
        if offer is None:
            return self.action
        return f"{self.action}_by_link" if isinstance(offer, JoinLink) else f"{self.action}_by_invitation"

    def refuse(self, request: HttpRequest, seconds: int) -> HttpResponse:
        typed = {name: request.POST.get(name, "") for name in self.kept}
        minutes = -(-seconds // 60)
        words = ngettext(
            "Many people have just sent this form. Please send it again in a minute.",
            "Many people have just sent this form. Please send it again in %(number)d minutes.",
            minutes,
        )
        context = self.get_context_data(  # type: ignore[attr-defined]
            form=self.get_form_class()(initial=typed),  # type: ignore[attr-defined]
            too_often=words % {"number": minutes},
        )
        response: HttpResponse = self.render_to_response(  # type: ignore[attr-defined]
            context, status=HTTPStatus.TOO_MANY_REQUESTS
        )
        response["Retry-After"] = str(seconds)
        return response


class SignupView(LimitedForm, views.SignupView):  # type: ignore[misc]
    action = "sign_up"
    kept = ("name", "email")


class LoginView(LimitedForm, views.LoginView):  # type: ignore[misc]
    action = "sign_in"
    kept = ("login",)


def seconds_of(action: str) -> int:
    """Return the seconds in which the limit of this name counts."""
    rates = ratelimit.parse_rates(app_settings.RATE_LIMITS[action])
    return int(max(rate.duration for rate in rates))
