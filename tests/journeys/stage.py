"""The data with which journeys begin, and the questions about data when they end.

Runs as a process of its own (`Installation.behind`): the thread that drives a browser has an event
loop, where Django lets nobody near the database. One line of JSON in is a function and its
arguments, one line out its result or its error. After an error it goes on: other journeys follow.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

import django

django.setup()

# Models can be imported only now.
from allauth.account.models import EmailAddress  # noqa: E402
from allauth.mfa.models import Authenticator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.crypto import get_random_string  # noqa: E402

from accounts.models import Membership, Reason, Team, User  # noqa: E402
from accounts.models.reason import ReasonLetter  # noqa: E402
from archives.models import Export  # noqa: E402
from kindwall import clock  # noqa: E402
from kindwall.sessions import SessionStore  # noqa: E402
from notices.models import Notice  # noqa: E402
from stories.models import Claim, OutboxEvent, Report, Story, StoryText  # noqa: E402
from stories.models.audit import UNDO_FOR  # noqa: E402
from tests.factories import (  # noqa: E402
    make_draft,
    make_member,
    make_session,
    make_story,
    make_team,
    make_user,
)
from tests.journeys.busy_town import busy_town  # noqa: E402

TEAM = "harbour"


def membership(who: str, team: str = TEAM) -> Membership:
    return Membership.objects.select_related("team", "user").get(team__slug=team, user__email=f"{who}@kindwall.example")


def story(
    *,
    author: str,
    body: str,
    state: str = "published",
    moderator: str = "moderator",
    kind: str = "given",
    qualities: Sequence[str] = ("hope",),
    team: str = TEAM,
) -> int:
    """The number of a new story that has come to `state` the way stories do."""
    made = make_story(
        author=membership(author, team),
        moderator=membership(moderator, team),
        state=state,
        body=body,
        kind=kind,
        qualities=qualities,
    )
    if made.decided_at:  # pages tell how long such a wait usually takes
        Story.objects.filter(pk=made.pk).update(submitted_at=made.decided_at - timedelta(minutes=21))
    return made.pk


def cookies_of(person: User) -> dict[str, str]:
    return {settings.SESSION_COOKIE_NAME: make_session(person), settings.CSRF_COOKIE_NAME: get_random_string(32)}


def session_of(*, who: str) -> dict[str, str]:
    """The cookies of a browser in which this person has just signed in."""
    return cookies_of(User.objects.get(email=f"{who}@kindwall.example"))


def operator_session() -> dict[str, str]:
    """The cookies of a browser in which an operator has just confirmed who they are, with a second factor."""
    person, _new = User.objects.get_or_create(email="operator@example.org", defaults={"name": "Opal", "is_staff": True})
    Authenticator.objects.get_or_create(user=person, type="totp", defaults={"data": {"secret": "x"}})
    cookies = cookies_of(person)
    session = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "reauthenticated": True}]
    session.save()
    return cookies


def draft(*, author: str, body: str = "", kind: str = "", qualities: Sequence[str] = ()) -> int:
    return make_draft(author=membership(author), body=body, kind=kind, qualities=qualities).pk


def decide(*, pk: int, how: str, moderator: str = "moderator", message: str = "", team: str = TEAM) -> None:
    found = Story.objects.get(pk=pk)
    words = {"message": message} if message else {}
    # With words, long enough ago that its author may read them.
    with clock.at(timezone.now() - (UNDO_FOR if message else timedelta())):
        getattr(found, how)(by=membership(moderator, team), revision=found.revision, **words)


def return_and_undo(*, pk: int, moderator: str = "moderator") -> None:
    """Return a story and undo that in time, long enough ago that it would have settled by now."""
    found, by, now = Story.objects.get(pk=pk), membership(moderator), timezone.now()
    with transaction.atomic():  # the worker, which sees a decision of long ago, may not come in between
        with clock.at(now - 2 * UNDO_FOR):
            found.return_for_change(
                by=membership(moderator), revision=found.revision, message="Please say what happened."
            )
        with clock.at(now - 2 * UNDO_FOR + timedelta(seconds=1)):
            found.undo(found.audit_log.latest("pk"), by=by)


def read_all_notices(*, who: str) -> None:
    Notice.objects.mark_read(membership(who).user)


def new_password(*, who: str) -> None:
    """As `manage.py changepassword` gives it to somebody: every session of theirs ends."""
    user = membership(who).user
    user.set_password(settings.DEMO_PASSWORD)
    user.save()


def ready_export(*, who: str, size: int) -> None:
    """A packed archive of the team, of so many bytes, that this person may fetch."""
    export, _new = Export.request(membership(who).user, membership(who).team, "harbour.zip")
    export.store(BytesIO(os.urandom(size)))


def own_reason(*, by: str, name: str, words: str) -> None:
    Reason.save_own(ReasonLetter(name, words), by=membership(by))


def time_passes(*, pks: Sequence[int]) -> None:
    """Until nothing of what was decided on these can be undone any more."""
    Story.objects.filter(pk__in=pks).update(settles_at=None)


def log_of(*, pk: int) -> list[tuple[str, str]]:
    """Return the actions on a story with their people."""
    return list(Story.objects.get(pk=pk).audit_log.order_by("pk").values_list("action", "actor__email"))


def pair(*, slug: str) -> list[int]:
    """A team of its own, whose two moderators find six stories waiting; the longest wait first."""
    made = make_team(name="The Pair", slug=slug)
    for who, name, role in (
        ("one", "Otto One", "owner"),
        ("two", "Thea Two", "moderator"),
        ("author", "Ada Author", "member"),
        ("reader", "Rita Reader", "member"),
    ):
        make_member(team=made, name=name, role=role, email=f"{slug}.{who}@kindwall.example")
    author = membership(f"{slug}.author", slug)
    return [make_story(author=author, state="pending", body=f"Story {place} of Ada’s.").pk for place in range(1, 7)]


def queue(*, slug: str, number: int, words: str) -> list[int]:
    """A team of its own, where so many stories wait; the longest wait first."""
    made = make_team(name="The Long Table", slug=slug)
    make_member(team=made, name="Lou Long", role="owner", email=f"{slug}.owner@kindwall.example")
    make_member(team=made, name="Sam Second", role="moderator", email=f"{slug}.second@kindwall.example")
    author = make_member(team=made, name="Ada Author", email=f"{slug}.author@kindwall.example")
    return [make_story(author=author, state="pending", body=f"{words} {place}.").pk for place in range(number)]


def mixed_queue(*, slug: str, number: int) -> dict[str, Any]:
    """A team of its own with all that a moderator meets: a line of stories to decide on, and some apart."""
    line = queue(slug=slug, number=number, words="Told well, with popcorn and teh typo. She waited with me until")
    Team.objects.filter(slug=slug).update(watch_words="popcorn")
    owner, second, author = (membership(f"{slug}.{who}", slug) for who in ("owner", "second", "author"))
    objection = make_story(author=author, moderator=owner, state="declined", body="Mine to tell.")
    objection.stand_by(by=author, message="She asked me to.")
    reported = make_story(author=author, moderator=second, state="published", body="Brought soup to the night shift.")
    Report.make(reported, by=owner, reason="private", words="Perhaps.")
    last = make_story(author=author, state="pending", body="Last of all, somebody brought soup.")
    return {"line": line, "objection": objection.pk, "reported": reported.pk, "last": last.pk}


def states(*, pks: Sequence[int]) -> list[str]:
    found = dict(Story.objects.filter(pk__in=pks).values_list("pk", "state"))
    return [found[pk] for pk in pks]


def claimed(*, slug: str) -> list[int]:
    return list(Claim.objects.fresh().filter(story__team__slug=slug).values_list("story", flat=True))


def uplift(*, pk: int, by: str) -> None:
    assert Story.objects.get(pk=pk).toggle_uplift(by=membership(by))


def rewrite(*, pk: int, body: str) -> None:
    """The author, in another window."""
    found = Story.objects.select_related("author", "team").get(pk=pk)
    author = Membership.objects.select_related("team", "user").get(team=found.team, user=found.author)
    found.withdraw(by=author)
    found.revise(by=author, revision=found.revision, text=StoryText(found.kind, found.qualities, body))
    found.submit(by=author)


def written(*, words: str) -> list[dict[str, Any]]:
    """Every story with these words in it, however far it has come."""
    return [
        {"pk": found.pk, "state": found.state, "body": found.body, "kind": found.kind, "qualities": found.qualities}
        for found in Story.objects.filter(body__contains=words).order_by("pk")
    ]


def person(*, who: str, name: str) -> None:
    """Somebody who is in no team."""
    make_user(name=name, email=f"{who}@kindwall.example")


def member(*, who: str, name: str) -> None:
    """Somebody new in the demo team."""
    make_member(team=Team.objects.get(slug=TEAM), name=name, email=f"{who}@kindwall.example")


def change_role(*, who: str, role: str, by: str = "owner") -> None:
    assert membership(who).change_role(role, by=membership(by))


def people_with(*, email: str) -> list[tuple[str, bool]]:
    """The names at an address, and whether it is confirmed."""
    return list(EmailAddress.objects.filter(email=email).values_list("user__name", "verified"))


def team(*, slug: str, name: str, owner: str, owner_name: str) -> None:
    """A team where nothing has happened yet."""
    made: Team = make_team(name=name, slug=slug)
    make_member(team=made, name=owner_name, role="owner", email=f"{owner}@kindwall.example")


def another_team(*, slug: str, name: str, owner: str) -> None:
    """One more of somebody's."""
    user = User.objects.get(email=f"{owner}@kindwall.example")
    Membership.objects.create(team=make_team(name=name, slug=slug), user=user, role="owner")


