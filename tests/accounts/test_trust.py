"""Trust in a person's stories: set by moderators, shown to the person in plain words."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership, TeamEntry
from accounts.team_log import line_of
from kindwall import clock
from stories.models.review import is_reviewed
from stories.review_sentences import review_for_author, review_for_moderators
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import part, text_of, words

PEOPLE = "/harbour-team/people/"


def at(member: Membership, act: str = "") -> str:
    return f"{PEOPLE}{member.pk}/{act}"


def again(member: Membership) -> Membership:
    return Membership.objects.select_related("team", "user").get(pk=member.pk)


def main(person: Membership, path: str) -> str:
    page = signed_in(person).get(path)
    assert page.status_code == 200
    return words(part(page, "main"))


def test_everybody_opens_their_own_page_and_members_nobody_elses(cast: Cast) -> None:
    assert at(cast.newcomer) in text_of(signed_in(cast.newcomer).get(PEOPLE))
    assert "How your stories get published" in main(cast.newcomer, at(cast.newcomer))
    assert signed_in(cast.newcomer).get(at(cast.member)).status_code == 403
    assert signed_in(cast.stranger).get(at(cast.member)).status_code == 404


def test_moderators_see_in_the_list_who_is_trusted_and_who_is_away(cast: Cast) -> None:
    cast.member.set_trust("trusted", by=cast.owner)
    cast.newcomer.set_trust("always", by=cast.owner)
    cast.second_moderator.go_away_until(timezone.localdate() + timedelta(days=2))
    for person in (cast.moderator, cast.owner):
        listed = main(person, PEOPLE)
        for said in ("Mia Member trusted", "Nia Newcomer always reviewed", "away until"):
            assert said in listed
    for person in (cast.member, cast.newcomer):
        listed = main(person, PEOPLE)
        for said in ("trusted", "always reviewed", "away"):
            assert said not in listed


# The sentence about it


def test_person_reads_why_their_stories_are_read_first(cast: Cast) -> None:
    waiting = [make_story(author=cast.member, state="pending") for _story in range(2)]
    assert "reads every story first" in main(cast.member, at(cast.member))
    cast.team.change(by=cast.owner, policy="newcomers")
    assert "reads your first stories" in main(cast.member, at(cast.member))
    cast.team.change(by=cast.owner, policy="after")
    assert "Your stories are published at once." in main(cast.member, at(cast.member))
    with clock.at(timezone.now() - timedelta(seconds=11)):
        for story in waiting:
            story.decline(by=cast.moderator, revision=story.revision, message="No.")
    assert "Two of your stories were declined" in main(cast.member, at(cast.member))
    cast.member.set_trust("always", by=cast.owner)
    assert "A moderator reads your stories first." in main(cast.member, at(cast.member))
    cast.member.set_trust("always", by=cast.owner, told=True)
    assert "A moderator has asked to read your stories first." in main(cast.member, at(cast.member))
    with clock.at(timezone.now() + timedelta(days=31)):
        again(cast.member).set_trust("trusted", by=cast.owner)
        assert "You are trusted here" in main(cast.member, at(cast.member))


@pytest.mark.parametrize("policy", ["everyone", "newcomers", "after"])
@pytest.mark.parametrize("trust", ["", "trusted", "always"])
def test_person_reads_the_same_with_and_without_spam(cast: Cast, policy: str, trust: str) -> None:
    story = make_story(author=cast.member, state="pending")
    cast.team.change(by=cast.owner, policy=policy)
    cast.member.set_trust(trust, by=cast.owner)
    before = review_for_author(again(cast.member))
    story.mark_spam(by=cast.moderator, revision=story.revision)
    assert review_for_author(again(cast.member)) == before
    assert "spam" not in text_of(signed_in(cast.member).get(at(cast.member)))
    by_policy = trust == "always" or (trust == "" and policy == "everyone")
    assert ("spam" in review_for_moderators(again(cast.member))) is not by_policy


def test_decline_that_can_be_undone_has_not_happened_yet(cast: Cast) -> None:
    first, second = (make_story(author=cast.member, state="pending") for _story in range(2))
    cast.team.change(by=cast.owner, policy="after")
    with clock.at(timezone.now() - timedelta(seconds=11)):
        first.decline(by=cast.moderator, revision=first.revision, message="No.")
    before = review_for_author(again(cast.member))
    second.decline(by=cast.moderator, revision=second.revision, message="No.")
    assert not is_reviewed(again(cast.member))
    assert review_for_author(again(cast.member)) == before
    with clock.at(timezone.now() + timedelta(seconds=11)):
        assert "Two of your stories" in review_for_author(again(cast.member))


@pytest.mark.once
@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"from": "", "to": "trusted"}, "trusts <strong>Mia Member</strong>: their stories are published at once."),
        (
            {"from": "", "to": "always"},
            "a moderator reads the stories of <strong>Mia Member</strong> first.",
        ),
        ({"from": "always", "to": ""}, "went back to the team’s rule"),
        ({"from": "", "to": "always", "told": True}, "<strong>Mia Member</strong> first, and let them know."),
        ({"to": ["odd"]}, "changed how far"),
        ({}, "changed how far"),
    ],
)
def test_team_log_describes_trust_in_a_sentence(cast: Cast, detail: dict[str, Any], said: str) -> None:
    entry = TeamEntry(
        team=cast.team, actor=cast.owner.user, subject=cast.member.user, action=TeamEntry.Action.TRUST, detail=detail
    )
    assert said in line_of(entry).sentence
