"""Leaving a team: who may leave, and what becomes of their stories."""

import pytest
from django.http import HttpResponseBase

from accounts.models import DepartureChoice, Membership, Team, TeamEntry
from stories.models import OutboxEvent, State, Story
from tests.conftest import Cast, confirmed, signed_in
from tests.factories import make_edit, make_member, make_story
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.once

LEAVE = "/harbour-team/leave/"


def one_in_every_state(cast: Cast) -> dict[str, Story]:
    return {
        state: make_story(author=cast.member, moderator=cast.moderator, state=state, body=f"One that is {state}.")
        for state in map(str, State)
    }


def left(stories: dict[str, Story]) -> set[str]:
    there = set(Story.objects.values_list("pk", flat=True))
    return {state for state, story in stories.items() if story.pk in there}


def choices(page: HttpResponseBase) -> dict[str, bool]:
    return {
        attribute(field, "value") or "": attribute(field, "checked") is not None
        for field in elements(text_of(page))
        if attribute(field, "name") == "choice"
    }


def test_leaving_asks_for_the_password_and_then_for_a_choice(cast: Cast) -> None:
    assert signed_in(cast.member).get(LEAVE)["Location"].startswith("/accounts/reauthenticate/?next=")
    assert signed_in(cast.member).post(LEAVE, {"choice": "gone"})["Location"].startswith("/accounts/reauthenticate/")
    assert Membership.objects.filter(pk=cast.member.pk).exists()
    assert choices(confirmed(cast.member).get(LEAVE)) == {"named": True, "unnamed": False, "gone": False}


def test_earlier_choice_is_selected_already(cast: Cast) -> None:
    DepartureChoice.choose(cast.member.user, cast.team, "unnamed")
    assert choices(confirmed(cast.member).get(LEAVE)) == {"named": False, "unnamed": True, "gone": False}


@pytest.mark.parametrize("choice", ["", "burn"])
def test_nobody_leaves_without_a_choice(cast: Cast, choice: str) -> None:
    assert confirmed(cast.member).post(LEAVE, {"choice": choice}).status_code == 422
    assert Membership.objects.filter(pk=cast.member.pk).exists()


def test_person_who_has_left_is_led_home_and_is_a_stranger_here(cast: Cast) -> None:
    client = confirmed(cast.member)
    answer = client.post(LEAVE, {"choice": "named"}, follow=True)
    assert answer.status_code == 200
    assert "You have left Harbour." in words(part(answer, "toasts"))
    assert client.get("/harbour-team/").status_code == client.post(LEAVE, {"choice": "named"}).status_code == 404
    entry = TeamEntry.objects.get()
    assert (entry.action, entry.actor, entry.detail) == ("leave", cast.member.user, {})


@pytest.mark.parametrize(
    ("choice", "kept", "author", "event"),
    [
        ("named", {"published", "aside", "taken-down", "declined", "removed", "accepted"}, "Mia Member", None),
        ("unnamed", {"published", "aside"}, "", OutboxEvent.Kind.CARD),
        ("gone", set(), None, OutboxEvent.Kind.GONE),
    ],
)
def test_stories_of_person_who_leaves_stay_or_go_as_they_choose(
    cast: Cast, choice: str, kept: set[str], author: str | None, event: str | None
) -> None:
    stories, other = one_in_every_state(cast), make_story(author=cast.newcomer, moderator=cast.moderator)
    before = OutboxEvent.objects.newest_id()
    confirmed(cast.member).post(LEAVE, {"choice": choice})
    assert left(stories) == kept
    assert Story.objects.get(pk=other.pk).author == cast.newcomer.user
    if author is not None:
        story = Story.objects.get(pk=stories["published"].pk)
        assert (story.author is None, story.author_name == "Mia Member") == (not author, bool(author))
    told = [(each.kind, each.story_id) for each in OutboxEvent.objects.after(before)]
    # No wall shows what is set aside, so none is told of it.
    on_the_wall = [stories["published"].pk, stories["accepted"].edit_of_id or 0]
    assert told == ([(event, pk) for pk in sorted(on_the_wall)] if event else [])
    page = text_of(signed_in(cast.owner).get("/harbour-team/"))
    assert ("One that is published." in page) == ("published" in kept)
    assert ("Mia Member" in page) == bool(author)


