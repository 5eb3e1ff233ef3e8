"""Spam: the one silent path, logged, and open for thirty days."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from stories.models import OutboxEvent, Refused, State, Story, StoryText
from stories.models.audit import UNDO_FOR
from stories.models.queryset import SPAM_KEPT_FOR
from stories.models.review import review_of
from tests.conftest import Cast
from tests.factories import make_draft, make_edit, make_story


@pytest.fixture
def spam(cast: Cast) -> Story:
    return make_story(author=cast.member, moderator=cast.moderator, state=State.SPAM)


def as_now(person: Membership) -> Membership:
    return Membership.objects.select_related("team", "user").get(pk=person.pk)


def sent(person: Membership) -> Story:
    story = make_draft(author=person)
    story.submit(by=as_now(person))
    return story


def test_it_is_logged_and_its_author_is_told_nothing_for_good(cast: Cast, spam: Story) -> None:
    entry = spam.audit_log.latest("pk")
    assert (entry.action, entry.actor, entry.body) == ("spam", cast.moderator.user, spam.body)
    with clock.at(timezone.now() + timedelta(days=365)):
        assert spam.as_author_sees_it().state == State.PENDING
        assert not spam.audit_log.with_message().exists()
    assert not OutboxEvent.objects.exists()


def test_it_does_not_wait_any_more_for_moderators(cast: Cast, spam: Story) -> None:
    assert not Story.objects.waiting().exists()
    assert list(Story.objects.spam()) == [spam]


def test_for_thirty_days_it_can_be_cleared_and_waits_where_it_waited(cast: Cast, pending: Story) -> None:
    now, since = timezone.now(), pending.submitted_at
    with clock.at(now):
        pending.mark_spam(by=cast.moderator, revision=1)
    with clock.at(now + SPAM_KEPT_FOR - timedelta(seconds=1)):
        assert pending.clear_spam(by=cast.second_moderator, revision=1) is True
    assert (pending.state, pending.submitted_at) == (State.PENDING, since)
    assert list(Story.objects.longest_waiting()) == [pending]


def test_after_thirty_days_it_stays(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        pending.mark_spam(by=cast.moderator, revision=1)
    with clock.at(now + SPAM_KEPT_FOR):
        assert not Story.objects.spam().exists()
        with pytest.raises(Refused, match="thirty days"):
            pending.clear_spam(by=cast.moderator, revision=1)
    assert Story.objects.get(pk=pending.pk).state == State.SPAM


@pytest.mark.parametrize("trust", ["", "trusted"])
def test_what_its_author_sends_next_waits(cast: Cast, spam: Story, trust: str) -> None:
    cast.team.change(by=cast.owner, policy="after")
    cast.member.set_trust(trust, by=cast.owner)
    assert review_of(as_now(cast.member)) == "spam"
    assert sent(cast.member).state == State.PENDING
    assert sent(cast.newcomer).state == State.PUBLISHED
    with clock.at(timezone.now() + SPAM_KEPT_FOR):
        assert sent(cast.member).state == State.PUBLISHED


def test_once_it_is_cleared_or_undone_they_are_free_again(cast: Cast, spam: Story) -> None:
    cast.team.change(by=cast.owner, policy="after")
    spam.clear_spam(by=cast.moderator, revision=1)
    assert review_of(as_now(cast.member)) is None
    spam.mark_spam(by=cast.moderator, revision=1)
    assert review_of(as_now(cast.member)) == "spam"
    spam.undo(spam.audit_log.latest("pk"), by=cast.moderator)
    assert review_of(as_now(cast.member)) is None


def test_taking_it_back_does_not_get_around_them(cast: Cast, spam: Story) -> None:
    cast.team.change(by=cast.owner, policy="after")
    assert spam.withdraw(by=cast.member) is True
    assert sent(cast.member).state == State.PENDING
    spam.submit(by=as_now(cast.member))
    assert spam.state == State.PENDING
    spam.publish(by=cast.moderator, revision=spam.revision)
    assert sent(cast.member).state == State.PUBLISHED, "a moderator has let it in after all"


def test_sending_it_again_is_as_harmless_as_if_it_waited(cast: Cast, spam: Story, pending: Story) -> None:
    rows = spam.audit_log.count()
    assert spam.submit(by=cast.member) is pending.submit(by=cast.member) is False
    assert (spam.state, spam.audit_log.count()) == (State.SPAM, rows)


def test_why_they_wait_is_said_as_to_everybody(cast: Cast, spam: Story) -> None:
    cast.team.change(by=cast.owner, policy="after")
    review = review_of(as_now(cast.member))
    assert review is not None
    assert "spam" not in str(review.label).lower()


def test_its_author_takes_it_for_waiting_also_as_an_edit(cast: Cast, story: Story) -> None:
    """Another one beside it would show that it does not wait, and could never be let in next to it."""
    edit = make_edit(story, author=cast.member)
    edit.mark_spam(by=cast.moderator, revision=1)
    with clock.at(timezone.now() + UNDO_FOR):
        assert story.open_edit == edit
        text: dict[str, Any] = {"kind": "given", "qualities": ["hope"], "body": "Another."}
        assert Story.begin(by=cast.member, editor=uuid.uuid4(), edit_of=story, text=StoryText(**text)) == (
            edit,
            False,
        )
    edit.refresh_from_db()
    assert edit.clear_spam(by=cast.moderator, revision=1)
