"""No unpublished text leaves the server through any channel.

One team holds every kind of hidden text (hidden.py). Each channel is read once, and no hidden text is found in it. A
new address or parameter fails here until this module names it; other ways out are named in test_leak_register.py.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.contrib.admin.sites import site
from django.db import transaction
from django.test import Client, TestCase, override_settings
from django.urls import URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from accounts.models import Team
from archives.personal_export import pack_personal_data
from archives.team_export import pack_team
from kindwall import clock, outbound
from kindwall import settings as product
from kindwall.outbound import OutboundResponse
from moderation.selection import Show
from stories.cards import microseconds_since_epoch
from stories.live.outbox_reader import read_since
from stories.models import Kind, OutboxEvent, Quality, Story
from syndication.models import Delivery
from tests.conftest import signed_in
from tests.factories import give_second_factor, make_member
from tests.pages import HTMX, text_of
from tests.stories.command_output import SILENT, commands
from tests.stories.hidden import (
    A_NAME,
    HIDDEN,
    NOWHERE,
    ON_THE_WALL,
    UNPUBLISHED,
    Hidden,
)
from tests.stories.hidden_world import (
    NO_STORY,
    OUTSIDE,
    PEOPLE,
    World,
    addresses,
    answered,
    difference,
    make_world,
    patterns,
    run_later_tasks,
    run_tasks,
)
from tests.stories.streams import MEMBERS, VISITORS
from tests.stories.watched import nobody_called, parameters_looked_for, parameters_written_of

pytestmark = pytest.mark.once

OURS = ("kindwall", "accounts", "stories", "moderation", "notices", "syndication", "archives")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic(), ExitStack() as stack:
        stack.enter_context(override_settings(TASKS=product.TASKS))
        called = stack.enter_context(nobody_called())
        with TestCase.captureOnCommitCallbacks(execute=True):
            made = make_world(called, stack)
        with TestCase.captureOnCommitCallbacks(execute=True):
            run_tasks(made)
        assert called == []
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def read(world: World, db: None) -> Iterator[World]:
    with clock.at(world.moment), TestCase.captureOnCommitCallbacks(execute=True):
        yield world
    assert world.called == []


# Every channel, and how it is read.


def pages_of_a_member(world: World) -> dict[str, str]:
    return world.pages_of("member")


def pages_of_a_newcomer(world: World) -> dict[str, str]:
    """A newcomer who reported one of the stories and may read the report."""
    [report] = world.hidden["a report"].words
    pages = world.pages_of("newcomer")
    return {address: said.replace(report, "") for address, said in pages.items()}


def pages_of_a_stranger(world: World) -> dict[str, str]:
    return world.pages_of("stranger")


def pages_of_a_visitor(world: World) -> dict[str, str]:
    return world.pages_of("visitor")


def previews(world: World) -> dict[str, str]:
    """The preview that another site shows of a link."""
    shown = Story.objects.published().latest("pk").get_absolute_url()
    asked = ["/harbour-team/", shown, *(hidden.story.get_absolute_url() for hidden in world.hidden.values())]
    pages = {address: text_of(Client().get(address)) for address in asked}
    shown_outside = re.compile(r"<meta[^>]+>|<title>.*?</title>", re.DOTALL)
    return {address: " ".join(shown_outside.findall(page)) for address, page in pages.items()}


def public_feed(world: World) -> dict[str, str]:
    return {"the feed": text_of(Client().get("/harbour-team/feed/"))}


def private_feed(world: World) -> dict[str, str]:
    return {"the feed": text_of(Client().get(f"/harbour-team/feed/{world.feed_secret}/"))}


def stream_of_members(world: World) -> dict[str, str]:
    return {"the stream": read_since(world.cast.team.pk, MEMBERS, world.before)[0].decode()}


def stream_of_visitors(world: World) -> dict[str, str]:
    return {"the stream": read_since(world.cast.team.pk, VISITORS, world.before)[0].decode()}


def outbox(world: World) -> dict[str, str]:
    """Every column of it; and of what is hidden no more than that it has gone."""
    rows = list(OutboxEvent.objects.after(world.before).values())
    for name, hidden in world.hidden.items():
        told = [row["kind"] for row in rows if row["story_id"] == hidden.story.pk]
        assert name in ON_THE_WALL or told[-1:] in ([], ["gone"]), name
    return {"the outbox": str(rows)}


def tasks(world: World) -> dict[str, str]:
    return {"tasks": world.tasks}


def mails(world: World) -> dict[str, str]:
    return dict(enumerate(world.mails))  # type: ignore[arg-type]


def deliveries_to_channels(world: World) -> dict[str, str]:
    """All requests to channels of every kind within the next day, whose receivers do not work at first."""
    requests: list[str] = []

    def send(method: str, address: str, *, body: bytes = b"", headers: Any = None) -> OutboundResponse:
        requests.append(f"{method} {address} {headers} {body.decode()}")
        return OutboundResponse(503, {}, body) if len(requests) < 5 else OutboundResponse(200, {}, b'{"id": "1"}')

    with transaction.atomic(), patch.object(outbound, "send_request", send):
        for later in (timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)):
            run_later_tasks(world.moment + later)
        kept = str(list(Delivery.objects.values()))
        transaction.set_rollback(True)
    return {"requests": "\n".join(requests), "what is kept of them": kept}


def export_of_somebody_else(world: World) -> dict[str, str]:
    found = {}
    for person in (world.cast.member, world.cast.newcomer):
        file = BytesIO()
        pack_personal_data(person.user, file)
        found[str(person)] = unpacked(file)
    # What somebody wrote against a story is theirs.
    [report] = world.hidden["a report"].words
    return {name: said.replace(report, "") for name, said in found.items()}


def page_of_the_teams_export(world: World) -> dict[str, str]:
    file = BytesIO()
    pack_team(world.cast.team, file)
    return {"index.html": ZipFile(file).read("index.html").decode()}


def unpacked(file: BytesIO) -> str:
    archive = ZipFile(file)
    return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def lists_of_the_operator(world: World) -> dict[str, str]:
    """The operator may open a story, but no list shows its text, and no page a draft."""
    operator = make_member(team=world.cast.team, name="Opal Operator").user
    operator.is_staff = operator.is_superuser = True
    operator.save()
    give_second_factor(operator)
    client, found = signed_in(operator), {}
    for model in site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        found[address] = text_of(client.get(address))
    draft = world.hidden["a story that is draft"]
    answer = client.get(reverse("admin:stories_story_change", args=[draft.story.pk]), follow=True)
    found["a draft"] = text_of(answer)
    return {address: re.sub(A_NAME, "", said) for address, said in found.items()}


@dataclass(frozen=True)
class Channel:
    read: Callable[[World], dict[str, str]]
    shows: bool = False  # what hangs; else nothing of any story goes this way

    def __str__(self) -> str:
        return self.read.__name__.replace("_", " ")


CHANNELS = [
    Channel(pages_of_a_member, shows=True),
    Channel(pages_of_a_newcomer, shows=True),
    Channel(pages_of_a_stranger, shows=True),
    Channel(pages_of_a_visitor, shows=True),
    Channel(previews, shows=True),
    Channel(public_feed, shows=True),
    Channel(private_feed, shows=True),
    Channel(stream_of_members, shows=True),
    Channel(stream_of_visitors, shows=True),
    Channel(outbox),
    Channel(tasks),
    Channel(mails),
    Channel(deliveries_to_channels, shows=True),
    Channel(export_of_somebody_else),
    Channel(page_of_the_teams_export, shows=True),
    Channel(lists_of_the_operator),
]


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_nothing_hidden_leaves_through_any_channel(read: World, channel: Channel) -> None:
    found = channel.read(read)
    assert all(found.values())
    assert {where: shown for where, said in found.items() if (shown := read.found_in(said))} == {}
    hung = any(read.hung in said for said in found.values())
    own = channel.read is export_of_somebody_else  # the newcomer wrote what hangs
    assert hung is (channel.shows or own)


# The same for everybody, hidden story or not

# What may be another, and no more than that: how often which answer was given is told to everybody in the team.
TOLD = {"/harbour-team/moderation/figures/": r"(?s)<tbody>.*?</tbody>"}


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_page_differs_because_of_hidden_stories(read: World, name: str) -> None:
    """Nor counts it. A story that was hidden is as one that never was; what hangs is as before."""
    before, now = read.pages_before[name], read.pages_of(name)
    assert len(before) > 50
    for pages in (before, now):
        pages |= {at: re.sub(told, "", pages[at]) for at, told in TOLD.items()}
    differ = {at: difference(said, now[at]) for at, said in before.items()}
    assert {at: lines for at, lines in differ.items() if lines} == {}


@pytest.mark.parametrize("name", OUTSIDE)
def test_number_of_a_hidden_story_gives_the_same_response_as_an_unused_one(read: World, name: str) -> None:
    pages, compared = read.pages_of(name), 0
    for what, hidden in read.hidden.items():
        if what in ON_THE_WALL or what == "a story that is accepted":  # which leads to the story that it changed
            continue
        for at, said in pages.items():
            if f"/stories/{hidden.story.pk}/" in at:
                none = at.replace(str(hidden.story.pk), str(NO_STORY))
                assert difference(said.replace(at, none), pages[none]) == [], (what, at)
                compared += 1
    assert compared > len(HIDDEN)


# What can be asked behind a “?”


@dataclass(frozen=True)
class Parameter:
    """`nowhere` is a value of which there is nothing: one that is hidden has to be answered in the same way."""

    values: Callable[[World], Sequence[Any]]
    nowhere: Any = None


def words(world: World) -> list[str]:
    """Of a name the one that is nobody else's."""
    return [word.removeprefix("Author ") for word in world.words]


