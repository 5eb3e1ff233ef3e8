"""Stopping a kind of mail by its link, without signing in (RFC 8058).

An app registers its kinds of mail in `AppConfig.ready()`. The link in a mail is signed and has no end: who has the mail
may stop such mails and start them again, and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

# A point, because a mail program may end a link at a colon.
signer = Signer(salt="kindwall.unsubscribe", sep=".")


@dataclass(frozen=True, slots=True)
class MailKind:
    """Mails that a person can stop. The functions get the person's pk, and what `link` was given: a team's pk."""

    name: str
    describe: Callable[..., str]  # as in “You get … no longer.”; empty when the person gets no such mail any more
    stop: Callable[..., None]  # repeating it is harmless
    resume: Callable[..., None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A kind of mail of one person."""

    kind: MailKind
    arguments: tuple[int, ...]  # the person's pk first

    @property
    def description(self) -> str:
        return self.kind.describe(*self.arguments)

    def stop(self) -> None:
        self.kind.stop(*self.arguments)

    def resume(self) -> None:
        self.kind.resume(*self.arguments)


mail_kinds: dict[str, MailKind] = {}


def register(kind: MailKind) -> None:
    mail_kinds[kind.name] = kind


def link(name: str, person: int, *arguments: int) -> str:
    """Return the address for the header and the footer of a mail (`kindwall.mail.write(…, unsubscribe=…)`)."""
    token = signer.sign_object([name, person, *arguments], compress=False)
    return settings.ORIGIN + reverse("unsubscribe", args=[token])


def opened(token: str) -> Subscription | None:
    """Return what the link is for; None when it was not made here, or its kind does not exist any more."""
    try:
        name, *arguments = signer.unsign_object(token)
    except BadSignature:
        return None
    return Subscription(mail_kinds[name], tuple(arguments)) if name in mail_kinds else None


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@csrf_exempt  # mail providers send it, and the token is the proof
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET, because programs open the links of a mail to check them. Stop, or resume, on POST.

    A provider that posts `List-Unsubscribe=One-Click` follows no redirect.
    """
    subscription = opened(token)
    description = subscription.description if subscription else ""
    if subscription is None or not description:
        return render(request, "unsubscribe.html", status=404)
    context: dict[str, Any] = {"description": description}
    if request.method == "POST":
        resumes = request.POST.get("mails") == "resume"
        (subscription.resume if resumes else subscription.stop)()
        context["state"] = "resumed" if resumes else "stopped"
    return render(request, "unsubscribe.html", context)
