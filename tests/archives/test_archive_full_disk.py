"""Tests of exports and imports while the disk is full."""

import errno
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django_tasks_db.models import DBTaskResult

from accounts.models import Team, TeamEntry
from archives import team_export
from archives.models.export import ExportPart
from kindwall import outage
from stories.models import (
    Story,
)
from tests.archives.conftest import confirmed, run_tasks
from tests.archives.team_archives import EXPORT, data_in, import_file, packed_team
from tests.archives.test_personal_export import zip_in
from tests.conftest import Cast
from tests.pages import text_of


def test_full_disk_leaves_no_half_written_file(
    cast: Cast, story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_disk(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "harbour.zip"
    with monkeypatch.context() as patch:
        patch.setattr("archives.team_export.render_page", fill_disk)
        with pytest.raises(CommandError, match="No space left"):
            call_command("export_team", "harbour-team", str(file))
        client = confirmed(cast.owner)
        client.raise_request_exception = False
        answer = client.post(EXPORT)
        assert (answer.status_code, "Please try again in a moment." in text_of(answer)) == (503, True)
    assert not file.exists()
    assert not TeamEntry.objects.filter(detail={"by": "command"}).exists()
    call_command("export_team", "harbour-team", str(file), stdout=StringIO())
    assert data_in(BytesIO(file.read_bytes()))["stories"]
    outage.failed_writes.latest = None


def test_export_that_failed_on_a_full_disk_can_be_requested_again(
    cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team_export, "MOST_ROWS_SENT_AT_ONCE", -1)
    monkeypatch.setattr("archives.models.export.EXPORT_PART_BYTES", 100)
    client, store = confirmed(cast.owner), ExportPart.save
    stored: list[ExportPart] = []

    def fill_disk(part: ExportPart, *arguments: Any, **options: Any) -> None:
        if len(stored) == 2:
            raise OperationalError("database or disk is full")
        stored.append(part)
        store(part, *arguments, **options)

    client.post(EXPORT)
    with monkeypatch.context() as patch:
        patch.setattr(ExportPart, "save", fill_disk)
        with pytest.raises(OperationalError):
            run_tasks()
    assert len(stored) == 2
    assert not ExportPart.objects.exists()
    page = text_of(client.get(EXPORT))
    assert "Preparing your export." not in page
    assert "did not work out" in page
    DBTaskResult.objects.all().delete()
    client.post(EXPORT)
    run_tasks()
    assert "team.json" in zip_in(client.post(f"{EXPORT}download/")).namelist()


def test_full_disk_during_an_import_is_not_reported_as_a_fault_of_the_archive(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fill_disk(*_: object, **__: object) -> None:
        raise OperationalError("database or disk is full")

    path = tmp_path / "harbour.zip"
    path.write_bytes(packed_team(cast.team).getvalue())
    monkeypatch.setattr("archives.import_team.create_in_order", fill_disk)
    with pytest.raises(OperationalError):
        import_file(BytesIO(path.read_bytes()), "harbour-two")
    with pytest.raises(CommandError, match="database could not keep it"):
        call_command("import_team", str(path), "--slug", "harbour-two")
    assert not Team.objects.filter(slug="harbour-two").exists()
