"""The people of a team: the list, their roles, and how an owner changes them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import DepartureChoice, Membership, Refused, TeamEntry
from stories.models import Story
from tests.conftest import Cast, confirmed, make_cast, signed_in
from tests.factories import make_member, make_story, make_team
from tests.pages import attribute, elements, part, text_of, words

pytestmark = pytest.mark.mostly_once

PEOPLE = "/harbour-team/people/"


def at(member: Membership, act: str = "") -> str:
    return f"{PEOPLE}{member.pk}/{act}"


def role_of(member: Membership) -> str:
    return Membership.objects.get(pk=member.pk).role


def said(client: Client) -> str:
    return words(part(client.get(PEOPLE), "toasts"))


# The list


def test_everybody_in_the_team_sees_who_is_in_it_and_nobody_from_elsewhere(cast: Cast) -> None:
    page = words(part(signed_in(cast.newcomer).get(PEOPLE), "main"))
    for name in ("Olu Owner", "Mo Moderator", "Sam Second", "Mia Member", "Nia Newcomer"):
        assert name in page
    assert "Fay Foreign" not in page
    assert "Moderator, since" in page


def test_addresses_are_shown_to_owners_alone(cast: Cast) -> None:
    # It goes on after the @ where there is no room, rather than within a word.
    assert cast.member.user.email.replace("@", "@<wbr>") in text_of(signed_in(cast.owner).get(PEOPLE))
    for person in (cast.moderator, cast.newcomer):
        page = text_of(signed_in(person).get(PEOPLE))
        assert cast.member.user.email.partition("@")[0] not in page
        assert "/remove/" not in page
        assert at(cast.member, "role/") not in page


def test_person_is_found_by_a_part_of_their_name(cast: Cast) -> None:
    client = signed_in(cast.newcomer)
    page = words(part(client.get(PEOPLE, {"q": "mod"}), "main"))
    assert "Mo Moderator" in page
    assert "Mia Member" not in page
    assert "Nobody here matches" in words(part(client.get(PEOPLE, {"q": "zzz"}), "main"))


def test_only_an_owner_finds_people_by_their_address(cast: Cast) -> None:
    address = cast.member.user.email
    assert "Mia Member" in words(part(signed_in(cast.owner).get(PEOPLE, {"q": address}), "main"))
    assert "Mia Member" not in words(part(signed_in(cast.moderator).get(PEOPLE, {"q": address}), "main"))


def test_large_team_is_paged_and_everybody_is_on_one_page_exactly(cast: Cast) -> None:
    for number in range(55):
        make_member(team=cast.team, name=f"Person {number % 7}")
    client, path, seen = signed_in(cast.owner), PEOPLE, []
    for _page in range(3):
        page = client.get(path)
        seen += [link for link in links_in(page) if link.startswith(PEOPLE) and link.count("/") == 4]
        more = next((link for link in links_in(page) if "after=" in link), None)
        if more is None:
            break
        path = PEOPLE + more
    shown = [link for link in seen if link != f"{PEOPLE}invite/"]
    assert sorted(shown) == sorted(at(member) for member in Membership.objects.in_team(cast.team))


@pytest.mark.parametrize("after", ["nonsense", "0", "-1", "9" * 30, "²"])
def test_page_that_is_none_is_the_first(cast: Cast, after: str) -> None:
    assert "Olu Owner" in words(part(signed_in(cast.member).get(PEOPLE, {"after": after}), "main"))


def test_list_asks_the_database_as_often_for_twice_the_people(
    cast: Cast, django_assert_num_queries: Callable[..., Any], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in(cast.owner)
    with django_assert_max_num_queries(12) as few:
        client.get(PEOPLE)
    for number in range(10):
        make_member(team=cast.team, name=f"Person {number}")
    with django_assert_num_queries(len(few)):
        client.get(PEOPLE)


def links_in(page: Any) -> list[str]:
    return [attribute(link, "href") or "" for link in elements(text_of(page)) if link.name == "a"]


def test_everybody_finds_the_way_out(cast: Cast) -> None:
    for person in (cast.member, cast.moderator):
        assert "/harbour-team/leave/" in links_in(signed_in(person).get(PEOPLE))
    assert "/harbour-team/leave/" in links_in(signed_in(cast.owner).get(at(cast.owner)))


# Permissions


def test_owner_makes_person_a_moderator_and_the_log_says_so(cast: Cast) -> None:
    client = signed_in(cast.owner)
    answer = client.post(at(cast.member, "role/"), {"role": "moderator"})
    assert (answer.status_code, answer["Location"]) == (302, PEOPLE)
    assert role_of(cast.member) == "moderator"
    assert "Mia Member is now: Moderator." in said(client)
    entry = TeamEntry.objects.get(action=TeamEntry.Action.ROLE)
    assert (entry.actor, entry.subject, entry.detail) == (
        cast.owner.user,
        cast.member.user,
        {"from": "member", "to": "moderator"},
    )


def test_same_role_again_changes_nothing(cast: Cast) -> None:
    signed_in(cast.owner).post(at(cast.member, "role/"), {"role": "member"})
    assert not TeamEntry.objects.exists()


@pytest.mark.parametrize("role", ["", "king", "Owner"])
def test_role_that_is_none_is_refused_in_place(cast: Cast, role: str) -> None:
    answer = signed_in(cast.owner).post(at(cast.member, "role/"), {"role": role})
    assert answer.status_code == 422
    assert "errors" in text_of(answer)
    assert role_of(cast.member) == "member"


def test_making_an_owner_asks_for_the_password_first(cast: Cast) -> None:
    client = signed_in(cast.owner)
    asked = client.post(at(cast.member, "role/"), {"role": "owner"})
    assert asked["Location"].startswith("/accounts/reauthenticate/?next=")
    assert at(cast.member).replace("/", "%2F") in asked["Location"]
    assert role_of(cast.member) == "member"
    confirmed(cast.owner).post(at(cast.member, "role/"), {"role": "owner"})
    assert role_of(cast.member) == "owner"


def test_last_owner_stays_one_and_reads_why(cast: Cast) -> None:
    client = confirmed(cast.owner)
    assert "The only owner." in words(part(client.get(at(cast.owner)), "main"))
    client.post(at(cast.owner, "role/"), {"role": "member"})
    assert role_of(cast.owner) == "owner"
    assert "A team needs an owner" in said(client)


def test_one_of_two_owners_may_step_down(cast: Cast) -> None:
    make_member(team=cast.team, role="owner")
    client = confirmed(cast.owner)
    answer = client.post(at(cast.owner, "role/"), {"role": "member"}, follow=True)
    assert answer.status_code == 200
    assert role_of(cast.owner) == "member"


@pytest.mark.parametrize("act", ["role/", "remove/", "hand-over/"])
def test_people_are_an_owners_business_alone(cast: Cast, act: str) -> None:
    for person in (cast.moderator, cast.member):
        client = confirmed(person)
        send = client.post if act == "role/" else client.get
        assert send(at(cast.newcomer, act)).status_code == 403
        assert client.post(at(cast.newcomer, act), {"role": "owner", "then": "member"}).status_code in (403, 405)
    assert role_of(cast.newcomer) == "member"


@pytest.mark.parametrize("act", ["", "role/", "remove/", "hand-over/"])
def test_owner_reaches_nobody_of_another_team(cast: Cast, act: str) -> None:
    client = confirmed(cast.foreign_owner)
    data = {"role": "owner", "then": "member"}
    for path in (f"/elsewhere/people/{cast.member.pk}/{act}", at(cast.member, act)):
        answer = client.post(path, data) if act else client.get(path)
        assert answer.status_code == 404
    assert role_of(cast.member) == "member"


# Removing


def test_removing_person_asks_for_the_password_and_then_says_what_becomes_of_their_stories(cast: Cast) -> None:
    client = signed_in(cast.owner)
    assert client.get(at(cast.member, "remove/"))["Location"].startswith("/accounts/reauthenticate/")
    assert client.post(at(cast.member, "remove/"))["Location"].startswith("/accounts/reauthenticate/")
    assert Membership.objects.filter(pk=cast.member.pk).exists()
    client = confirmed(cast.owner)
    for choice, told in (
        ("named", "stay under their name"),
        ("unnamed", "stay without their name"),
        ("gone", "are deleted, as they have chosen"),
    ):
        DepartureChoice.choose(cast.member.user, cast.team, choice)
        assert told in words(part(client.get(at(cast.member, "remove/")), "main"))


def test_person_who_was_removed_is_a_stranger_and_their_stories_stay_as_they_chose(cast: Cast, story: Story) -> None:
    waiting = make_story(author=cast.member, state="pending")
    client, theirs = confirmed(cast.owner), signed_in(cast.member)
    assert theirs.get("/harbour-team/").status_code == 200
    answer = client.post(at(cast.member, "remove/"))
    assert (answer.status_code, answer["Location"]) == (302, PEOPLE)
    assert "Mia Member is not in the team any more." in said(client)
    assert theirs.get("/harbour-team/").status_code == 404
    assert list(Story.objects.all()) == [story]
    assert not Story.objects.filter(pk=waiting.pk).exists()
    assert "Mia Member" in text_of(client.get("/harbour-team/"))
    entry = TeamEntry.objects.get(action=TeamEntry.Action.REMOVE)
    assert (entry.actor, entry.subject) == (cast.owner.user, cast.member.user)
    assert client.post(at(cast.member, "remove/")).status_code == 404, "once is enough"


def test_nobody_removes_themself(cast: Cast) -> None:
    client = confirmed(cast.owner)
    assert "/harbour-team/leave/" in links_in(client.get(at(cast.owner, "remove/")))
    client.post(at(cast.owner, "remove/"))
    assert role_of(cast.owner) == "owner"
    assert "Leave the team" in said(client)


def test_no_page_counts_the_stories_of_another_person(cast: Cast, story: Story) -> None:
    page = words(part(confirmed(cast.owner).get(at(cast.member, "remove/")), "main"))
    assert not any(character.isdigit() for character in page.replace(cast.member.user.email, ""))


# Handing over


def test_owner_hands_the_team_over_and_stays_as_they_say(cast: Cast) -> None:
    client = confirmed(cast.owner)
    assert "Hand Harbour over to Mia Member?" in words(part(client.get(at(cast.member, "hand-over/")), "main"))
    answer = client.post(at(cast.member, "hand-over/"), {"then": "member"}, follow=True)
    assert answer.status_code == 200
    assert (role_of(cast.member), role_of(cast.owner)) == ("owner", "member")
    assert client.get(at(cast.member, "hand-over/")).status_code == 403
    assert TeamEntry.objects.filter(action=TeamEntry.Action.HAND_OVER, subject=cast.member.user).count() == 1


def test_handing_over_asks_for_the_password(cast: Cast) -> None:
    answer = signed_in(cast.owner).post(at(cast.member, "hand-over/"), {"then": "member"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert role_of(cast.member) == "member"


def test_team_is_not_handed_to_oneself(cast: Cast) -> None:
    client = confirmed(cast.owner)
    client.post(at(cast.owner, "hand-over/"), {"then": "member"})
    assert role_of(cast.owner) == "owner"
    assert "You are the owner already." in said(client)


@pytest.mark.parametrize("then", ["", "owner", "king"])
def test_handing_over_is_not_half_done(cast: Cast, then: str) -> None:
    answer = confirmed(cast.owner).post(at(cast.member, "hand-over/"), {"then": then})
    assert answer.status_code == 422
    assert (role_of(cast.member), role_of(cast.owner)) == ("member", "owner")


# The model's own rules


def test_only_an_owner_of_the_same_team_changes_anything(cast: Cast) -> None:
    for by in (cast.moderator, cast.foreign_owner):
        with pytest.raises(Refused):
            cast.member.change_role("owner", by=by)
        with pytest.raises(Refused):
            cast.member.remove(by=by)
    assert role_of(cast.member) == "member"


def test_person_who_was_an_owner_a_moment_ago_is_none_now(cast: Cast) -> None:
    before = Membership.objects.get(pk=cast.owner.pk)
    cast.owner.hand_over(cast.moderator)
    for act in (
        lambda: cast.member.change_role("owner", by=before),
        lambda: cast.member.remove(by=before),
        lambda: before.hand_over(cast.member),
    ):
        with pytest.raises(Refused):
            act()


# Two at once


def at_once(*changes: Callable[[], Any]) -> list[Any]:
    meeting = threading.Barrier(len(changes), timeout=30)

    def one(change: Callable[[], Any]) -> Any:
        try:
            meeting.wait()
            return change()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(changes)) as pool:
        return list(pool.map(one, changes))


GOING: dict[str, Callable[[Membership, Membership], Any]] = {
    "demoted by themself": lambda goes, other: goes.change_role("member", by=goes),
    "demoted by the other": lambda goes, other: goes.change_role("member", by=other),
    "leaves": lambda goes, other: goes.leave(),
    "removed by the other": lambda goes, other: goes.remove(by=other),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", GOING)
def test_one_of_two_owners_who_leave_at_once_stays(way: str) -> None:
    for _again in range(4):
        team = make_team()
        one, two = (make_member(team=team, role="owner") for _number in range(2))
        results = at_once(partial(GOING[way], one, two), partial(GOING[way], two, one))
        assert sum(isinstance(result, Refused) for result in results) == 1, results
        assert Membership.objects.in_team(team).owners().count() == 1


@pytest.mark.django_db(transaction=True)
def test_role_given_to_person_who_is_just_leaving_brings_nobody_back() -> None:
    cast = make_cast()
    same = Membership.objects.get(pk=cast.member.pk)
    left, given = at_once(cast.member.leave, lambda: same.change_role("moderator", by=cast.owner))
    assert left is None
    assert given is True or isinstance(given, Refused)
    assert not Membership.objects.filter(user=cast.member.user, team=cast.team).exists()
