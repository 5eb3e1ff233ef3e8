"""A form that was sent after the session had ended, to be sent again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.unsent_forms import pop_any_unsent_form
from kindwall.errors import fields_of


@require_safe
def unsent(request: HttpRequest) -> HttpResponse:
    form = pop_any_unsent_form(request)
    if form is None:
        return redirect("home")
    context = {"typed": fields_of(form.fields), "path": form.path}
    return render(request, "accounts/unsent_form.html", context)
