"""A moderator's own phrases, to begin letters with."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership
from accounts.unsent_forms import pop_unsent_form
from kindwall.htmx import fragment_or_redirect, is_htmx
from moderation.forms.phrases import PhraseForm
from stories.models import Phrase
from stories.models.phrase import MOST_PHRASES

LIST = "moderation/phrases.html#phrases"


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@moderators_only
def phrases(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    if request.method != "POST":
        typed = pop_unsent_form(request, [request.path])
        return phrases_page(request, membership, PhraseForm(initial={"body": typed.fields["body"] if typed else ""}))
    form = PhraseForm(request.POST)
    new = form.save(by=membership) if form.is_valid() else None
    if new is None:
        return phrases_page(request, membership, form, status=422)
    return phrases_changed(request, membership, _("Kept.") if new else _("You have this one already."))


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def drop_phrase(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    get_object_or_404(Phrase.objects.of(membership), pk=pk).drop()
    return phrases_changed(request, membership, _("Let go."))


def phrases_page(request: HttpRequest, membership: Membership, form: PhraseForm, status: int = 200) -> HttpResponse:
    context = {"here": "moderation", **shown(membership, form)}
    if status != 200 and is_htmx(request):
        return render(request, LIST, context, status=status)
    return render(request, "moderation/phrases.html", context, status=status)


def phrases_changed(request: HttpRequest, membership: Membership, notice: str) -> HttpResponse:
    address = reverse("phrases", kwargs={"team": membership.team.slug})
    return fragment_or_redirect(request, LIST, shown(membership, PhraseForm()), to=address, notice=notice)


def shown(membership: Membership, form: PhraseForm) -> dict[str, object]:
    own = list(Phrase.objects.of(membership))
    return {
        "phrases": own,
        "form": form,
        "most": MOST_PHRASES,
        "full": len(own) >= MOST_PHRASES,
    }