def one_in_each_state(world: World) -> list[Hidden]:
    """A number or a name finds by what state a story is in, or not at all; what is searched for finds by its text."""
    return [world.hidden[f"a story that is {state}"] for state in UNPUBLISHED]


def numbers(world: World) -> list[int]:
    return [hidden.story.pk for hidden in one_in_each_state(world)]


def people(world: World) -> list[Any]:
    """An author by name; a moderator and an author by number."""
    names = [name.removeprefix("Author ") for hidden in one_in_each_state(world) for name in hidden.words[1:]]
    return [*names, world.cast.moderator.user_id, world.hidden["a story just declined"].story.author_id]


def places(world: World) -> list[Any]:
    """Where a page may begin: at a story; or at a number, and from the highest on down is all of them."""
    stories = Story.objects.filter(pk__in=numbers(world))
    highest = max(hidden.story.pk for hidden in world.hidden.values())
    return [0, highest + 1, *(f"{microseconds_since_epoch(story.updated_at)}-{story.pk}" for story in stories)]


def days(world: World) -> list[str]:
    return [world.moment.date().isoformat()]


PARAMETERS = {
    "q": Parameter(words, nowhere=NOWHERE),
    "author": Parameter(people, nowhere=NOWHERE),
    "order": Parameter(lambda world: ["new", "warm", "week", "month", "year", "all"]),
    "kind": Parameter(lambda world: list(Kind)),
    "quality": Parameter(lambda world: list(Quality)),
    "month": Parameter(lambda world: [f"{world.moment:%Y-%m}"]),
    "mine": Parameter(lambda world: ["1"]),
    "lifted": Parameter(lambda world: ["1"]),
    # Nothing is searched for these: one says as much as all.
    "reason": Parameter(lambda world: words(world)[:1], nowhere=NOWHERE),
    "email": Parameter(lambda world: words(world)[:1], nowhere=NOWHERE),
    "letter": Parameter(numbers, nowhere=NO_STORY),
    "story": Parameter(numbers, nowhere=NO_STORY),
    "shown": Parameter(numbers, nowhere=NO_STORY),
    "moderator": Parameter(lambda world: people(world)[-2:], nowhere=NO_STORY),
    "before": Parameter(places),
    "after": Parameter(places),
    "since": Parameter(days),
    "until": Parameter(days),
    "action": Parameter(lambda world: ["decisions"]),
    "show": Parameter(lambda world: [show.value for show in Show]),
    "state": Parameter(lambda world: ["spam"]),
    "listed": Parameter(lambda world: ["1"]),
    "answer": Parameter(lambda world: ["remove"]),
    "tick": Parameter(lambda world: ["page"]),
    "list": Parameter(lambda world: ["unpublished"]),
    "team": Parameter(lambda world: [world.cast.team.slug]),
    "from": Parameter(numbers),
    "next": Parameter(lambda world: [next(iter(world.hidden.values())).story.get_absolute_url()]),
}
OF_ALLAUTH = {"email", "next"}