@pytest.mark.parametrize("choice", ["named", "unnamed"])
def test_pending_edit_is_deleted_and_the_story_has_the_old_text(cast: Cast, story: Story, choice: str) -> None:
    edit = make_edit(story, author=cast.member, body="Held another door.")
    assert edit.is_pending
    cast.member.leave(choice=choice)
    assert list(Story.objects.values_list("pk", "body")) == [(story.pk, story.body)]


def test_story_with_a_new_text_is_one_story_that_stays(cast: Cast, story: Story) -> None:
    make_edit(story, author=cast.member, moderator=cast.moderator, body="Held another door.")
    cast.member.leave(choice="named")
    assert "1 story of yours is still there." in words(part(signed_in(cast.member).get("/me/teams/"), "main"))


def test_person_who_chooses_to_stay_unnamed_later_is_not_named_by_the_record_either(cast: Cast, story: Story) -> None:
    cast.member.leave(choice="named")
    assert story.audit_log.filter(actor=cast.member.user).exists()
    DepartureChoice.choose(cast.member.user, cast.team, "unnamed")
    assert not story.audit_log.filter(actor=cast.member.user).exists()
    assert story.audit_log.filter(actor=cast.moderator.user).count() == 1


def test_reactions_of_a_person_who_left_stay_counted(cast: Cast, story: Story) -> None:
    story.toggle_uplift(by=cast.newcomer)
    confirmed(cast.newcomer).post(LEAVE, {"choice": "gone"})
    assert Story.objects.get(pk=story.pk).uplift_count == 1


def test_stories_in_another_team_are_left_alone(cast: Cast) -> None:
    team = cast.foreign_owner.team
    elsewhere = Membership.objects.create(team=team, user=cast.member.user)
    there = make_story(author=elsewhere, moderator=cast.foreign_owner)
    confirmed(cast.member).post(LEAVE, {"choice": "gone"})
    assert Story.objects.get(pk=there.pk).author == cast.member.user


def test_last_owner_hands_the_team_over_first(cast: Cast) -> None:
    client = confirmed(cast.owner)
    page = client.get(LEAVE)
    assert "only owner" in words(part(page, "main"))
    assert choices(page) == {}
    answer = client.post(LEAVE, {"choice": "gone"})
    assert (answer.status_code, answer["Location"]) == (302, LEAVE)
    assert Membership.objects.get(pk=cast.owner.pk).is_owner
    assert cast.owner.user.departure_choice_in(cast.team) == "named", "what was refused leaves no trace"


def test_last_owner_without_the_required_second_factor_hands_over_first_too(cast: Cast) -> None:
    Team.objects.filter(pk=cast.team.pk).update(two_factor_required=True)
    page = confirmed(cast.owner).get(LEAVE)
    assert "only owner" in words(part(page, "main"))
    assert choices(page) == {}


def test_one_of_two_owners_may_leave(cast: Cast) -> None:
    make_member(team=cast.team, role="owner")
    confirmed(cast.owner).post(LEAVE, {"choice": "named"})
    assert not Membership.objects.filter(pk=cast.owner.pk).exists()


@pytest.mark.parametrize("choice", ["named", "unnamed", "gone"])
def test_earlier_choice_holds_when_another_person_removes_them(cast: Cast, story: Story, choice: str) -> None:
    DepartureChoice.choose(cast.member.user, cast.team, choice)
    cast.member.remove(by=cast.owner)
    found = Story.objects.filter(pk=story.pk).first()
    assert (found is None) == (choice == "gone")
    if found:
        assert (found.author is None) == (choice == "unnamed")


def test_person_who_comes_back_finds_what_stayed_under_their_name(cast: Cast, story: Story) -> None:
    cast.member.leave(choice="named")
    Membership.join(cast.member.user, cast.team, role="member", by="invitation")
    assert "Held the door" in text_of(signed_in(cast.member).get("/harbour-team/mine/"))
