"""Claims show who is reading a waiting story, and lapse after two minutes without a request."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, User
from kindwall import clock
from moderation.people import author_among, colleagues_among, read_people
from stories.models import Claim, Refused, Story
from stories.models.claim import HANDED_FOR, LAPSES_AFTER
from stories.models.outbox import desk_listeners
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story

MOMENT = timedelta(microseconds=1)


def mine(cast: Cast) -> list[Story]:
    return list(Story.objects.claimed_by(cast.moderator))


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
    told: list[int] = []
    desk_listeners.append(told.append)
    try:
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            Claim.take(pending, by=cast.moderator)
            Claim.take(pending, by=cast.moderator)
    finally:
        desk_listeners.remove(told.append)
    assert told == [cast.team.pk]


def test_leaving_a_story_ends_ones_own_claim_alone(cast: Cast, pending: Story) -> None:
    address = f"/harbour-team/stories/{pending.pk}/claim/"
    Claim.take(pending, by=cast.moderator)
    assert signed_in(cast.second_moderator).post(address, {"held": "0"}).status_code == 204
    assert mine(cast) == [pending]
    for _again in range(2):
        assert signed_in(cast.moderator).post(address, {"held": "0"}).status_code == 204
    assert not Claim.objects.exists()


def test_leaving_a_story_that_was_handed_over_keeps_it(cast: Cast, pending: Story) -> None:
    Claim.hand(pending, by=cast.second_moderator, to=cast.moderator)
    assert not Claim.release(pending, by=cast.moderator)
    assert mine(cast) == [pending]


# Handing one over


def test_story_is_handed_to_a_colleague_with_a_note(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        claim = Claim.hand(pending, by=cast.moderator, to=cast.second_moderator, note="You were there.")
    assert (claim.moderator, claim.handed_by, claim.note) == (
        cast.second_moderator.user,
        cast.moderator.user,
        "You were there.",
    )
    entry = pending.audit_log.latest("pk")
    assert (entry.action, entry.actor, entry.message) == ("hand", cast.moderator.user, "You were there.")
    assert not pending.audit_log.with_message().exists(), "a note is for the colleague"
    with clock.at(now + HANDED_FOR - MOMENT):
        assert list(Story.objects.claimed_by(cast.second_moderator)) == [pending]
    with clock.at(now + HANDED_FOR):
        assert not Story.objects.claimed_by(cast.second_moderator).exists()


def test_handed_claim_survives_other_readers_and_opening(cast: Cast, pending: Story) -> None:
    handed = Claim.hand(pending, by=cast.moderator, to=cast.second_moderator, note="Yours?")
    assert Claim.take(pending, by=cast.owner).moderator == cast.second_moderator.user
    opened = Claim.take(pending, by=cast.second_moderator)
    assert (opened.note, opened.handed_by, opened.lapses_at) == ("Yours?", cast.moderator.user, handed.lapses_at)


def test_note_is_deleted_with_its_colleague(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        Claim.hand(pending, by=cast.moderator, to=cast.second_moderator, note="Yours?")
    with clock.at(now + HANDED_FOR):
        taken = Claim.take(pending, by=cast.owner)
    assert (taken.moderator, taken.note, taken.handed_by) == (cast.owner.user, "", None)


def test_only_to_a_colleague_who_can_decide_on_it(cast: Cast, pending: Story) -> None:
    declined = make_story(author=cast.member, moderator=cast.second_moderator, state="declined")
    declined.stand_by(by=cast.member, message="Please look again.")
    own = make_story(author=cast.second_moderator, state="pending")
    for story, to in (
        (pending, cast.moderator),
        (pending, cast.member),
        (pending, cast.foreign_owner),
        (declined, cast.second_moderator),
        (own, cast.second_moderator),
    ):
        with pytest.raises(Refused):
            Claim.hand(story, by=cast.moderator, to=to)
    assert not Claim.objects.exists()


def people_for(moderator: Membership, story: Story) -> tuple[int | None, list[int]]:
    people = read_people(moderator.team)
    author = author_among(people, story)
    return author.pk if author else None, [one.pk for one in colleagues_among(people, moderator, story)]


def test_nobody_is_offered_who_cannot_decide(cast: Cast, pending: Story) -> None:
    User.objects.filter(pk=cast.second_moderator.user_id).update(is_active=False)
    gone = Membership.objects.select_related("team", "user").get(pk=cast.second_moderator.pk)
    assert people_for(cast.moderator, pending) == (cast.member.pk, [cast.owner.pk])
    with pytest.raises(Refused):
        Claim.hand(pending, by=cast.moderator, to=gone)
    cast.team.two_factor_required = True
    cast.team.save()
    assert people_for(cast.moderator, pending) == (cast.member.pk, [])
    own = make_story(author=cast.owner, state="pending")
    assert people_for(cast.moderator, own) == (cast.owner.pk, []), "an author is shown all the same"


def test_only_what_waits_is_handed_on_and_by_a_moderator(cast: Cast, pending: Story, story: Story) -> None:
    with pytest.raises(Refused, match="not waiting"):
        Claim.hand(story, by=cast.moderator, to=cast.second_moderator)
    for nobody in (cast.member, cast.foreign_owner):
        with pytest.raises(Refused):
            Claim.hand(pending, by=nobody, to=cast.second_moderator)
    assert not Claim.objects.exists()


def test_claim_ends_when_its_moderator_leaves(cast: Cast, pending: Story) -> None:
    leaving = make_member(team=cast.team, role="moderator")
    Claim.take(pending, by=leaving)
    leaving.user.emailaddress_set.all().delete()  # type: ignore[attr-defined]
    leaving.user.delete()
    assert Claim.take(pending, by=cast.moderator).moderator == cast.moderator.user
