"""Figures about moderation name nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Team
from kindwall import clock
from moderation.figures import FigureRow, Figures, Number, figures_of
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_member, make_story
from tests.pages import part, text_of, words

PAGE = "/harbour-team/moderation/figures/"


def decide(cast: Cast, how: str, *, days: float = 1, wait: timedelta = timedelta(hours=2), **letter: Any) -> Story:
    """A story of Mia's that was answered so many days ago, after a wait."""
    at = timezone.now() - timedelta(days=days)
    with clock.at(at - wait):
        story = make_story_now(cast.member)
    with clock.at(at):
        getattr(story, how)(by=cast.moderator, revision=story.revision, **letter)
    return story


def make_story_now(author: Membership) -> Story:
    story = make_draft(author=author)
    story.submit(by=author)
    return story


def counts(rows: Any) -> dict[str, tuple[int, int]]:
    return {row.label: (row.month.count, row.quarter.count) for row in rows}


def seen_by(member: Membership) -> Figures:
    return figures_of(Membership.objects.select_related("team", "user").get(pk=member.pk))


def test_decisions_and_reasons_are_counted_for_a_month_and_a_quarter(cast: Cast) -> None:
    decide(cast, "publish", days=1)
    decide(cast, "publish", days=50)
    decide(cast, "publish", days=91)
    decide(cast, "return_for_change", days=2, message="A name.", reason="A private detail")
    decide(cast, "decline", days=60, message="No.", reason="A private detail")
    seen = seen_by(cast.member)
    assert counts(seen.decisions) == {"Published": (1, 2), "Returned for a change": (1, 1), "Declined": (0, 1)}
    assert counts(seen.reasons) == {"A private detail": (1, 2)}


def test_most_frequent_reason_comes_first(cast: Cast) -> None:
    for reason in ("A", "B", "B"):
        decide(cast, "return_for_change", message="x", reason=reason)
    assert [row.label for row in seen_by(cast.member).reasons] == ["B", "A"]


def test_figures_omit_undone_and_unsettled_decisions(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=1)
    story = make_story(author=cast.member, state="pending")
    with clock.at(at):
        story.publish(by=cast.moderator, revision=story.revision)
        story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    assert seen_by(cast.owner).decisions == []
    story.decline(by=cast.moderator, revision=story.revision, message="No.", reason="A")
    for person in (cast.owner, cast.member):
        assert (seen_by(person).decisions, seen_by(person).reasons) == ([], [])
    with clock.at(timezone.now() + timedelta(seconds=11)):
        assert counts(seen_by(cast.member).decisions) == {"Declined": (1, 1)}


def test_spam_is_counted_for_moderators_alone(cast: Cast) -> None:
    decide(cast, "mark_spam")
    assert counts(seen_by(cast.moderator).decisions) == {"Marked as spam": (1, 1)}
    assert seen_by(cast.member).decisions == []
    assert "spam" not in text_of(signed_in(cast.member).get(PAGE))
    assert "Nothing decided" in words(part(signed_in(cast.member).get(PAGE), "main"))


def test_dismissal_does_not_reveal_a_report_to_members(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator)
    with clock.at(timezone.now() - timedelta(days=1)):
        story.dismiss_reports(by=cast.moderator, revision=story.revision)
        looked_at = make_story(author=cast.member, moderator=cast.moderator)
        Story.objects.filter(pk=looked_at.pk).update(unreviewed_since=clock.now())
        looked_at.mark_reviewed(by=cast.moderator, revision=1)
    for person in (cast.member, cast.owner):
        assert counts(seen_by(person).decisions) == {"Left on the wall after a look": (2, 2), "Published": (2, 2)}
        assert "Reported" not in words(part(signed_in(person).get(PAGE), "main"))


def test_another_teams_decisions_are_not_counted(cast: Cast) -> None:
    fellow = make_member(team=cast.foreign_owner.team, role="moderator")
    make_story(author=cast.foreign_owner, moderator=fellow)
    assert seen_by(cast.owner).decisions == []


def test_nobody_is_named(cast: Cast) -> None:
    story = decide(cast, "return_for_change", message="A few words.", reason="A private detail")
    for person in (cast.newcomer, cast.owner):
        main = words(part(signed_in(person).get(PAGE), "main"))
        for name in ("Mo Moderator", "Mia Member", "A few words.", story.body):
            assert name not in main
        assert f"stories/{story.pk}" not in text_of(signed_in(person).get(PAGE))


