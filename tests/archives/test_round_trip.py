"""Tests of a team that is exported and imported: nothing is lost or changed."""

import stat
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Membership, Team, TeamEntry, User
from archives import fields
from stories.counters import drifted, wrongly_reviewed
from stories.demo.load import load
from stories.models import (
    Action,
    Assignment,
    AuditEntry,
    OutboxEvent,
    Report,
    Story,
    WallCount,
)
from stories.models.text import TEXT_PARTS
from tests.archives.team_archives import (
    cards_of,
    data_in,
    empty_the_installation,
    import_file,
    make_lively_team,
    packed_team,
    with_changed_data,
)
from tests.conftest import Cast
from tests.factories import make_draft, make_edit, make_member, make_story, make_team, make_user


def test_imported_team_has_the_same_wall(cast: Cast) -> None:
    team = make_lively_team(cast)
    first, before, found = packed_team(team), cards_of(team), orders_and_words(team)
    numbers = list(Story.objects.exclude(state="draft").order_by("pk").values_list("pk", "published_at", "updated_at"))
    empty_the_installation()
    assert Story.objects.count() == 0
    result = import_file(first)
    assert not result.renumbered
    assert len(before) == 6
    assert cards_of(result.team) == before
    assert list(Story.objects.order_by("pk").values_list("pk", "published_at", "updated_at")) == numbers
    assert not [*drifted(Story.objects.all()), *wrongly_reviewed(Story.objects.all())]
    assert orders_and_words(result.team) == found
    assert not OutboxEvent.objects.filter(team=result.team).exists()
    assert Team.objects.at("harbour-team") == result.team
    owner = Membership.objects.owners().get(team=result.team).user
    assert owner.picture_digest
    assert TeamEntry.objects.of(result.team).filter(action="import", actor=None).count() == 1


def orders_and_words(team: Team) -> tuple[dict[str, int], list[tuple[float, str]]]:
    """Return what is not in an archive: the counts of a wall's filters, and the warmth and words of its stories."""
    stories = Story.objects.of(team).published().order_by("pk")
    counts = {facet: number for facet, number in WallCount.objects.in_team(team.pk).items() if number}
    return counts, list(stories.values_list("warmth", "words"))


def test_imported_team_is_exported_again_unchanged(cast: Cast) -> None:
    team = make_lively_team(cast)
    first = data_in(packed_team(team))
    file = packed_team(team)
    empty_the_installation()
    second = data_in(packed_team(import_file(file).team))
    # Only an owner here can allow a domain's people to join automatically.
    assert [domain.pop("automatic") for part in (first, second) for domain in part["domains"]] == [True, False]
    assert first.pop("exported_at") < second.pop("exported_at")
    assert first == second
    assert len(first["stories"]) == 16
    assert all(first[part] for part in first), "every section has a row"
    for name in (*fields.ADDED - set(TEXT_PARTS), "undoes"):
        memberships = [person["membership"] or {} for person in first["people"]]
        rows = [first["team"], *first["stories"], *first["audit"], *memberships]
        assert any(row.get(name) for row in rows) or name == "watching", name


