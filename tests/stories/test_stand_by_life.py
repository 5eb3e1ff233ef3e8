"""Standing by a story: another moderator gives a second opinion, and it is final."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, Team, User
from kindwall import clock
from stories.models import Overtaken, Refused, State, Story
from stories.models.audit import UNDO_FOR
from tests.conftest import Cast
from tests.factories import give_second_factor, make_edit, make_member, make_story, make_team

pytestmark = pytest.mark.once

MESSAGE = "I asked her, and she is glad of it."
each_no = pytest.mark.parametrize("state", [State.RETURNED, State.DECLINED])


def settled(story: Story) -> Story:
    """Return the story as it is once its latest decision has settled."""
    Story.objects.filter(pk=story.pk).update(settles_at=None)
    story.refresh_from_db()
    return story


@each_no
def test_story_stood_by_is_pending_with_the_authors_message(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    now = timezone.now()
    with clock.at(now):
        assert story.stand_by(by=cast.member, message=MESSAGE) is True
    assert (story.state, story.stood_by_at, story.submitted_at, story.submission_count) == (State.PENDING, now, now, 2)
    assert list(Story.objects.stood_by()) == list(Story.objects.resubmitted().waiting()) == [story]
    said = [(entry.action, entry.message) for entry in story.audit_log.with_message().settled().oldest_first()]
    assert said[-1] == ("stand-by", MESSAGE)
    assert len(said) == 2, "one short conversation"


@each_no
def test_story_stood_by_goes_to_a_colleague(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    story.stand_by(by=cast.member, message=MESSAGE)
    decisions: list[Callable[[], bool]] = [
        lambda: story.publish(by=cast.moderator, revision=1),
        lambda: story.decline(by=cast.moderator, revision=1, message="Still not."),
        lambda: story.mark_spam(by=cast.moderator, revision=1),
    ]
    for decide in decisions:
        with pytest.raises(Refused, match="a colleague’s look"):
            decide()
    assert story.publish(by=cast.second_moderator, revision=1)


def test_only_moderator_gives_the_second_opinion_too(db: None) -> None:
    alone = make_member(team=make_team(), role="owner")
    author = make_member(team=alone.team)
    story = make_story(author=author, moderator=alone, state="declined")
    story.stand_by(by=author, message=MESSAGE)
    assert story.publish(by=alone, revision=1)


def test_author_does_not_give_own_second_opinion(db: None) -> None:
    first = make_member(team=make_team(), role="owner")
    author = make_member(team=first.team, role="moderator")
    story = make_story(author=author, moderator=first, state="declined")
    story.stand_by(by=author, message=MESSAGE)
    assert not story.why_not_decided_by(first)
    assert story.why_not_decided_by(author)


def deactivated(colleague: Membership) -> None:
    User.objects.filter(pk=colleague.user_id).update(is_active=False)


def without_a_second_factor(colleague: Membership) -> None:
    Team.objects.filter(pk=colleague.team_id).update(two_factor_required=True)
    for first in Membership.objects.in_team(colleague.team).moderators().exclude(pk=colleague.pk):
        give_second_factor(first.user)


def away(colleague: Membership) -> None:
    colleague.go_away_until(timezone.localdate() + timedelta(days=1))


def as_now(person: Membership) -> Membership:
    return Membership.objects.select_related("team", "user").get(pk=person.pk)


@pytest.mark.parametrize("absent", [deactivated, without_a_second_factor, away])
def test_second_opinion_waits_for_nobody_who_cannot_decide(db: None, absent: Callable[[Membership], None]) -> None:
    first = make_member(team=make_team(), role="owner")
    author = make_member(team=first.team)
    colleague = make_member(team=first.team, role="moderator")
    story = make_story(author=author, moderator=first, state="declined")
    story.stand_by(by=author, message=MESSAGE)
    assert story.why_not_decided_by(first)
    absent(colleague)
    assert not story.why_not_decided_by(as_now(first))


def test_second_opinion_goes_to_a_colleague_once_they_are_back(db: None) -> None:
    first = make_member(team=make_team(), role="owner")
    author = make_member(team=first.team)
    colleague = make_member(team=first.team, role="moderator")
    story = make_story(author=author, moderator=first, state="declined")
    story.stand_by(by=author, message=MESSAGE)
    colleague.go_away_until(timezone.localdate())
    assert story.why_not_decided_by(first)


@pytest.mark.parametrize("absent", [deactivated, without_a_second_factor])
def test_colleague_who_cannot_decide_does_not_count(db: None, absent: Callable[[Membership], None]) -> None:
    author = make_member(team=make_team(), role="owner")
    colleague = make_member(team=author.team, role="moderator")
    story = make_story(author=author, state="pending")
    assert story.why_not_decided_by(author)
    absent(colleague)
    assert not story.why_not_decided_by(as_now(author))


def test_first_moderator_is_the_one_who_decided_last(cast: Cast) -> None:
    """An undone refusal does not count."""
    story = make_story(author=cast.member, state="pending")
    story.decline(by=cast.owner, revision=1, message="No.")
    story.undo(story.audit_log.latest("pk"), by=cast.owner)
    story.decline(by=cast.moderator, revision=1, message="Not this one.")
    settled(story).stand_by(by=cast.member, message=MESSAGE)
    assert not story.why_not_decided_by(cast.owner)
    assert story.why_not_decided_by(cast.moderator)


@each_no
def test_second_opinion_is_final(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    story.stand_by(by=cast.member, message=MESSAGE)
    assert story.is_final
    story.decline(by=cast.second_moderator, revision=1, message="Still not.")
    settled(story)
    rows = story.audit_log.count()
    with pytest.raises(Refused, match="last word"):
        story.stand_by(by=cast.member, message="Once more.")
    assert (story.state, story.audit_log.count()) == (State.DECLINED, rows)


def test_moderator_of_the_second_opinion_decides_on_the_resubmission(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    story.stand_by(by=cast.member, message=MESSAGE)
    story.return_for_change(by=cast.second_moderator, revision=1, message="Only her name, please.")
    settled(story).submit(by=cast.member)
    for moderator in (cast.moderator, cast.second_moderator, cast.owner):
        assert story.why_not_decided_by(moderator) == ""
    assert not story.is_stood_by
    assert list(Story.objects.stood_by()) == []
    assert story.is_final


def test_standing_by_twice_is_harmless(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    story.stand_by(by=cast.member, message=MESSAGE)
    rows = story.audit_log.count()
    assert story.stand_by(by=cast.member, message=MESSAGE) is False
    assert story.audit_log.count() == rows


def test_author_cannot_stand_by_before_the_decision_settles(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        pending.decline(by=cast.moderator, revision=1, message="No.")
    with clock.at(now + UNDO_FOR - timedelta(microseconds=1)), pytest.raises(Overtaken):
        pending.stand_by(by=cast.member, message=MESSAGE)
    with clock.at(now + UNDO_FOR):
        assert pending.stand_by(by=cast.member, message=MESSAGE)


def test_withdrawn_story_asks_for_second_opinion_again(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    story.stand_by(by=cast.member, message=MESSAGE)
    story.withdraw(by=cast.member)
    story.submit(by=cast.member)
    assert story.is_stood_by
    assert list(Story.objects.stood_by()) == [story]
    assert story.is_final
    assert story.why_not_decided_by(cast.moderator)
    assert not story.why_not_decided_by(cast.second_moderator)


def test_trusted_author_is_reviewed_again_as_well(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
    cast.member.set_trust("trusted", by=cast.owner)
    story.stand_by(by=cast.member, message=MESSAGE)
    assert story.state == State.PENDING


def test_declined_edit_is_not_stood_by_beside_another(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    edit.decline(by=cast.moderator, revision=1, message="No.")
    settled(edit)
    make_edit(story, author=cast.member, body="Another.")
    with pytest.raises(Refused, match="another change"):
        edit.stand_by(by=cast.member, message=MESSAGE)


def test_only_the_author_stands_by(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="declined")
    others: list[Membership] = [cast.newcomer, cast.moderator, cast.owner, cast.foreign_owner]
    for other in others:
        with pytest.raises(Refused):
            story.stand_by(by=other, message=MESSAGE)
