"""Tests of the export of a team: the contents of the archive, and its page."""

from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import JoinLink, Reason, TeamEntry
from archives import team_export
from stories.models import (
    Claim,
    Story,
)
from tests.archives.conftest import confirmed, run_tasks
from tests.archives.team_archives import (
    EXPORT,
    data_in,
    empty_the_installation,
    import_file,
    make_lively_team,
    packed_team,
)
from tests.archives.test_personal_export import zip_in
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_member, make_story
from tests.pages import text_of


def test_archive_does_not_name_the_author_of_an_unnamed_story(cast: Cast) -> None:
    mine = make_draft(author=cast.moderator)
    mine.submit(by=cast.moderator)
    mine.publish(by=cast.second_moderator, revision=mine.revision)
    theirs = make_story(author=cast.member, moderator=cast.moderator)
    cast.moderator.leave(choice="unnamed")
    data = data_in(packed_team(cast.team))
    (story,) = [story for story in data["stories"] if story["id"] == mine.pk]
    assert (story["author"], story["signature"]) == (None, "")

    def done(pk: int) -> list[tuple[str, int | None]]:
        return [(entry["action"], entry["actor"]) for entry in data["audit"] if entry["story"] == pk]

    assert done(mine.pk) == [("submit", None), ("publish", cast.second_moderator.user_id)]
    assert done(theirs.pk) == [("submit", cast.member.user_id), ("publish", cast.moderator.user_id)]


def test_archive_has_no_links_invitations_or_drafts(cast: Cast) -> None:
    team = make_lively_team(cast)
    text = ZipFile(packed_team(team)).read("team.json").decode()
    assert "guest@example.org" not in text
    assert "One that is draft." not in text
    assert JoinLink.objects.get().digest not in text
    assert "One that is draft." in ZipFile(packed_team(team, with_drafts=True)).read("team.json").decode()


def test_archive_has_no_reasons_of_moderators_own_or_claims(cast: Cast) -> None:
    team = make_lively_team(cast)
    assert (Reason.objects.filter(user__isnull=False).count(), Claim.objects.count()) == (1, 1)
    file = packed_team(team)
    assert b"What a kind moment." not in ZipFile(file).read("team.json")
    empty_the_installation()
    import_file(file)
    assert not Claim.objects.exists()


def test_archive_has_a_page_that_shows_the_wall(cast: Cast) -> None:
    make_story(author=cast.member, moderator=cast.moderator, body="<b>Bold</b> of her.")
    make_story(author=cast.member, state="pending", body="Not yet.")
    page = ZipFile(packed_team(cast.team)).read("index.html").decode()
    assert "&lt;b&gt;Bold&lt;/b&gt; of her." in page
    assert "Mia Member" in page
    assert "Not yet." not in page
    assert page.count("<html") == page.count("</html>") == 1
    assert "<script" not in page


def test_owner_exports_the_team(cast: Cast, story: Story) -> None:
    client = confirmed(cast.owner)
    page = text_of(client.get(EXPORT))
    assert "Drafts are not in it" in page
    archive = zip_in(client.post(EXPORT))
    assert set(archive.namelist()) == {"team.json", "index.html"}
    assert TeamEntry.objects.of(cast.team).filter(action="export", actor=cast.owner.user).count() == 1


def test_export_page_needs_the_same_queries_for_any_size_of_team(cast: Cast) -> None:
    client = signed_in(cast.owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(EXPORT).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for _ in range(3):
        make_story(author=make_member(team=cast.team), moderator=cast.moderator)
    assert queries() == few


def test_team_export_needs_a_recent_password(cast: Cast) -> None:
    client = signed_in(cast.owner)
    assert client.get(EXPORT).status_code == 200
    for path in (EXPORT, f"{EXPORT}download/"):
        assert client.post(path)["Location"].startswith("/accounts/reauthenticate/?next=%2Fharbour-team%2Fsettings")
    assert not TeamEntry.objects.filter(action="export").exists()


def test_export_is_mailed_to_a_confirmed_address_alone(
    cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team_export, "MOST_ROWS_SENT_AT_ONCE", -1)
    EmailAddress.objects.filter(user=cast.owner.user).update(verified=False)
    client = confirmed(cast.owner)
    client.post(EXPORT)
    run_tasks()
    run_tasks()
    assert mail.outbox == []
    assert "Download" in text_of(client.get(EXPORT))


def test_large_team_is_packed_in_the_background(cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team_export, "MOST_ROWS_SENT_AT_ONCE", -1)
    client = confirmed(cast.owner)
    assert "Your export is being prepared." in text_of(client.post(EXPORT, follow=True))
    assert client.post(f"{EXPORT}download/").status_code == 404
    run_tasks()
    run_tasks()
    assert mail.outbox[-1].to == [cast.owner.user.email]
    assert EXPORT in mail.outbox[-1].body
    assert "Download" in text_of(client.get(EXPORT))
    assert "team.json" in zip_in(client.post(f"{EXPORT}download/")).namelist()
    # Neither another owner nor a former owner can download it.
    second = make_member(team=cast.team, name="Second", role="owner")
    assert confirmed(second).post(f"{EXPORT}download/").status_code == 404
    cast.owner.change_role("member", by=second)
    assert client.post(f"{EXPORT}download/").status_code == 403
