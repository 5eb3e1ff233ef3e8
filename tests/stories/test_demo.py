"""The demo team, Harbour Studio."""

from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from accounts.models import Membership, Team, User
from kindwall.management.commands.serve import Command as Serve
from stories.counters import drifted, wrongly_reviewed
from stories.demo.load import SIGN_INS, new_password, password
from stories.diff import word_diff
from stories.models import AuditEntry, Reaction, Report, State, Story, Uplift
from tests.factories import make_team, make_user

pytestmark = pytest.mark.once


def load(*arguments: str) -> str:
    said = StringIO()
    call_command("load_demo", *arguments, stdout=said)
    return said.getvalue()


def everything() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Team, User, Membership, Story, AuditEntry, Uplift, Reaction))


def test_command_refuses_where_the_demo_is_off(db: None, settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="KINDWALL_DEMO=on"):
        load()
    assert everything() == (0,) * 7


def test_if_empty_loads_only_where_no_team_exists(db: None) -> None:
    make_team()
    assert load("--if-empty") == ""
    assert Story.objects.count() == 0
    Team.objects.all().delete()
    assert "Loaded" in load("--if-empty")


@pytest.fixture(scope="module")
def loaded_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Loading goes through every story's whole life, so once must do for this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


@pytest.fixture
def loaded(loaded_once: str, db: None) -> str:
    return loaded_once


def test_demo_has_twelve_people_and_stories_in_every_state(loaded: str) -> None:
    team = Team.objects.get()
    assert Membership.objects.filter(team=team).count() == User.objects.count() == 12
    assert Counter(Membership.objects.values_list("role", flat=True)) == {"owner": 1, "moderator": 2, "member": 9}
    states = Counter(Story.objects.values_list("state", flat=True))
    # The team leaves what was reported on the wall until a moderator has looked, and nobody took a story down.
    assert set(states) == set(State.values) - {State.HIDDEN, State.TAKEN_DOWN}
    assert states["published"] >= 24, "the wall has more than a page"
    assert states["pending"] >= 2, "the desk has something on it"
    assert f"12 people, {Story.objects.count()} stories" in loaded


def test_demo_desk_shows_stories_of_each_kind(loaded: str) -> None:
    waiting = Story.objects.waiting()
    back = waiting.resubmitted().filter(stood_by_at=None, edit_of=None)
    assert back.count() == 2
    for story in back:
        earlier = story.audit_log.filter(action="submit").earliest("pk")
        assert "<ins>" in word_diff(earlier.body, story.body), "and what has changed since"
    [stood_by] = waiting.stood_by()
    assert [entry.action for entry in stood_by.audit_log.with_message().oldest_first()] == ["return", "stand-by"]
    [edit] = waiting.exclude(edit_of=None)
    assert edit.edit_of is not None
    assert edit.edit_of.is_published
    assert edit.edit_of.body != edit.body
    [reported] = Story.objects.reported()
    assert Report.objects.about(reported).open().count() == Report.objects.count() == 2
    assert not reported.uplifts.filter(user__reports__story=reported).exists()
    assert Story.objects.spam().count() == 1


def test_demo_wall_has_a_fixed_and_an_edited_story(loaded: str) -> None:
    [fixed] = [story for story in Story.objects.published() if story.fix]
    assert fixed.fix is not None
    own, now = fixed.fix
    assert own.body != now.body == fixed.body
    [accepted] = Story.objects.filter(state=State.ACCEPTED)
    assert accepted.edit_of is not None
    assert accepted.edit_of.body == accepted.body


def test_every_demo_letter_has_four_parts(loaded: str) -> None:
    letters = AuditEntry.objects.filter(action__in=["return", "decline", "remove"])
    assert letters.count() >= 10
    assert all(letter.saw and letter.message and letter.next_step and letter.talk_to for letter in letters)


def test_demo_has_no_decision_that_can_be_undone(loaded: str) -> None:
    assert not [story for story in Story.objects.all() if story.is_settling]
    assert not [entry for entry in AuditEntry.objects.decisions() if entry.can_be_undone]


def test_loading_the_demo_again_changes_nothing(loaded: str) -> None:
    before = everything()
    assert load() == "The demo team is here already.\n"
    assert everything() == before


def test_demo_events_are_past_and_in_order(loaded: str) -> None:
    now = timezone.now()
    for story in Story.objects.all():
        answered = story.decided_at if not story.is_pending else None  # that of the round before
        moments = [story.created_at, story.submitted_at, answered]
        known = [moment for moment in moments if moment]
        assert known == sorted(known), story
        assert max([*known, story.updated_at]) <= now, story
        logged = list(story.audit_log.oldest_first().values_list("created_at", flat=True))
        assert logged == sorted(logged), story
        assert all(moment <= now for moment in logged), story
    for report in Report.objects.select_related("story"):
        assert report.story.published_at is not None
        assert report.story.published_at < report.created_at <= now


def test_every_demo_log_replays_to_the_present_state(loaded: str) -> None:
    for story in Story.objects.prefetch_related("audit_log"):
        state = State.DRAFT.value
        for entry in story.audit_log.oldest_first():
            assert entry.from_state == state, story
            state = entry.to_state
        assert state == story.state, story


def test_counts_equal_rows(loaded: str) -> None:
    assert Uplift.objects.count() > 50
    assert not [*drifted(Story.objects.all()), *wrongly_reviewed(Story.objects.all())]
    assert not [uplift for uplift in Uplift.objects.select_related("story") if uplift.user_id == uplift.story.author_id]


def test_no_demo_moderator_decides_on_own_story(loaded: str) -> None:
    for entry in AuditEntry.objects.decisions().select_related("story"):
        assert entry.actor_id != entry.story.author_id


@pytest.mark.parametrize("email", SIGN_INS)
def test_named_people_of_the_demo_can_sign_in(loaded: str, email: str) -> None:
    assert email in loaded
    assert password() in loaded
    client = Client()
    page = client.post("/accounts/login/", {"login": email, "password": password()}, follow=True)
    assert page.redirect_chain[-1][0] == "/harbour/"
    assert page.content.count(b'class="note ') == 24


def test_demo_password_is_generated_once_for_each_installation(db: None, tmp_path: Path) -> None:
    files = tmp_path / "one", tmp_path / "two"
    made_up = set()
    for file in files:
        with override_settings(DEMO_PASSWORD_FILE=file):
            assert password() == ""
            made_up.add(new_password())
            assert new_password() == password() == file.read_text()
            assert file.stat().st_mode & 0o077 == 0
    assert len(made_up) == 2
    with override_settings(DEMO_PASSWORD="a-chosen-one"):
        assert password() == new_password() == "a-chosen-one"


def test_command_prints_no_password_where_nobody_can_sign_in(db: None, tmp_path: Path) -> None:
    with override_settings(DEMO_PASSWORD_FILE=tmp_path / "none"):
        call_command("load_demo", owner=make_user(email="ana@example.org").email, stdout=StringIO())
        assert "Sign in" not in Serve().welcome()
