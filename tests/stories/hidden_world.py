"""A team with every kind of hidden text, its addresses, and what each of its onlookers reads there."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from html import unescape
from itertools import zip_longest
from typing import Any

from django.core import mail
from django.db.models import Q
from django.tasks import TaskResultStatus
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.models import Membership, Team
from archives.requests import request_deletion
from kindwall import clock
from stories.live import hub as live
from stories.live.outbox_reader import read_since
from stories.models import OutboxEvent, Story
from syndication.models import FeedAddress
from tests.conftest import Cast, make_cast, signed_in
from tests.factories import make_channel, make_member, make_story
from tests.pages import HTMX, same_but_for_tokens
from tests.stories.hidden import A_NAME, HIDDEN, ON_THE_WALL, SEEN_IN_PART, Hidden, bring_authors, hide, secret

# A channel of each kind, with an address that looks like those of its service.
CHANNELS = {
    "webhook": "https://hooks.example.org/kindwall",
    "slack": "https://hooks.slack.com/services/T000/B000/XXXX",
    "teams": "https://default.environment.api.powerplatform.com/powerautomate/workflows/1/triggers/manual/paths/invoke",
    "mattermost": "https://chat.example.org/hooks/abcdefghij",
    "discord": "https://discord.com/api/webhooks/1/abcdefghij",
    "google-chat": "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=K&token=T",
}
OUTSIDE = ("member", "stranger", "visitor")  # who have nothing to do with any of it
NO_STORY = 10**12  # a number that no story has
PEOPLE = "/harbour-team/people/"


@dataclass
class World:
    cast: Cast
    moment: datetime  # some of what is hidden can still be undone then
    before: int  # the newest event before any of it
    hung: str  # a word of a story that hangs, and is there to be found
    called: list[str]  # whom the server has tried to reach
    channel: int  # the number of one
    feed_secret: str  # of the member's own address of the feed
    hanging: list[int] = field(default_factory=list)  # the numbers of what hung before any of it was hidden
    hidden: dict[str, Hidden] = field(default_factory=dict)
    pages_before: dict[str, dict[str, str]] = field(default_factory=dict)  # of each onlooker, before any of it
    mails: list[str] = field(default_factory=list)
    tasks: str = ""
    posted: set[str] = field(default_factory=set)  # the routes that only take forms
    walked: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        return [word for hidden in self.hidden.values() for word in hidden.words]

    def onlooker(self, name: str) -> Membership | None:
        cast = self.cast
        return {"member": cast.member, "newcomer": cast.newcomer, "stranger": cast.foreign_owner, "visitor": None}[name]

    def pages_of(self, name: str) -> dict[str, str]:
        """The responses of every address, with and without htmx, read once."""
        if name not in self.walked:
            self.walked[name] = self.walk(name)
        return self.walked[name]

    def walk(self, name: str) -> dict[str, str]:
        client, found, refused = signed_in(self.onlooker(name)), {}, set[str]()
        for route, address in addresses(self):
            if route in refused:
                continue
            found[address], status = answered(client, address)
            if status == 405:
                self.posted.add(route)
            if status != 200 and route in self.posted:
                refused.add(route)
        return found

    def found_in(self, said: str) -> list[str]:
        """Return the hidden words that are shown there."""
        found = [word for word in self.words if word in said]
        numbers = [hidden.story.pk for name, hidden in self.hidden.items() if name not in ON_THE_WALL]
        return found + [f"story-{pk}-" for pk in numbers if f"story-{pk}-" in said]


def answered(client: Client, address: str, query: dict[str, Any] | None = None) -> tuple[str, int]:
    """All that it says, and its status."""
    answer = client.get(address, query)
    said = said_in(answer)
    if "HX-Request" in answer.get("Vary", ""):
        said += said_in(client.get(address, query, headers=HTMX))
    if address == PEOPLE:  # that somebody is in the team is no secret within it
        said = re.sub(A_NAME, "", said)
    return said, answer.status_code


def said_in(answer: Any) -> str:
    said = answer.getvalue().decode()
    if isinstance(answer, live.LiveResponse):
        said += read_since(answer.team_id, answer.audience, answer.after)[0].decode()
    return f"{answer.status_code} {answer.headers} {said}"


def make_world(called: list[str], stack: ExitStack) -> World:
    cast, moment = make_cast(), timezone.now()
    cast.team.change(by=cast.owner, visibility="public")
    make_story(author=cast.newcomer, moderator=cast.moderator)  # so that there is an event to have seen
    channels = [make_channel(by=cast.owner, kind=kind, address=address) for kind, address in CHANNELS.items()]
    feed_secret = FeedAddress.renew(cast.member)[1]
    newest = OutboxEvent.objects.newest_id()
    made = World(cast, moment, newest, secret(), called, channels[0].pk, feed_secret)
    stack.enter_context(clock.at(moment))
    # So that there is a task and a mail to be read.
    request_deletion(make_member(team=cast.team, name="Gus Going").user, {})
    authors = bring_authors(cast, moment)
    made.hidden = hide(SEEN_IN_PART, cast, authors, moment)
    make_story(author=cast.newcomer, moderator=cast.moderator, body=made.hung)
    made.hanging = list(Story.objects.published().values_list("pk", flat=True))
    made.pages_before = {name: made.walk(name) for name in OUTSIDE}
    made.hidden |= hide([name for name in HIDDEN if name not in SEEN_IN_PART], cast, authors, moment)
    return made


def run_tasks(made: World) -> None:
    """With all that has been put off until now."""
    rows = list(DBTaskResult.objects.all())
    made.tasks = json.dumps([[row.task_path, row.args_kwargs] for row in rows])
    for row in rows:
        row.task.call(*row.task_result.args, **row.task_result.kwargs)
    made.mails = [read_mail(message.message()) for message in mail.outbox]


def read_mail(message: EmailMessage) -> str:
    """Return the headers and both texts of a mail, as its reader gets them and not as they are encoded."""
    parts = [unescape(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    assert [part.get_content_subtype() for part in message.walk()][1:] == ["plain", "html"]
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), *parts])


def run_later_tasks(later: datetime) -> None:
    """Run the tasks about stories and channels that are due by then, and those that these enqueue."""
    with clock.at(later):
        while rows := due_tasks(later):
            for row in rows:
                row.task.call(*row.task_result.args, **row.task_result.kwargs)
                row.set_successful(None)


def due_tasks(later: datetime) -> list[DBTaskResult[Any, Any]]:
    due = Q(run_after__lte=later) | Q(run_after=get_date_max())
    ready = DBTaskResult.objects.filter(due, status=TaskResultStatus.READY)
    of_stories = Q(task_path__startswith="stories.") | Q(task_path__startswith="syndication.")
    return list(ready.filter(of_stories).order_by("enqueued_at"))


# Every address. What an address is filled with is told by how it begins; `pk` of a story is that of each
# one that hangs, of none, and of each hidden one.

FILLED: dict[str, Callable[[World], list[dict[str, Any]]]] = {
    "<slug:team>/stories/<int:pk>/": lambda world: [{"pk": pk} for pk in story_numbers(world)],
    "<slug:team>/moderation/reasons/<int:pk>/": lambda world: [{"pk": 1}],
    "<slug:team>/moderation/people/<int:pk>/": lambda world: [{"pk": world.cast.member.pk}],
    "<slug:team>/people/<int:pk>/": lambda world: [{"pk": world.cast.member.pk}],
    "<slug:team>/people/invite/links/<int:pk>/": lambda world: [{"pk": 1}],
    "<slug:team>/people/invite/invitations/<int:pk>/": lambda world: [{"pk": 1}],
    "<slug:team>/settings/joining/domains/<int:pk>/": lambda world: [{"pk": 1}],
    "<slug:team>/settings/channels/": lambda world: [{"pk": world.channel, "kind": "webhook"}],
    "<slug:team>/settings/channels/deliveries/<int:pk>/": lambda world: [{"pk": 1}],
    "people/<int:pk>/<str:digest>.webp": lambda world: [{"pk": world.cast.member.user_id, "digest": "0123"}],
    "me/teams/<int:pk>/": lambda world: [{"pk": world.cast.team.pk}],
    "setup/<str:token>/": lambda world: [{"token": "nonsense"}],
    "join/<str:token>/": lambda world: [{"token": "nonsense"}],
    "invitations/<str:token>/": lambda world: [{"token": "nonsense"}],
    "me/notices/stop/<str:token>/": lambda world: [{"token": "nonsense"}],
    "<slug:slug>/feed/": lambda world: [
        {"slug": world.cast.team.slug, "secret": secret} for secret in (world.feed_secret, "nonsense")
    ],
    "accounts/": lambda world: [{"pk": 1, "key": "1-nonsense", "uidb36": "1"}],
    "<slug:team>/": lambda world: [{}],
}


def story_numbers(world: World) -> list[int]:
    return list(dict.fromkeys([*world.hanging, NO_STORY, *(hidden.story.pk for hidden in world.hidden.values())]))


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address but the operator's, which is a channel of its own."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from patterns(pattern, route)
        else:
            yield route, pattern


def filled(world: World, route: str, pattern: URLPattern, team: Team) -> list[dict[str, Any]]:
    wanted = set(re.findall(r"<(?:\w+:)?(\w+)>", route))
    if not wanted:
        return [{}]
    beginning = max((known for known in FILLED if route.startswith(known)), key=len, default="")
    given = [{"team": team.slug, **values} for values in FILLED[beginning](world)] if beginning else []
    known = given[0].keys() if given else set()
    assert wanted <= known, f"{route}: say in FILLED (tests/stories/hidden_world.py) what its {wanted - known} is"
    return [{name: values[name] for name in wanted} for values in given]


def addresses(world: World, team: Team | None = None) -> Iterator[tuple[str, str]]:
    """Each with the route that it is an address of; of another team those that are its own."""
    for route, pattern in patterns():
        if team not in (None, world.cast.team) and not route.startswith("<slug:team>/"):
            continue
        assert pattern.name, route
        for arguments in filled(world, route, pattern, team or world.cast.team):
            yield route, reverse(pattern.name, kwargs=arguments)


def steady(said: str) -> str:
    """Without what differs each time anyway, and how long ago something was."""
    said = same_but_for_tokens(said)
    said = re.sub(r"'nonce-[^']*'|'(ETag|Expires|Content-Length|Content-Security-Policy)': '[^']*'", "", said)
    return re.sub(r"(?s)(<time\b[^>]*>).*?</time>", r"\1", said)


def difference(one: str, other: str) -> list[tuple[str, str]]:
    """The lines that are not the same."""
    lines = zip_longest(steady(one).splitlines(), steady(other).splitlines(), fillvalue="")
    return [(line, instead) for line, instead in lines if line != instead]
