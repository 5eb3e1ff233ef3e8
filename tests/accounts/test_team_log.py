"""The team's log as moderators and owners read it."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import JoinLink, Membership, Reason, TeamEntry
from accounts.team_log import line_of
from accounts.views.log import ENTRIES_PAGE
from tests.conftest import Cast, signed_in
from tests.factories import make_user
from tests.pages import ids, part, text_of, words

LOG = "/harbour-team/settings/log/"
Action = TeamEntry.Action


def sentences(person: Membership, path: str = LOG) -> list[str]:
    page = signed_in(person).get(path)
    assert page.status_code == 200
    found = [part(page, name) for name in ids(page) if name.startswith("entry-")]
    return [words(line).partition(" ")[2] for line in found]


def test_log_reads_newest_first(cast: Cast) -> None:
    cast.team.change(by=cast.owner, name="Quay Nine")
    cast.team.change(by=cast.owner, tagline="Boats.")
    cast.team.change(by=cast.owner, tagline="")
    cast.team.change(by=cast.owner, accent="moss", answer_hours=24)
    cast.team.change(by=cast.owner, set_aside_after=3)
    cast.team.change(by=cast.owner, set_aside_after=None)
    cast.team.change(by=cast.owner, two_factor_required=True)
    cast.team.change(by=cast.owner, two_factor_required=False)
    cast.newcomer.change_role("moderator", by=cast.owner)
    link, _token = JoinLink.make(by=cast.owner, role="member", expires_at=None, most_uses=None)
    link.revoke(by=cast.owner)
    Membership.join(make_user(name="Lia Link"), cast.team, role="member", by="link")
    cast.second_moderator.leave()
    cast.member.remove(by=cast.owner)
    assert sentences(cast.moderator) == sentences(cast.owner)
    hide_for_review = "number of reports that hide a story"
    assert sentences(cast.moderator) == [
        "Olu Owner removed Mia Member from the team.",
        "Sam Second left the team.",
        "Lia Link joined by a link. Role: Member.",
        f"Olu Owner revoked the link {link.start} …",
        f"Olu Owner made the link {link.start} … to join by. Role: Member.",
        "Olu Owner changed the role of Nia Newcomer from Member to Moderator.",
        "Olu Owner switched off: moderators and owners need a second factor.",
        "Olu Owner switched on: moderators and owners need a second factor.",
        f"Olu Owner cleared: {hide_for_review}. It was “ 3 ”.",
        f"Olu Owner set: {hide_for_review}. It is now “ 3 ”.",
        "Olu Owner set: hours within which moderators aim to decide. It is now “ 24 ”.",
        "Olu Owner changed: colour. It was “ Ink ”, and is now “ Moss ”.",
        "Olu Owner cleared: tagline. It was “ Boats. ”.",
        "Olu Owner set: tagline. It is now “ Boats. ”.",
        "Olu Owner changed: name. It was “ Harbour ”, and is now “ Quay Nine ”.",
    ]


def test_list_of_reasons_tells_what_came_and_went(cast: Cast) -> None:
    Reason.objects.replace([("A", ""), ("B", "")], by=cast.owner)
    Reason.objects.replace([("B", ""), ("C", "")], by=cast.owner)
    Reason.objects.replace([("C", ""), ("B", "")], by=cast.owner)
    newest, before, _first = sentences(cast.owner)
    assert newest == "Olu Owner changed the list of reasons. Other words, or another order."
    assert before == "Olu Owner changed the list of reasons. Added: “C” Removed: “A”"


def test_person_who_is_gone_reads_of_without_a_name(cast: Cast) -> None:
    cast.team.change(by=cast.owner, name="Quay Nine")
    cast.member.remove(by=cast.owner)
    cast.member.user.delete()
    TeamEntry.objects.update(actor=None)
    html = text_of(signed_in(cast.moderator).get(LOG))
    assert "Mia Member" not in html
    assert "Olu Owner" not in html
    assert sentences(cast.moderator) == [
        "Somebody who has left removed somebody who has left from the team.",
        "Somebody who has left changed: name. It was “ Harbour ”, and is now “ Quay Nine ”.",
    ]


DETAILS: dict[str, dict[str, Any]] = {
    "change": {"field": "policy", "from": "everyone", "to": "after"},
    "reasons": {"from": ["A"], "to": ["B"]},
    "domain-add": {"domain": "example.org", "automatic": True},
    "join": {"by": "invitation", "role": "member"},
    "invite": {"people": 3, "role": "member"},
    "role": {"from": "member", "to": "owner"},
    "trust": {"from": "", "to": "always"},
}


@pytest.mark.once
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("known", [True, False])
def test_every_kind_of_entry_has_a_sentence_of_its_own(cast: Cast, action: str, known: bool) -> None:
    """Imported entries may have details that this installation does not know."""
    detail = DETAILS.get(action, {}) if known else {"field": "mood", "by": "balloon"}
    entry = TeamEntry(team=cast.team, actor=cast.owner.user, subject=cast.member.user, action=action, detail=detail)
    sentence = line_of(entry).sentence
    assert "<strong>Olu Owner</strong>" in sentence
    assert not {"{", "}"} & set(sentence)


@pytest.mark.once
def test_no_two_kinds_of_entries_read_alike(cast: Cast) -> None:
    entries = [TeamEntry(team=cast.team, action=action, detail=DETAILS.get(action, {})) for action in Action]
    assert len({line_of(entry).sentence for entry in entries}) == len(Action)


@pytest.mark.once
def test_names_are_no_markup(cast: Cast) -> None:
    cast.owner.user.name = "<b>Olu {who}</b>"
    cast.owner.user.save()
    cast.team.change(by=cast.owner, name="<script>{field}</script>")
    html = text_of(signed_in(cast.owner).get(LOG))
    assert "<b>" not in html
    assert "<script>{field}" not in html
    assert "&lt;b&gt;Olu {who}&lt;/b&gt;" in html


def test_log_uses_the_readers_days(cast: Cast) -> None:
    entry = TeamEntry(created_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC), action="start", detail={})
    assert line_of(entry).day.isoformat() == "2026-03-01"


def fill(cast: Cast, number: int) -> None:
    TeamEntry.objects.bulk_create(
        TeamEntry(team=cast.team, actor=make_user(name=f"Person {place}"), action=Action.LEAVE)
        for place in range(number)
    )


def test_pages_go_on_to_the_first_entry(cast: Cast) -> None:
    fill(cast, 2 * ENTRIES_PAGE + 3)
    path, found = LOG, []
    client = signed_in(cast.moderator)
    while path:
        page = client.get(path)
        found.append([int(name.removeprefix("entry-")) for name in ids(page) if name.startswith("entry-")])
        older = [part for part in text_of(page).split('"') if part.startswith("?before=")]
        path = LOG + older[0] if older else ""
    assert [len(page) for page in found] == [ENTRIES_PAGE, ENTRIES_PAGE, 3]
    assert list(itertools.chain(*found)) == sorted(TeamEntry.objects.values_list("pk", flat=True), reverse=True)


@pytest.mark.once
@pytest.mark.parametrize("cursor", ["", "x", "-1", "1" * 30, "٣"])
def test_cursor_that_makes_no_sense_reads_from_the_top(cast: Cast, cursor: str) -> None:
    fill(cast, 2)
    assert len(sentences(cast.moderator, f"{LOG}?before={cursor}")) == 2


@pytest.mark.once
def test_empty_log_and_its_end_show_a_sentence(cast: Cast) -> None:
    assert "Nothing yet." in words(part(signed_in(cast.owner).get(LOG), "main"))
    assert "The log ends here." in words(part(signed_in(cast.owner).get(f"{LOG}?before=1"), "main"))


def test_another_teams_entries_are_not_there(cast: Cast) -> None:
    cast.foreign_owner.team.change(by=cast.foreign_owner, name="Elsewhere still")
    assert sentences(cast.owner) == []


def test_longer_log_asks_the_database_no_more(cast: Cast) -> None:
    client = signed_in(cast.moderator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LOG).status_code == 200
        return len(captured)

    fill(cast, 5)
    queries()  # the session notes the role once
    before = queries()
    fill(cast, 30)
    assert queries() == before
