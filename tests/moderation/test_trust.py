"""Trust, both ways: what the team's policy says, what moderators settle for one person, and what two declines undo."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, Refused, TeamEntry
from kindwall import clock
from stories.models import State, Story
from stories.models.audit import UNDO_FOR
from stories.models.review import review_of
from tests.conftest import Cast
from tests.factories import make_draft, make_edit, make_story

pytestmark = pytest.mark.once

MONTH = timedelta(days=30)
LONG_ENOUGH = UNDO_FOR + timedelta(seconds=1)  # ago that nobody can undo it


def rule(cast: Cast, policy: str, newcomer_until: int = 3) -> None:
    cast.team.change(by=cast.owner, policy=policy, newcomer_until=newcomer_until)


def as_now(person: Membership) -> Membership:
    return Membership.objects.select_related("team", "user").get(pk=person.pk)


def review(person: Membership) -> str | None:
    return review_of(as_now(person))


def declined(cast: Cast, *, ago: timedelta = LONG_ENOUGH) -> Story:
    """Sent when stories were read first, as else it would hang."""
    with clock.at(clock.now() - ago):
        story = make_draft(author=cast.member)
        Story.objects.filter(pk=story.pk).update(state="pending", submitted_at=clock.now())
        story.refresh_from_db()
        story.decline(by=cast.moderator, revision=1, message="No.")
    return story


def sent(person: Membership) -> Story:
    story = make_draft(author=person)
    story.submit(by=as_now(person))
    return story


@pytest.mark.parametrize("policy", ["everyone", "newcomers"])
def test_trusted_author_is_published_at_once(cast: Cast, policy: str) -> None:
    rule(cast, policy)
    assert review(cast.member) == ("everyone" if policy == "everyone" else "newcomer")
    assert cast.member.set_trust("trusted", by=cast.moderator) is True
    assert review(cast.member) is None
    assert sent(cast.member).state == State.PUBLISHED


@pytest.mark.parametrize("policy", ["everyone", "newcomers", "after"])
def test_author_under_review_waits(cast: Cast, policy: str) -> None:
    make_story(author=cast.member, moderator=cast.moderator)
    rule(cast, policy, newcomer_until=1)
    cast.member.set_trust("always", by=cast.moderator)
    assert review(cast.member) == "always"
    assert sent(cast.member).state == State.PENDING


def test_newcomer_needs_no_review_after_the_teams_number_of_stories(cast: Cast) -> None:
    rule(cast, "newcomers", newcomer_until=2)
    for _number in range(2):
        assert review(cast.member) == "newcomer"
        story = sent(cast.member)
        story.publish(by=cast.moderator, revision=1)
    assert review(cast.member) is None


def test_hidden_story_counts_as_published_and_edits_do_not(cast: Cast) -> None:
    rule(cast, "newcomers", newcomer_until=2)
    story = make_story(author=cast.member, moderator=cast.moderator)
    make_edit(story, author=cast.member, moderator=cast.moderator)
    assert review(cast.member) == "newcomer"
    make_story(author=cast.member, moderator=cast.moderator, state="aside")
    assert review(cast.member) is None


def test_author_with_two_declines_in_thirty_days_is_reviewed(cast: Cast) -> None:
    rule(cast, "after")
    declined(cast, ago=MONTH - timedelta(minutes=1))
    assert review(cast.member) is None
    declined(cast)
    assert review(cast.member) == "declined"
    assert sent(cast.member).state == State.PENDING
    assert review(cast.newcomer) is None
    with clock.at(timezone.now() + timedelta(minutes=2)):
        assert review(cast.member) is None, "the first is thirty days old"


def test_undone_decline_does_not_count(cast: Cast) -> None:
    undone = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    rule(cast, "after")
    declined(cast)
    undone.submit(by=as_now(cast.member))
    undone.decline(by=cast.moderator, revision=1, message="No.")
    decision = undone.audit_log.latest("pk")
    assert review(cast.member) is None, "it can be undone yet"
    with clock.at(decision.undo_ends_at):
        assert review(cast.member) == "declined"
    undone.undo(decision, by=cast.moderator)
    with clock.at(decision.undo_ends_at):
        assert review(cast.member) is None


def test_standing_by_a_decline_lifts_nothing_before_somebody_has_looked_again(cast: Cast) -> None:
    rule(cast, "after")
    declined(cast)
    second = declined(cast)
    assert review(cast.member) == "declined"
    second.stand_by(by=cast.member, message="Please look again.")
    assert review(cast.member) == "declined"
    assert sent(cast.member).state == State.PENDING
    second.withdraw(by=cast.member)
    assert review(cast.member) == "declined"


def test_second_opinion_determines_whether_a_decline_counts(cast: Cast) -> None:
    rule(cast, "after")
    for story in (declined(cast), declined(cast)):
        story.stand_by(by=cast.member, message="Please look again.")
    assert review(cast.member) == "declined"
    story.decline(by=cast.second_moderator, revision=story.revision, message="No, too.")
    assert review(cast.member) == "declined", "also while the second answer can be undone"
    story.undo(story.audit_log.latest("pk"), by=cast.second_moderator)
    story.publish(by=cast.second_moderator, revision=story.revision)
    assert review(cast.member) is None
    story.undo(story.audit_log.latest("pk"), by=cast.second_moderator)
    assert review(cast.member) == "declined"


@pytest.mark.parametrize("state", ["returned", "declined"])
def test_refused_story_is_reviewed_when_resubmitted(cast: Cast, state: str) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    rule(cast, "after")
    story.stand_by(by=cast.member, message="Please look again.")
    story.withdraw(by=cast.member)
    assert review(cast.member) is None
    story.submit(by=as_now(cast.member))
    assert story.state == State.PENDING


def test_trusting_somebody_again_resets_the_count(cast: Cast) -> None:
    rule(cast, "everyone")
    with clock.at(timezone.now() - timedelta(minutes=5)):
        cast.member.set_trust("trusted", by=cast.moderator)
    for minutes in (4, 3):
        story = declined(cast, ago=timedelta(minutes=minutes))
    assert review(cast.member) == "declined"
    assert sent(cast.member).state == State.PENDING
    with clock.at(timezone.now() - timedelta(minutes=2)):
        cast.member.set_trust("", by=cast.moderator)
        cast.member.set_trust("trusted", by=cast.moderator)
    assert review(cast.member) is None
    assert story.state == State.DECLINED
    declined(cast)
    assert review(cast.member) is None, "one is not two"
    declined(cast)
    assert review(cast.member) == "declined"


def test_settling_the_same_again_settles_nothing(cast: Cast) -> None:
    cast.member.set_trust("trusted", by=cast.moderator)
    since = as_now(cast.member).trust_changed_at
    assert cast.member.set_trust("trusted", by=cast.owner) is False
    assert as_now(cast.member).trust_changed_at == since
    log = TeamEntry.objects.filter(action="trust")
    assert [(row.actor, row.subject, row.detail) for row in log] == [
        (cast.moderator.user, cast.member.user, {"from": "", "to": "trusted"})
    ]


def test_only_a_moderator_settles_it_and_nobody_for_themselves(cast: Cast) -> None:
    for nobody in (cast.newcomer, cast.foreign_owner):
        with pytest.raises(Refused):
            cast.member.set_trust("trusted", by=nobody)
    with pytest.raises(Refused):
        cast.moderator.set_trust("trusted", by=cast.moderator)
    assert not TeamEntry.objects.filter(action="trust").exists()
