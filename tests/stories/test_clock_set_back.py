"""Settled decisions stay settled when a clock is set back, because the order of the log counts."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kindwall import clock
from stories.author_view import author_views
from stories.models import AuditEntry, Overtaken, Refused, State, Story
from stories.models.audit import UNDO_FOR
from tests.conftest import Cast
from tests.factories import make_story

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def returned(cast: Cast, now: datetime) -> tuple[Story, AuditEntry]:
    story = make_story(author=cast.member, state=State.PENDING)
    with clock.at(now):
        story.return_for_change(by=cast.moderator, revision=story.revision, message="Who was it?")
    return story, story.audit_log.latest("pk")


def test_return_cannot_be_undone_after_the_clock_was_set_back(
    cast: Cast, returned: tuple[Story, AuditEntry], now: datetime
) -> None:
    story, entry = returned
    with clock.at(now - HOUR), pytest.raises(Refused, match="too late"):
        story.undo(entry, by=cast.moderator)


def test_author_can_stand_by_after_the_clock_was_set_back(
    cast: Cast, returned: tuple[Story, AuditEntry], now: datetime
) -> None:
    story, entry = returned
    with clock.at(now - HOUR):
        assert story.is_editable
        assert author_views([story])[0].messages == [entry]
        assert story.stand_by(by=cast.member, message="Please look again.")


def test_earlier_return_is_not_undone_in_place_of_a_later_one(
    cast: Cast, returned: tuple[Story, AuditEntry], now: datetime
) -> None:
    """All of it lies within ten seconds by a clock that was set back."""
    story, entry = returned
    with clock.at(now + UNDO_FOR):
        story.stand_by(by=cast.member, message="Please look again.")
    with clock.at(now + SECOND):
        story.return_for_change(by=cast.second_moderator, revision=story.revision, message="Still: who was it?")
    before = Story.objects.values().get(pk=story.pk)
    with clock.at(now + 2 * SECOND), pytest.raises((Refused, Overtaken)):
        story.undo(entry, by=cast.moderator)
    assert Story.objects.values().get(pk=story.pk) == before


def test_only_the_last_decision_is_undone(cast: Cast, now: datetime) -> None:
    story = make_story(author=cast.member, state=State.PENDING)
    with clock.at(now):
        story.publish(by=cast.moderator, revision=story.revision)
        entry = story.audit_log.latest("pk")
        story.dismiss_reports(by=cast.second_moderator, revision=story.revision)
        with pytest.raises(Overtaken):
            story.undo(entry, by=cast.moderator)
    assert story.is_published


def test_settled_decision_stays_settled_when_the_clock_returns(
    cast: Cast, returned: tuple[Story, AuditEntry], now: datetime
) -> None:
    story, entry = returned
    with clock.at(now + HOUR):
        other = make_story(author=cast.newcomer, state=State.PENDING)
        other.publish(by=cast.second_moderator, revision=other.revision)
    with clock.at(now + SECOND), pytest.raises(Refused, match="too late"):
        story.undo(entry, by=cast.moderator)


def test_machines_whose_clocks_differ_a_little_agree(
    cast: Cast, returned: tuple[Story, AuditEntry], now: datetime
) -> None:
    story, entry = returned
    with clock.at(now - SECOND):
        assert story.is_settling
        assert not author_views([story])[0].messages
        assert story.undo(entry, by=cast.moderator)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seconds=st.integers(min_value=-100_000, max_value=100_000))
def test_database_and_code_agree_on_what_can_be_undone(
    returned: tuple[Story, AuditEntry], now: datetime, seconds: int
) -> None:
    story, entry = returned
    with clock.at(now + timedelta(seconds=seconds)):
        can_be_undone = abs(seconds) < 10
        assert entry.can_be_undone is story.is_settling is can_be_undone
        assert AuditEntry.objects.within_undo().filter(pk=entry.pk).exists() is can_be_undone
        assert AuditEntry.objects.settled().filter(pk=entry.pk).exists() is not can_be_undone
        assert Story.objects.settling().filter(pk=story.pk).exists() is can_be_undone