def test_undone_edit_survives_the_round_trip(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    edit.publish(by=cast.moderator, revision=edit.revision)
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    file = packed_team(cast.team)
    before = data_in(file)["audit"]
    empty_the_installation()
    imported = import_file(file).team
    assert data_in(packed_team(imported))["audit"] == before
    log = AuditEntry.objects.of(imported).filter(story__edit_of=None).oldest_first()
    assert [entry.action for entry in log] == ["submit", "publish", "edit", "undo"]
    assert log[3].undoes == log[2]


def test_demo_team_survives_the_round_trip(db: None) -> None:
    load(timezone.now())
    team = Team.objects.get(slug="harbour")
    file, before = packed_team(team), cards_of(team)
    first = data_in(file)
    empty_the_installation()
    imported = import_file(file).team
    assert cards_of(imported) == before
    second = data_in(packed_team(imported))
    assert first | {"exported_at": ""} == second | {"exported_at": ""}
    assert len(first["stories"]) > 20


def test_new_rows_are_numbered_after_imported_ones(cast: Cast) -> None:
    team = make_lively_team(cast)
    file = packed_team(team)
    empty_the_installation()
    imported = import_file(file).team
    highest = Story.objects.latest("pk").pk
    owner = Membership.objects.owners().get(team=imported)
    assert make_draft(author=owner).pk > highest
    assert make_user(name="Next").pk > owner.user_id


def test_import_beside_other_teams_renumbers_stories_and_recognises_people(cast: Cast) -> None:
    team = make_lively_team(cast)
    file, before = packed_team(team), Story.objects.of(team).count()
    drafts = Story.objects.of(team).filter(state="draft").count()
    people = User.objects.count()
    result = import_file(file, slug="harbour-again")
    assert result.renumbered
    assert result.team.slug == "harbour-again"
    # The four members are recognised by their address; Nia, who had left, has none.
    assert (result.people_found, result.people_new) == (4, 1)
    assert User.objects.count() == people + 1
    assert result.slugs_left_out == ["harbour-team"]
    assert Story.objects.of(team).count() == before
    assert Story.objects.of(result.team).count() == before - drafts
    assert not [*drifted(Story.objects.all()), *wrongly_reviewed(Story.objects.all())]
    owner = Membership.objects.get(team=result.team, role="owner")
    assert owner.user == cast.owner.user


def renumber_edits_first(data: dict[str, Any]) -> None:
    """Give edits smaller numbers than their stories, and put them first."""
    for rows, name in ((data["stories"], "id"), (data["stories"], "edit_of")):
        for row in rows:
            if row[name] is not None and (name == "edit_of" or row["edit_of"] is None):
                row[name] += 1_000
    edits = {row["id"] for row in data["stories"] if row["edit_of"]}
    for part in ("audit", "uplifts", "reactions", "reports", "assignments", "moderator_notes"):
        for row in data[part]:
            row["story"] += 0 if row["story"] in edits else 1_000
    data["stories"].reverse()


@pytest.mark.parametrize("beside", [False, True])
def test_edit_is_imported_with_its_story_whatever_their_numbers(cast: Cast, beside: bool) -> None:
    file = with_changed_data(packed_team(make_lively_team(cast)), renumber_edits_first)
    first = data_in(file)["stories"][0]
    assert first["edit_of"] > first["id"]
    if not beside:
        empty_the_installation()
    result = import_file(file, "harbour-again")
    assert result.renumbered == beside
    edits = Story.objects.of(result.team).exclude(edit_of=None).order_by("state").values_list("edit_of__body", "body")
    taken = "One that is accepted."
    assert list(edits) == [(taken, taken), ("On the wall, and changing.", "On the wall, changed.")]


def test_import_keeps_undone_decisions_and_closed_reports(cast: Cast) -> None:
    file = packed_team(make_lively_team(cast))
    imported = import_file(file, "harbour-again").team
    (undoing,) = AuditEntry.objects.filter(story__team=imported, action=Action.UNDO)
    assert undoing.undoes is not None
    assert (undoing.undoes.action, undoing.undoes.story_id) == ("remove", undoing.story_id)
    assert undoing.undoes.pk < undoing.pk
    answered, still_open = Report.objects.filter(story__team=imported).order_by("pk")
    assert answered.decision is not None
    assert (answered.decision.action, answered.decision.story_id) == ("keep", answered.story_id)
    assert answered.story.team == imported
    assert still_open.decision is None
    log = AuditEntry.objects.filter(story__team=imported).order_by("pk")
    there = AuditEntry.objects.filter(story__team=cast.team).exclude(story__state="draft").order_by("pk")
    assert list(log.values_list("action", "created_at")) == list(there.values_list("action", "created_at"))


def test_unsettled_decision_is_settled_by_the_import(cast: Cast) -> None:
    pending = make_story(author=cast.member, state="pending")
    pending.decline(by=cast.moderator, revision=pending.revision, message="Not ours to tell.")
    assert pending.settles_at is not None
    story = Story.objects.get(team=import_file(packed_team(cast.team), "harbour-again").team)
    assert (story.state, story.settles_at) == ("declined", None)


# The columns of each row in version 1.
VERSION_1 = {
    "team": (
        *("name", "slug", "tagline", "accent", "visibility", "indexed", "joining", "policy", "newcomer_until"),
        *("answer_hours", "two_factor_required", "created_at"),
    ),
    "membership": ("role", "joined_at", "role_changed_at"),
    "stories": (
        *("id", "author", "kind", "body", "first_quality", "second_quality", "third_quality", "signature", "state"),
        *("revision", "created_at", "updated_at", "submitted_at", "decided_at", "published_at"),
    ),
    "audit": (
        *("story", "actor", "action", "from_state", "to_state", "reason", "message", "revision", "kind", "qualities"),
        *("body", "created_at"),
    ),
}
NEWER = {
    "aside",
    "spam",
    "accepted",
    "stand-by",
    "undo",
    "keep",
    "hand",
    "taken-down",
    "take-down",
}  # states and actions


def to_version_1(data: dict[str, Any]) -> None:
    def only(row: dict[str, Any], kind: str) -> dict[str, Any]:
        return {name: row[name] for name in VERSION_1[kind]}

    data["version"] = 1
    del data["reports"]
    data["team"] = only(data["team"], "team")
    for person in data["people"]:
        person["membership"] = person["membership"] and only(person["membership"], "membership")
    older = [row for row in data["stories"] if row["state"] not in NEWER and row["edit_of"] is None]
    kept = {row["id"] for row in older}
    data["stories"] = [only(row, "stories") for row in older]
    for part in ("audit", "uplifts", "reactions"):
        data[part] = [row for row in data[part] if row["story"] in kept and row.get("action") not in NEWER]
    data["audit"] = [only(row, "audit") for row in data["audit"]]
    data["log"] = [row for row in data["log"] if row["action"] != "trust"]


def test_archive_of_version_1_can_be_imported(cast: Cast) -> None:
    file = with_changed_data(packed_team(make_lively_team(cast)), to_version_1)
    empty_the_installation()
    result = import_file(file)
    assert result.stories == 11
    assert result.team.set_aside_after is None
    assert set(Membership.objects.values_list("trust", "away_until")) == {("", None)}
    assert set(Story.objects.values_list("edit_of", "stood_by_at")) == {(None, None)}
    assert set(AuditEntry.objects.values_list("saw", "next_step", "talk_to", "watching")) == {("", "", "", False)}
    # The submissions of a story are counted from the log.
    assert set(Story.objects.values_list("submission_count", flat=True)) == {1}
    assert not Report.objects.exists()
    assert data_in(packed_team(result.team))["version"] == 2


def test_commands_export_and_import_a_team(cast: Cast, story: Story, tmp_path: Path) -> None:
    file, out = tmp_path / "harbour.zip", StringIO()
    call_command("export_team", "harbour-team", str(file), stdout=out)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert TeamEntry.objects.get(action="export").detail == {"by": "command"}
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_team", "harbour-team", str(file))
    with pytest.raises(CommandError, match="no team"):
        call_command("export_team", "nowhere", str(tmp_path / "x.zip"))
    with pytest.raises(CommandError, match="--slug"):
        call_command("import_team", str(file))
    call_command("import_team", str(file), "--slug", "harbour-two", stdout=out)
    assert "is at /harbour-two/: 1 stories; 0 new people, 5 who were here already." in out.getvalue()
    assert "new ones" in out.getvalue()
    assert f"owner: {cast.owner.user.name} <{cast.owner.user.email}>" in out.getvalue()
    assert cast.member.user.email not in out.getvalue()
    assert TeamEntry.objects.get(action="import").detail == {"by": "command"}
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_team", str(tmp_path / "none.zip"))


def test_times_are_imported_to_the_microsecond(cast: Cast, story: Story) -> None:
    moment = timezone.now().replace(microsecond=123457) - timedelta(days=1)
    Story.objects.filter(pk=story.pk).update(published_at=moment)
    file = packed_team(cast.team)
    empty_the_installation()
    assert Story.objects.get(team=import_file(file).team).published_at == moment


def test_team_without_stories_is_imported(db: None) -> None:
    owner = make_member(team=make_team(slug="quiet"), name="Ona", role="owner")
    file = packed_team(owner.team)
    empty_the_installation()
    assert import_file(file).stories == 0


def test_assignment_to_somebody_who_moderates_no_longer_stays_behind(cast: Cast) -> None:
    for moderator in (cast.moderator, cast.second_moderator):
        Assignment.objects.create(story=make_story(author=cast.member, state="pending"), moderator=moderator.user)
    Membership.objects.filter(pk=cast.second_moderator.pk).update(role="member")  # as a role that changed meanwhile
    file = packed_team(cast.team)
    empty_the_installation()
    import_file(file)
    assert [one.moderator.name for one in Assignment.objects.all()] == [cast.moderator.user.name]
