"""Claims show who is reading a waiting story, and lapse after two minutes without a request."""

from datetime import timedelta

from django.utils import timezone

from kindwall import clock
from stories.models import Claim, Story
from stories.models.claim import LAPSES_AFTER
from stories.models.outbox import desk_listeners
from tests.conftest import Cast, signed_in
from tests.factories import make_member

MOMENT = timedelta(microseconds=1)


def mine(cast: Cast) -> list[Story]:
    return list(Story.objects.filter(claim__in=Claim.objects.fresh().filter(moderator=cast.moderator.user)))


def test_opening_a_story_claims_it_for_two_minutes(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        claim = Claim.take(pending, by=cast.moderator)
    assert (claim.moderator, claim.story) == (cast.moderator.user, pending)
    with clock.at(now + LAPSES_AFTER - MOMENT):
        assert claim.is_fresh
        assert mine(cast) == [pending]
    with clock.at(now + LAPSES_AFTER):
        assert not claim.is_fresh
        assert mine(cast) == []


def test_each_sign_of_life_makes_it_two_minutes_from_then(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    for minute in range(3):
        with clock.at(now + timedelta(minutes=minute)):
            Claim.take(pending, by=cast.moderator)
    assert Claim.objects.get().lapses_at == now + timedelta(minutes=2) + LAPSES_AFTER


def test_colleague_sees_who_is_reading_a_story(cast: Cast, pending: Story) -> None:
    Claim.take(pending, by=cast.moderator)
    seen = Claim.take(pending, by=cast.second_moderator)
    assert seen.moderator == cast.moderator.user
    assert mine(cast) == [pending]


def test_lapsed_claim_is_taken_by_the_next_moderator(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        Claim.take(pending, by=cast.moderator)
    with clock.at(now + LAPSES_AFTER):
        assert Claim.take(pending, by=cast.second_moderator).moderator == cast.second_moderator.user
        assert mine(cast) == []
    assert Claim.objects.count() == 1


def test_claim_does_not_prevent_a_decision_and_ends_with_it(cast: Cast, pending: Story) -> None:
    Claim.take(pending, by=cast.moderator)
    assert pending.publish(by=cast.second_moderator, revision=1)
    assert not Claim.objects.exists()


def test_claim_notifies_the_desk_once(cast: Cast, pending: Story, django_capture_on_commit_callbacks: object) -> None:
    told: list[tuple[int, bool]] = []

    def listen(team: int, alone: bool) -> None:
        told.append((team, alone))

    desk_listeners.append(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            Claim.take(pending, by=cast.moderator)
            Claim.take(pending, by=cast.moderator)
    finally:
        desk_listeners.remove(listen)
    assert told == [(cast.team.pk, True)]


def test_leaving_a_story_ends_ones_own_claim_alone(cast: Cast, pending: Story) -> None:
    address = f"/harbour-team/stories/{pending.pk}/claim/"
    Claim.take(pending, by=cast.moderator)
    assert signed_in(cast.second_moderator).post(address, {"held": "0"}).status_code == 204
    assert mine(cast) == [pending]
    for _again in range(2):
        assert signed_in(cast.moderator).post(address, {"held": "0"}).status_code == 204
    assert not Claim.objects.exists()


def test_claim_ends_when_its_moderator_leaves(cast: Cast, pending: Story) -> None:
    leaving = make_member(team=cast.team, role="moderator")
    Claim.take(pending, by=leaving)
    leaving.user.emailaddress_set.all().delete()  # type: ignore[attr-defined]
    leaving.user.delete()
    assert Claim.take(pending, by=cast.moderator).moderator == cast.moderator.user
