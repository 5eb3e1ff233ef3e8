"""The pages for when something does not work out. Each says what to do next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

WAIT = 300  # seconds after which most limits let somebody try again


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", {"reason": str(exception)}, status=403)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


@requires_csrf_token
def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What allauth shows whoever has come to one of its limits (ACCOUNT_RATE_LIMITS), which it counts in a window."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(WAIT)
    return response


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request's context: whatever broke may break again in a context processor.
    return HttpResponse(render_to_string("errors/500.html"), status=500)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before a sign-in or sign-out: give back what was typed, ready to send again."""
    return render(request, "errors/csrf.html", {"typed": typed_here(request)}, status=403)


def typed_here(request: HttpRequest) -> dict[str, list[str]]:
    """The words of a form of ours; nothing for a form that another site has sent."""
    ours = f"{request.scheme}://{request.get_host()}"
    if request.headers.get("Origin") != ours or not {"body", "message"} & request.POST.keys():
        return {}
    return {
        name: [str(value) for value in values] for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"
    }
