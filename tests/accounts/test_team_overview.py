"""The overview of a team's rules."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.team_overview import moderation, personal_rules, rules_of
from tests.conftest import Cast, signed_in
from tests.pages import part, text_of, words

pytestmark = pytest.mark.once

OVERVIEW = "/harbour-team/settings/overview/"


def read(cast: Cast) -> str:
    return words(part(signed_in(cast.owner).get(OVERVIEW), "main"))


def test_each_rule_is_told_with_its_consequence_and_leads_to_its_place(cast: Cast) -> None:
    rules = read(cast)
    assert "Only people of the team can read the wall." in rules
    assert "Everybody’s stories wait for a moderator. 3 people can decide today." in rules
    assert "A reported story stays on the wall until a moderator removes it. No word makes a story wait." in rules
    page = text_of(signed_in(cast.owner).get(OVERVIEW))
    for place in ("wall", "joining", "moderation", "mail", "security"):
        assert f'href="/harbour-team/settings/{place}/"' in page
    assert OVERVIEW in text_of(signed_in(cast.owner).get("/harbour-team/")), "the menu leads here"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"policy": "newcomers", "newcomer_until": 1}, "The first story of a new person waits for a moderator."),
        ({"policy": "after"}, "Stories are published at once, and moderators read them afterwards."),
        ({"answer_hours": 24}, "Authors read that moderators aim to decide within 24 hours."),
        ({"set_aside_after": 2}, "2 reports hide a story until a moderator has looked at it."),
        ({"visibility": "public"}, "Search engines are asked to leave it out."),
        ({"joining": "open"}, "Everybody with an account here can join."),
        ({"two_factor_required": True}, "have none, and count as members until then."),
        ({"wall_digest": True}, "Members get a weekly look at the wall by mail"),
    ],
)
def test_sentence_follows_the_rule(cast: Cast, settings: dict[str, Any], sentence: str) -> None:
    cast.team.change(by=cast.owner, **settings)
    assert any(sentence in told for rule in rules_of(cast.team) for told in rule.sentences)


@pytest.mark.parametrize(
    ("policy", "trust", "sentences"),
    [
        ("everyone", ["trusted"], ["The stories of 1 person are published at once, because moderators trust them."]),
        ("newcomers", ["trusted", "trusted"], ["The stories of 2 people are published at once,"]),
        ("after", ["trusted", "always"], ["A moderator always reads the stories of 1 person first."]),
        ("newcomers", ["always", "always"], ["A moderator always reads the stories of 2 people first."]),
        ("everyone", ["always"], []),
    ],
)
def test_people_for_whom_another_rule_holds_are_counted(
    cast: Cast, policy: str, trust: list[str], sentences: list[str]
) -> None:
    cast.team.policy = policy
    for person, wanted in zip((cast.member, cast.newcomer), trust, strict=False):
        Membership.objects.filter(pk=person.pk).update(trust=wanted)
    told = list(personal_rules(cast.team))
    assert len(told) == len(sentences)
    assert all(words.startswith(sentence) for words, sentence in zip(told, sentences, strict=True))


@pytest.mark.parametrize(
    ("able", "sentence"), [(0, "Nobody can"), (1, "1 person can"), (2, "2 people can"), (3, "3 people can")]
)
def test_overview_counts_who_can_decide(cast: Cast, able: int, sentence: str) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    away = Membership.objects.moderators().in_team(cast.team)[able:]
    Membership.objects.filter(pk__in=[each.pk for each in away]).update(away_until=tomorrow)
    assert any(told.startswith(f"{sentence} decide today.") for told in moderation(cast.team))


def test_people_who_are_away_cannot_decide_today(cast: Cast) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    Membership.objects.filter(role__in=["moderator", "owner"]).update(away_until=tomorrow)
    assert "Nobody can decide today." in read(cast)