def change_team(*, slug: str, by: str, **wanted: Any) -> None:
    owner = membership(by, slug)
    owner.team.change(by=owner, **wanted)


def forget_the_past() -> None:
    """As after a day: the outbox keeps the newest row of each team alone."""
    OutboxEvent.objects.update(created_at=timezone.now() - timedelta(hours=25))
    OutboxEvent.objects.prune()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        *(story, session_of, operator_session, draft, decide, uplift, rewrite, written, person, people_with),
        *(own_reason, time_passes, log_of, pair, queue, ready_export, new_password, return_and_undo, read_all_notices),
        *(team, another_team, change_team, busy_town, forget_the_past, member, change_role, claimed),
        *(mixed_queue, states),
    )
}


def outcome(name: str, arguments: dict[str, Any]) -> str:
    try:
        return json.dumps({"result": FUNCTIONS[name](**arguments)})
    except Exception:  # noqa: BLE001 - whatever it was, one journey fails and the next one may not
        return json.dumps({"error": traceback.format_exc()})


if __name__ == "__main__":
    if connection.vendor == "sqlite":  # nobody waits for this process, as readers do for the server
        connection.settings_dict["OPTIONS"]["timeout"] = 60  # seconds for the lock
    for line in sys.stdin:
        sys.stdout.write(outcome(*json.loads(line)) + "\n")
        sys.stdout.flush()