@pytest.mark.parametrize("name", ["member", "newcomer", "stranger", "visitor"])
def test_search_and_filters_find_nothing_hidden(read: World, name: str) -> None:
    """Where the team's pages are, and a stranger also in the team where they are an owner."""
    person, asked = read.onlooker(name), 0
    client, own = signed_in(person), read.hidden["a report"].words if name == "newcomer" else ()
    for team in dict.fromkeys([read.cast.team, person.team if person else read.cast.team]):
        # Pages of another team would have to forget the team, which does not depend on how a story came to be hidden.
        # A newcomer reads what a member reads.
        step = 9 if team != read.cast.team else 3 if name == "newcomer" else 1
        for address, parameter in looked_for(read, client, team):
            for value, said in answers_to(read, client, address, parameter, step):
                assert set(read.found_in(said)) <= {*own, value}, (address, parameter, value)
                asked += 1
    assert asked > len(HIDDEN)


def looked_for(world: World, client: Client, team: Team) -> Iterator[tuple[str, str]]:
    """An address of each route, with each name that is looked for behind it; also beside others only."""
    together = {name: kind.nowhere or next(iter(kind.values(world))) for name, kind in PARAMETERS.items()}
    first = dict(reversed(list(addresses(world, team))))
    for address in (address for route, address in first.items() if route not in world.posted):
        with parameters_looked_for() as found:
            client.get(address)
            client.get(address, together)
        assert found <= PARAMETERS.keys(), f"{address}: say in PARAMETERS what {found - PARAMETERS.keys()} may ask"
        yield from ((address, name) for name in sorted(found))


