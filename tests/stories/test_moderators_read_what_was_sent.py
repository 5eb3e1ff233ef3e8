"""A moderator reads the text that was submitted, at every address of the team, and never a text still being written.

Each situation is a story whose present text only its author may read. Two moderators open every address of the team
and send every form, with and without htmx; the present text is in no response. A new address fails here until one of
the tables names it.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import Membership
from archives.team_export import pack_team
from stories.live import hub as live
from stories.live.outbox_reader import read_since
from stories.models import AuditEntry, State, Story
from tests.conftest import Cast, confirmed
from tests.factories import give_second_factor, make_member, make_story
from tests.pages import HTMX
from tests.stories.hidden_world import patterns
from tests.stories.streams import DESK, MEMBERS
from tests.stories.unsent import SITUATIONS, UNSENT

pytestmark = pytest.mark.once

LETTER = {"message": "Who was it?", "saw": "It is warm.", "next_step": "Send it again.", "talk_to": "Me."}


@dataclass(frozen=True)
class Stage:
    """The team while all of these stories are being written."""

    cast: Cast
    stories: dict[str, Story]

    @property
    def numbers(self) -> list[int]:
        return list(Story.objects.of(self.cast.team).values_list("pk", flat=True))

    @property
    def entries(self) -> list[int]:
        """All that was ever done to stories of the team, to be undone."""
        return list(AuditEntry.objects.of(self.cast.team).values_list("pk", flat=True))


type Fields = dict[str, Any]
SHOWS = ("new", "back", "stood-by", "reported", "mine", "unread", "spam")


def queries(stage: Stage, name: str) -> list[Fields]:
    """Return the parameters that the page understands."""
    known: dict[str, list[Fields]] = {
        "moderation": [*({"story": pk} for pk in stage.numbers), *({"show": show} for show in SHOWS)],
        "desk-news": [{"shown": stage.numbers, "show": show} for show in ("all", "reported", "spam")],
        "decision-log": [{"action": "decisions"}],
    }
    return known.get(name, [])


# The forms that an address takes of a story: first one that is stale, then one that fits. All others, and those
# of REFUSES_EMPTY_ONES, are also sent an empty form.
def of_a_decision(story: Story) -> list[Fields]:
    latest = story.audit_log.order_by("-pk").values_list("pk", flat=True).first() or 0
    fixed = {**LETTER, "body": "Held the door."}
    return [{"revision": story.revision - 1, **fixed}, {"revision": story.revision, "instead_of": latest, **fixed}]


def of_a_preview(story: Story) -> list[Fields]:
    return [{"revision": story.revision, "answer": "decline", **LETTER}]


def of_a_reader(story: Story) -> list[Fields]:
    return [{"kind": "warm", "reason": "hurts", "message": "x", "body": "x", "action": "save", "revision": 1}]


def of_an_arrangement(story: Story) -> list[Fields]:
    colleague = Membership.objects.get(team=story.team, user__name="Sam Second")
    return [{"colleague": colleague.pk, "note": "Yours?"}]


def of_several(stage: Stage) -> list[Fields]:
    ticked = [f"{story.pk}:{revision}" for story in stage.stories.values() for revision in (1, story.revision)]
    forms: list[Fields] = [
        {"story": ticked, "action": action, "reading": pk, **LETTER}
        for action in ("publish", "decline", "other")
        for pk in stage.numbers[:2]
    ]
    return [*forms, {"story": ticked, "action": "decline", "message": ""}, {"action": "publish"}]


def of_an_undoing(stage: Stage) -> list[Fields]:
    return [{"entry": stage.entries}, *({"entry": [entry]} for entry in stage.entries)]


def nothing_more(about: object) -> list[Fields]:
    return []


OF_A_STORY: dict[str, Callable[[Story], list[Fields]]] = {
    **dict.fromkeys(("publish", "fix", "return", "decline", "remove", "removal", "restore"), of_a_decision),
    **dict.fromkeys(("spam", "not-spam", "keep", "review", "claim"), of_a_decision),
    **dict.fromkeys(("edit", "submit", "withdraw", "stand-by", "own-words", "report", "uplift", "react"), of_a_reader),
    **dict.fromkeys(("take-down", "put-back", "delete-story"), of_a_reader),
    "preview-letter": of_a_preview,
    **dict.fromkeys(("assign", "hand", "give-back", "add-note", "delete-note"), of_an_arrangement),
}
OF_THE_TEAM: dict[str, Callable[[Stage], list[Fields]]] = {
    "bulk": of_several,
    "undo": of_an_undoing,
    **dict.fromkeys(
        (
            "share",
            "undo-delete",
            "dismiss_introduction",
            "wall-keys",
            "dismiss-desk-introduction",
            "preview-letter-to-several",
            "own-reasons",
            "delete-own-reason",
        ),
        nothing_more,
    ),
    **dict.fromkeys(("away", "single-keys"), nothing_more),
    # About people and rules, and the whole team as an archive.
    **dict.fromkeys(("join", "leave", "change_role", "trust", "remove_person", "hand_over"), nothing_more),
    **dict.fromkeys(("make_link", "revoke_link"), nothing_more),
    **dict.fromkeys(("send_invitations", "resend_invitation", "revoke_invitation"), nothing_more),
    **dict.fromkeys(("settings", "settings_wall", "settings_joining", "settings_moderation"), nothing_more),
    **dict.fromkeys(
        ("add_domain", "drop_domain", "settings_reasons", "settings_mail", "settings_security"), nothing_more
    ),
    **dict.fromkeys(("export_team", "download_team"), nothing_more),
    **dict.fromkeys(("start_channel", "disconnect_channel", "test_channel", "replay_delivery"), nothing_more),
    **dict.fromkeys(("connect_channel", "channel_secret", "change_channel_secret"), nothing_more),
    **dict.fromkeys(("make_feed_address", "revoke_feed_address"), nothing_more),
}
READ_ONLY = {
    *("wall", "live", "mine", "moderation", "desk-news", "desk-live", "decision-log", "decision-log-csv", "figures"),
    *(
        "archive",
        "arrivals",
        "author",
        "settings_overview",
        "story",
        "reactions",
        "own-reactions",
        "people",
        "person",
        "invite",
        "settings_log",
        "live-missed",
        "phrases",
        "wall-filters",
    ),
    *("channels", "channel", "deliveries", "feed"),
}
# What is missing in a form of these is shown beside the story. To the others an empty form is a stale one.
REFUSES_EMPTY_ONES = {
    "fix",
    "return",
    "decline",
    "remove",
    "removal",
    "edit",
    "stand-by",
    "report",
    "assign",
    "hand",
    "add-note",
    "preview-letter",
}
NUMBERED = "<slug:team>/stories/<int:pk>/"
FORMS_ALONE = OF_A_STORY.keys() - {"edit", "removal"}
# Every form of these is sent with htmx and without; of the others every second one with it.
BOTH_WAYS = {"preview-letter", *OF_THE_TEAM} - {"undo"}


def team_addresses() -> Iterator[tuple[str, str]]:
    """The name of each address of a team, and its route."""
    for route, pattern in patterns():
        if route.startswith("<slug:team>/"):
            assert pattern.name, route
            assert set(re.findall(r"<(?:\w+:)?(\w+)>", route)) <= {"team", "pk", "kind"}, (
                f"{route}: say what it is filled with"
            )
            yield pattern.name, route


type Request = tuple[str, str, Fields | None, bool]  # method, address, fields, and whether htmx asks


def requests(stage: Stage) -> Iterator[Request]:
    place_of = {name: place for place, (name, _route) in enumerate(team_addresses())}
    for name, route in team_addresses():
        of_stories = route.startswith(NUMBERED)
        numbers = (stage.numbers if of_stories else [stage.cast.member.pk]) if "pk" in route else [0]
        arguments = {"team": stage.cast.team.slug} | ({"kind": "webhook"} if "<str:kind>" in route else {})
        for position, pk in enumerate(numbers):
            address = reverse(name, kwargs=arguments | ({"pk": pk} if pk else {}))
            # One that takes forms alone refuses a look at it before it knows of any story (tests/test_access.py).
            for query in [None, *queries(stage, name)] if pk == numbers[0] or name not in FORMS_ALONE else []:
                yield "get", address, query, False
                if name in READ_ONLY:
                    yield "get", address, query and {**query, "listed": "1"}, True
            if name in READ_ONLY:
                continue
            forms = OF_A_STORY[name](Story.objects.get(pk=pk)) if of_stories else OF_THE_TEAM[name](stage)
            forms = forms if of_stories and name not in REFUSES_EMPTY_ONES else [{}, *forms]
            # The last one fits: each story meets it at every second address, and each address at every second story.
            # Those before it are refused in the same place: each story meets a third of them.
            turn = position + place_of[name]
            left_out = len(forms) - (turn % 2) if of_stories and turn % 3 else 0
            for place, form in enumerate(forms[left_out:], left_out):
                yield "post", address, form, place % 2 == 0
                if name in BOTH_WAYS:
                    yield "post", address, form, place % 2 == 1


def everything_in(answer: Any) -> str:
    body = answer.getvalue()
    if answer.get("Content-Type") == "application/zip":
        archive = zipfile.ZipFile(BytesIO(body))
        body = b"".join(archive.read(name) for name in archive.namelist())
    said = body.decode(errors="replace")
    if isinstance(answer, live.LiveResponse):
        said += read_since(answer.team_id, answer.audience, 0)[0].decode()
    return f"{answer.status_code} {answer.headers} {answer.cookies} {said}"


@pytest.fixture
def stage(cast: Cast) -> Stage:
    # So that there is a next story for the desk to show.
    make_story(author=cast.newcomer, state=State.PENDING)
    stories = {make.__name__: make(cast) for make in SITUATIONS}
    for name, story in stories.items():
        assert UNSENT in Story.objects.get(pk=story.pk).body, name
    return Stage(cast, stories)


def test_no_response_to_a_moderator_holds_an_unsent_text(stage: Stage) -> None:
    leaks, statuses = leaks_in(stage, stage.cast.moderator, requests(stage))
    assert leaks == []
    assert {"get 200", "post 200", "post 302", "post 409", "post 422"} <= statuses.keys()


def test_no_page_of_a_moderator_who_reported_holds_an_unsent_text(stage: Stage) -> None:
    asked = [request for request in requests(stage) if request[0] == "get"]
    leaks, _statuses = leaks_in(stage, stage.cast.second_moderator, asked)
    assert leaks == []


def leaks_in(stage: Stage, person: Membership, asked: Iterable[Request]) -> tuple[list[Request], Counter[str]]:
    """The requests that an unsent text came back for, and how often there was which status."""
    client = confirmed(person)
    leaks, statuses = [], Counter[str]()
    for method, address, fields, htmx in asked:
        with transaction.atomic():
            answer = getattr(client, method)(address, fields, headers=HTMX if htmx else {})
            said = everything_in(answer)
            transaction.set_rollback(True)  # the next request finds everything as it was
        statuses[f"{method} {answer.status_code}"] += 1
        if UNSENT in said:
            leaks.append((method, address, fields, htmx))
    return leaks, statuses


def test_no_stream_and_no_log_holds_an_unsent_text(stage: Stage) -> None:
    for audience in (MEMBERS, DESK):
        assert UNSENT not in read_since(stage.cast.team.pk, audience, 0)[0].decode()
    assert not AuditEntry.objects.filter(body__contains=UNSENT).exists()


def test_archive_of_the_team_holds_no_unsent_text(stage: Stage) -> None:
    file = BytesIO()
    pack_team(stage.cast.team, file)
    assert UNSENT not in zipfile.ZipFile(file).read("team.json").decode()


def test_operator_is_shown_no_unsent_text(stage: Stage) -> None:
    operator = make_member(team=stage.cast.team, name="Opal Operator").user
    operator.is_staff = operator.is_superuser = True
    operator.save()
    give_second_factor(operator)
    client = confirmed(operator)
    pages = [reverse("admin:stories_story_change", args=[pk]) for pk in stage.numbers]
    pages += [reverse("admin:stories_auditentry_change", args=[entry]) for entry in stage.entries]
    assert [page for page in pages if UNSENT in everything_in(client.get(page, follow=True))] == []


def test_every_address_of_the_team_is_read() -> None:
    """An address that takes forms is named in OF_A_STORY or OF_THE_TEAM, every other one in READ_ONLY."""
    assert {name for name, _route in team_addresses()} == OF_A_STORY.keys() | OF_THE_TEAM.keys() | READ_ONLY
    assert not (OF_A_STORY.keys() | OF_THE_TEAM.keys()) & READ_ONLY


def test_addresses_that_take_forms_alone_refuse_to_be_looked_at(stage: Stage) -> None:
    client, pk = confirmed(stage.cast.moderator), stage.numbers[0]
    addresses = [reverse(name, kwargs={"team": stage.cast.team.slug, "pk": pk}) for name in FORMS_ALONE]
    assert {client.get(address).status_code for address in addresses} == {405}
