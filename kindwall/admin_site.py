"""The operator's admin: for staff who have shown their second factor."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.utils import get_next_redirect_url
from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts.two_factor import ask_for_two_factor, signed_in_with_two_factor
from kindwall.models import UndeliveredMail

# Apps whose rows contain secrets (session keys, tokens, seeds of second factors), or are of no use to operators.
APPS_LEFT_OUT = {"auth", "mfa", "socialaccount", "usersessions"}


class OperatorSite(AdminSite):
    site_header = site_title = _("Kindwall for its operator")
    index_title = _("People, teams and stories")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register the models that apps bring along, without those of APPS_LEFT_OUT."""
        several = isinstance(model_or_iterable, list | tuple)
        models: list[type[Model]] = model_or_iterable if several else [model_or_iterable]
        shown = [model for model in models if model._meta.app_label not in APPS_LEFT_OUT]
        super().register(shown, admin_class, **options)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show, first of all, how many mails could not be delivered (`templates/admin/index.html`)."""
        undelivered = UndeliveredMail.objects.count()
        return super().index(request, {"undelivered": undelivered, **(extra_context or {})})

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and signed_in_with_two_factor(request)

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send staff to the ordinary sign-in, which limits guessing, and then ask for their second factor."""
        if not signed_in_with_two_factor(request):
            return ask_for_two_factor(request, get_next_redirect_url(request) or reverse("admin:index"))
        return super().login(request, extra_context)