def answers_to(world: World, client: Client, address: str, parameter: str, step: int) -> Iterator[tuple[Any, str]]:
    """Each hostile value, or one in `step`, and what is answered: nothing else than to something that is nowhere."""
    kind = PARAMETERS[parameter]
    nothing = answered(client, address, {parameter: kind.nowhere})[0] if kind.nowhere else ""
    for value in kind.values(world)[::step]:
        if address == PEOPLE and f"Author {value}" in world.words:  # no secret within the team
            continue
        said = answered(client, address, {parameter: value})[0]
        if kind.nowhere:
            # The page may say again what was asked.
            as_nothing = nothing.replace(str(kind.nowhere), str(value))
            assert difference(said, as_nothing) == [], f"{address}?{parameter}={value} is found"
        yield value, said


def test_every_parameter_is_known_here() -> None:
    """Also those that no walk has met: what reads one more says here what could be asked with it."""
    written = {name for app in OURS for name in parameters_written_of(app)}
    assert written == PARAMETERS.keys() - OF_ALLAUTH
    templates = (Path(settings.BASE_DIR) / "templates").rglob("*.*")
    assert [path for path in templates if "request.GET" in path.read_text()] == []


def test_no_command_prints_hidden_text(read: World, tmp_path: Path) -> None:
    found = commands(read, tmp_path)
    assert all(said for name, said in found.items() if name not in SILENT)
    for hidden in read.hidden.values():
        for word in hidden.words:
            assert [name for name, said in found.items() if word in said] == []


def test_no_action_shows_or_changes_a_hidden_story(read: World) -> None:
    """A member who guesses its number."""
    client = signed_in(read.cast.member)
    typed = {"revision": 1, "message": "x", "words": "x", "kind": "warm", "reason": "hurts", "action": "save"}
    hidden = {name: one for name, one in read.hidden.items() if name not in ON_THE_WALL}
    states = {name: Story.objects.values_list("state", "revision").get(pk=one.story.pk) for name, one in hidden.items()}
    by_number = {one.story.pk: (name, one) for name, one in hidden.items()}
    asked = 0
    for route, address in addresses(read):
        if not route.startswith("<slug:team>/stories/<int:pk>/") or int(address.split("/")[3]) not in by_number:
            continue
        name, one = by_number[int(address.split("/")[3])]
        answer = client.post(address, typed, headers=HTMX)
        said, asked = text_of(answer) + str(answer.headers), asked + 1
        assert answer.status_code in (403, 404, 405), (name, address)
        assert not [word for word in one.words if word in said], (name, address)
        assert f"story-{one.story.pk}-" not in said, (name, address)
    assert asked >= 10 * len(hidden)
    assert states == {
        name: Story.objects.values_list("state", "revision").get(pk=one.story.pk) for name, one in hidden.items()
    }


def test_each_hidden_story_has_a_word_of_its_own(world: World) -> None:
    assert world.hidden.keys() == HIDDEN.keys()
    words = [word for hidden in world.hidden.values() for word in hidden.words]
    assert len(words) == len(set(words)) >= 2 * len(UNPUBLISHED)
    for name, hidden in world.hidden.items():
        story = Story.objects.get(pk=hidden.story.pk)
        assert story.is_published is (name in ON_THE_WALL), name


# What the project grows has to be told to this file


def test_every_address_is_read(read: World) -> None:
    """Or FILLED in hidden_world.py says what is missing."""
    assert len(list(addresses(read))) > len(list(patterns())) > 90


def test_only_the_operators_addresses_are_not_read() -> None:
    resolvers = [one for one in get_resolver().url_patterns if isinstance(one, URLResolver)]
    assert [str(one.pattern) for one in resolvers if one.app_name == "admin"] == ["admin/"]
