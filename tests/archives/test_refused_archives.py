"""Tests of archives that are refused because of a wrong value in their data."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import transaction
from django.utils import timezone

from archives.parse import open_archive
from archives.rows import Unreadable
from tests.archives.team_archives import (
    empty_the_installation,
    import_file,
    make_lively_team,
    packed_team,
    with_changed_data,
    zipped,
)
from tests.conftest import Cast, make_cast


def set_in(part: str, name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        rows = data[part] if isinstance(data[part], list) else [data[part]]
        for row in rows:
            row[name] = value

    return change


def drop(part: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data.pop(part)


def twice(part: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data[part].append(data[part][0])


def log_row(action: str, detail: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    row = {"actor": None, "subject": None, "action": action, "detail": detail, "created_at": "2026-01-01T00:00:00Z"}
    return lambda data: data["log"].append(row)


def story_row(index: Callable[[dict[str, Any]], bool], **values: Any) -> Callable[[dict[str, Any]], None]:
    """Change these values of the first story that matches."""
    return lambda data: next(row for row in data["stories"] if index(row)).update(values)


def is_edit(row: dict[str, Any]) -> bool:
    return row["edit_of"] is not None


def edits_of_each_other(data: dict[str, Any]) -> None:
    one, other = (row for row in data["stories"] if is_edit(row))
    one["edit_of"], other["edit_of"] = other["id"], one["id"]


def edit_of_itself(data: dict[str, Any]) -> None:
    edit = next(row for row in data["stories"] if is_edit(row))
    edit["edit_of"] = edit["id"]


def edit_of_somebody_elses(data: dict[str, Any]) -> None:
    edit = next(row for row in data["stories"] if is_edit(row))
    others = (row for row in data["stories"] if row["author"] not in (None, edit["author"]))
    edit["edit_of"] = next(others)["id"]


def edit_of_nobodys(data: dict[str, Any]) -> None:
    edit = next(row for row in data["stories"] if is_edit(row))
    edit["edit_of"] = next(row["id"] for row in data["stories"] if row["author"] is None)


def two_open_edits(data: dict[str, Any]) -> None:
    edit = next(row for row in data["stories"] if is_edit(row) and row["state"] == "pending")
    data["stories"].append({**edit, "id": 10_000})


def undoing(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: next(row for row in data["audit"] if row["action"] == "undo").update(values)


def undoing_of(wanted: Callable[[dict[str, Any], dict[str, Any]], bool]) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        undo = next(row for row in data["audit"] if row["action"] == "undo")
        undo["undoes"] = next(row["id"] for row in data["audit"] if wanted(row, undo))

    return change


def undone_twice(data: dict[str, Any]) -> None:
    undo = next(row for row in data["audit"] if row["action"] == "undo")
    data["audit"].append({**undo, "id": 10_000})


def undone_before_it_was_done(data: dict[str, Any]) -> None:
    undo = next(row for row in data["audit"] if row["action"] == "undo")
    data["audit"].remove(undo)
    data["audit"].insert(0, undo)


def undoes_without_being_an_undoing(data: dict[str, Any]) -> None:
    undo = next(row for row in data["audit"] if row["action"] == "undo")
    undo["action"] = "edit"


def closed_by(wanted: Callable[[dict[str, Any], dict[str, Any]], bool]) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        report = data["reports"][0]
        report["answer"] = next(row["id"] for row in data["audit"] if wanted(row, report))

    return change


def member(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: next(row for row in data["people"] if row["membership"])["membership"].update(values)


WRONG = [
    drop("stories"),
    drop("team"),
    drop("people"),
    twice("stories"),
    twice("people"),
    twice("uplifts"),
    twice("reactions"),
    twice("reasons"),
    set_in("team", "name", ""),
    set_in("team", "name", 7),
    set_in("team", "policy", "whatever"),
    set_in("team", "slug", "../etc"),
    set_in("team", "created_at", "yesterday"),
    set_in("team", "created_at", "2026-01-01T00:00:00"),
    set_in("stories", "published_at", "0001-01-01T00:00:00Z"),
    set_in("stories", "published_at", "0001-01-01T00:00:00+14:00"),
    set_in("stories", "published_at", "9999-12-31T23:59:59-14:00"),
    set_in("stories", "created_at", "1999-12-31T23:59:59Z"),
    set_in("uplifts", "created_at", (timezone.now() + timedelta(days=30)).isoformat()),
    set_in("team", "indexed", "yes"),
    set_in("people", "email", "nonsense"),
    set_in("people", "email", None),
    set_in("people", "id", "1"),
    set_in("people", "membership", None),
    set_in("people", "membership", {"role": "member", "joined_at": "2026-01-01T00:00:00Z"}),
    set_in("people", "name", "nul\x00"),
    set_in("people", "parting", "never"),
    set_in("stories", "id", 2**62),
    set_in("stories", "author", 10**6),
    set_in("stories", "state", "pinned"),
    set_in("stories", "state", "pending"),
    set_in("stories", "published_at", None),
    set_in("stories", "body", ""),
    set_in("stories", "body", "x" * 20_000),
    set_in("stories", "revision", True),
    set_in("stories", "second_quality", "hope"),
    set_in("stories", "third_quality", "love"),
    set_in("team", "visibility", "members"),
    set_in("audit", "message", ""),
    set_in("audit", "story", 10**6),
    set_in("audit", "actor", 10**6),
    set_in("audit", "action", "burn"),
    set_in("uplifts", "person", None),
    set_in("reactions", "kind", "shrug"),
    set_in("log", "detail", "text"),
    set_in("log", "action", "import"),
    log_row("invite", {"people": "x"}),
    log_row("invite", {"people": True}),
    log_row("invite", {"role": {}}),
    log_row("reasons", {"from": 1}),
    log_row("reasons", {"to": [[]]}),
    log_row("change", {"field": []}),
    log_row("change", {"to": {}}),
    log_row("domain-add", {"automatic": "yes"}),
    log_row("join", {"by": []}),
    log_row("role", {"to": "emperor"}),
    log_row("leave", {"whatever": "x"}),
    set_in("domains", "domain", "UPPER.example"),
    lambda data: data.update(format="kindwall-person"),
    lambda data: data.update(version=3),
    lambda data: data.update(version=[]),
    drop("reports"),
    twice("reports"),
    twice("audit"),
    edits_of_each_other,
    edit_of_itself,
    edit_of_somebody_elses,
    edit_of_nobodys,
    two_open_edits,
    story_row(is_edit, edit_of=10**6),
    story_row(is_edit, edit_of="1"),
    story_row(is_edit, edit_of=None, state="accepted"),
    story_row(is_edit, state="published", published_at="2026-01-01T00:00:00Z"),
    story_row(is_edit, state="aside", published_at="2026-01-01T00:00:00Z"),
    story_row(lambda row: row["state"] == "aside", published_at=None),
    set_in("stories", "rounds", -1),
    set_in("stories", "rounds", None),
    undoing(undoes=None),
    undoing(undoes=10**6),
    undoing(undoes=[]),
    undoing_of(lambda row, undo: row["story"] != undo["story"] and row["action"] == "publish"),
    undoing_of(lambda row, undo: row["story"] == undo["story"] and row["action"] == "submit"),
    undone_twice,
    undone_before_it_was_done,
    undoes_without_being_an_undoing,
    set_in("audit", "id", 1),
    set_in("audit", "id", {}),
    set_in("audit", "saw", None),
    set_in("audit", "watching", "yes"),
    set_in("reports", "answer", 10**6),
    closed_by(lambda row, report: row["story"] != report["story"] and row["action"] == "remove"),
    closed_by(lambda row, report: row["story"] == report["story"] and row["action"] == "publish"),
    set_in("reports", "reason", "dull"),
    set_in("reports", "person", 10**6),
    set_in("reports", "story", 10**6),
    member(trust="king"),
    member(trust=None),
    member(away_until="soon"),
    member(away_until="1999-12-31"),
    member(away_until="9999-12-31"),
    set_in("team", "set_aside_after", 0),
    set_in("team", "set_aside_after", "3"),
    log_row("trust", {"to": "king"}),
    log_row("trust", {"from": []}),
    lambda data: data.update(former_slugs=["/"]),
]


@pytest.fixture(scope="module")
def lively_file(django_db_setup: None, django_db_blocker: Any) -> bytes:
    """Pack the team once, and roll back its rows."""
    with django_db_blocker.unblock(), transaction.atomic():
        file = packed_team(make_lively_team(make_cast()))
        transaction.set_rollback(True)
    return file.getvalue()


@pytest.mark.once  # reading finds the fault before anything is written, so it does not depend on the database
@pytest.mark.django_db
@pytest.mark.parametrize("change", WRONG)
def test_archive_with_a_wrong_value_is_refused(lively_file: bytes, change: Callable[[dict[str, Any]], None]) -> None:
    file = with_changed_data(BytesIO(lively_file), change)
    with pytest.raises(Unreadable):
        open_archive(file)


def test_archive_without_a_wrong_value_is_imported(cast: Cast) -> None:
    file = with_changed_data(packed_team(make_lively_team(cast)), lambda data: None)
    empty_the_installation()
    assert import_file(file).stories == 16


BAD_FILES = [
    BytesIO(b""),
    BytesIO(b"not a zip file at all"),
    zipped({"data.json": "{}"}),
    zipped({"team.json": "{}", "../../etc/passwd": "x"}),
    zipped({"team.json": "{}", "pictures/../x.webp": "x"}),
    zipped({"team.json": "[" * 200_000}),
    zipped({"team.json": "[]"}),
    zipped({"team.json": '{"format": NaN}'}),
    zipped({"team.json": b"\xff\xfe"}),
    zipped({"team.json": '{"format": "\\ud800"}'}),
]


@pytest.mark.once
@pytest.mark.parametrize("file", BAD_FILES)
def test_file_that_is_no_archive_is_refused(db: None, file: BytesIO) -> None:
    file.seek(0)
    with pytest.raises(Unreadable):
        open_archive(file)


def test_picture_that_cannot_be_read_is_refused(cast: Cast) -> None:
    data = ZipFile(packed_team(cast.team)).read("team.json")
    with pytest.raises(Unreadable, match="picture"):
        open_archive(zipped({"team.json": data, f"pictures/{cast.owner.user_id}.webp": b"<svg onload=alert()>"}))