def test_members_read_no_more_than_counts(cast: Cast) -> None:
    decide(cast, "publish")
    assert "Median response time: " in words(part(signed_in(cast.moderator).get(PAGE), "main"))
    page = text_of(signed_in(cast.member).get(PAGE))
    assert "Median response time" not in page
    assert "desk-nav" not in page
    seen = seen_by(cast.member)
    assert (seen.month_wait, seen.quarter_wait, seen.late) == (None, None, None)


def test_moderators_read_how_long_the_first_decision_takes(cast: Cast) -> None:
    for hours, days in ((1, 1), (3, 2), (20, 3), (50, 40)):
        decide(cast, "publish", days=days, wait=timedelta(hours=hours))
    seen = seen_by(cast.moderator)
    assert seen.month_wait == timedelta(hours=3)
    assert seen.quarter_wait == timedelta(hours=11, minutes=30)


def test_only_the_first_decision_counts_from_its_submission(cast: Cast) -> None:
    story = decide(cast, "return_for_change", days=3, wait=timedelta(hours=5), message="x")
    with clock.at(timezone.now() - timedelta(days=2)):
        story.submit(by=cast.member)
    with clock.at(timezone.now() - timedelta(days=1)):
        story.publish(by=cast.moderator, revision=story.revision)
    assert seen_by(cast.moderator).month_wait == timedelta(hours=5)


def test_moderators_read_how_many_wait_longer_than_the_team_means_to(cast: Cast) -> None:
    for hours in (1, 23, 25):
        with clock.at(timezone.now() - timedelta(hours=hours)):
            make_story_now(cast.member)
    assert seen_by(cast.moderator).late is None
    Team.objects.filter(pk=cast.team.pk).update(answer_hours=24)
    assert seen_by(cast.moderator).late == 1
    assert "One story has waited longer" in text_of(signed_in(cast.moderator).get(PAGE))
    assert "waited longer" not in text_of(signed_in(cast.member).get(PAGE))
    Story.objects.all().delete()
    assert "No story has waited longer" in text_of(signed_in(cast.moderator).get(PAGE))


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"policy": "everyone"}, "Everybody’s stories wait for a moderator."),
        ({"policy": "newcomers", "newcomer_until": 1}, "The first story of a new person waits"),
        ({"policy": "newcomers", "newcomer_until": 3}, "The first 3 stories of a new person wait"),
        ({"policy": "after"}, "Stories are published at once"),
        ({"answer_hours": 24}, "aim to decide within a day"),
    ],
)
def test_everybody_reads_by_which_rules_stories_come_to_the_wall(cast: Cast, rules: dict[str, Any], said: str) -> None:
    Team.objects.filter(pk=cast.team.pk).update(**rules)
    assert said in words(part(signed_in(cast.newcomer).get(PAGE), "main"))


def test_bar_has_the_length_of_its_number_and_is_never_empty() -> None:
    assert [Number(count, 200).step for count in (0, 1, 100, 200)] == [0, 1, 10, 20]
    assert Number(0, 0).step == 0
    assert FigureRow("A", Number(1, 2), Number(2, 2)).month.step == 10


def test_twice_the_decisions_cost_the_same_queries(cast: Cast) -> None:
    Team.objects.filter(pk=cast.team.pk).update(answer_hours=24)

    def cost(member: Membership) -> int:
        client = signed_in(member)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    def add(reason: str) -> None:
        decide(cast, "publish")
        decide(cast, "return_for_change", message="x", reason=reason)
        make_story(author=cast.member, state="pending")

    add("A")
    before = cost(cast.member), cost(cast.moderator)
    add("B")
    add("C")
    assert (cost(cast.member), cost(cast.moderator)) == before
    assert before[1] == before[0] + 2


def test_figures_are_readable_by_everybody_in_the_team(cast: Cast) -> None:
    assert PAGE in text_of(signed_in(cast.newcomer).get("/harbour-team/")), "found from the menu"
    assert signed_in(cast.stranger).get(PAGE).status_code == 404
    assert signed_in(cast.owner).post(PAGE).status_code == 405
