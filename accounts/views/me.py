"""A person's own pages: profile, picture, and what becomes of their stories when they leave a team."""

from typing import cast

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import person
from accounts.departures import left_behind_by
from accounts.forms.me import DepartureChoiceForm, PictureForm, ProfileForm
from accounts.models import DepartureChoice, Membership, Picture, Team
from accounts.pictures import BUSY
from accounts.preferences import browser_language
from kindwall.htmx import fragment_or_redirect, is_htmx
from kindwall.uploads import takes_files

PICTURE = "accounts/me/profile.html#picture"
MOST_UPLOADED = 16 << 20  # bytes: up to there the form itself says that a picture is too large
A_YEAR = 31_536_000  # seconds
AGAIN_AFTER = 5  # seconds until a picture that had no turn may be sent again


@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=person(request))
    if request.method != "POST":
        return profile_page(request, form)
    if not form.is_valid():
        return profile_page(request, form, status=422)
    form.save_fields()
    with translation.override(
        person(request).language or browser_language(request)
    ):  # in the language they have just chosen
        messages.success(request, _("Saved."))
    return redirect("me")


def profile_page(
    request: HttpRequest, form: ProfileForm, picture_form: PictureForm | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "picture_form": picture_form or PictureForm(), "owner": person(request)}
    return render(request, "accounts/me/profile.html", context, status=status)


@takes_files(MOST_UPLOADED)
@require_POST
@vary_on_headers("HX-Request")
def set_picture(request: HttpRequest) -> HttpResponse:
    if limited := ratelimit.consume_or_429(request, action="picture", user=person(request)):
        return cast("HttpResponse", limited)
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        person(request).set_picture(form.cleaned_data["picture"])
        return picture_changed(request, _("That is your picture now."))
    return picture_refused(request, form)


def picture_refused(request: HttpRequest, form: PictureForm) -> HttpResponse:
    """Show the form again with its errors; where the decoder was busy, say when to send it again."""
    busy = form.has_error("picture", BUSY)
    if is_htmx(request):
        # htmx keeps the file chosen, and puts no 503 into the page.
        response = render(request, PICTURE, {"picture_form": form, "owner": person(request)}, status=422)
    else:
        response = profile_page(request, ProfileForm(instance=person(request)), form, status=503 if busy else 422)
    if busy:
        response["Retry-After"] = str(AGAIN_AFTER)
    return response


@require_POST
@vary_on_headers("HX-Request")
def remove_picture(request: HttpRequest) -> HttpResponse:
    person(request).remove_picture()
    return picture_changed(request, _("Your picture is gone."))


def picture_changed(request: HttpRequest, message: str) -> HttpResponse:
    context = {"picture_form": PictureForm(), "owner": person(request)}
    return fragment_or_redirect(request, PICTURE, context, to="me", said=message)


@require_safe
def picture(request: HttpRequest, pk: int, digest: str) -> HttpResponse:
    """Respond with a picture that browsers may cache forever: a new picture has another address."""
    found = get_object_or_404(Picture.objects.visible_to(person(request)), user__pk=pk, user__picture_digest=digest)
    response = HttpResponse(bytes(found.webp), content_type="image/webp")
    patch_cache_control(response, private=True, max_age=A_YEAR, immutable=True)
    return response


@require_safe
def my_teams(request: HttpRequest) -> HttpResponse:
    wishes = DepartureChoice.choices_of(person(request))
    memberships = [
        (membership, DepartureChoiceForm.about(membership.team, wishes))
        for membership in Membership.objects.of(person(request))
    ]
    counts = left_behind_by(person(request))
    left = [
        (team, counts[team.pk], DepartureChoiceForm.about(team, wishes))
        for team in Team.objects.left_by(person(request), counts).by_name()
    ]
    return render(request, "accounts/me/teams.html", {"memberships": memberships, "left": left})


@require_POST
def choose_parting(request: HttpRequest, pk: int) -> HttpResponse:
    """Store the choice for the team with this pk. It may be a team that the person has left."""
    team = get_object_or_404(Team.objects.known_to(person(request)), pk=pk)
    form = DepartureChoiceForm(request.POST)
    if form.is_valid() and DepartureChoice.choose(person(request), team, form.cleaned_data["choice"]):
        messages.success(request, _("%(team)s: saved.") % {"team": team.name})
    return redirect("my_teams")
