"""A moderator's own stories at the desk: where colleagues decide on them, they are told no more than any author is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from stories.models import Assignment, Report, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story, make_team
from tests.moderation.queue_pages import DESK, cost, listed, news, shown, waiting
from tests.moderation.test_decision_log import lines, table
from tests.pages import attribute, part, words
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once

IN_A_MOMENT = timedelta(seconds=11)  # when nobody can undo what was done just now


def hung(author: Membership, by: Membership) -> Story:
    """On the wall, and reported."""
    story = make_story(author=author, moderator=by)
    Report.make(story, by=make_member(team=author.team, name="Rea Reporter"), reason="hurts", words="It compares.")
    return story


def hide_for_review(author: Membership, by: Membership) -> Story:
    story = hung(author, by)
    story.hide_for_review()
    return story


def spam(author: Membership, by: Membership) -> Story:
    return make_story(author=author, moderator=by, state="spam")


@pytest.mark.parametrize(("show", "make"), [("reported", hung), ("reported", hide_for_review), ("spam", spam)])
def test_hidden_lists_omit_own_stories(cast: Cast, show: str, make: Callable[[Membership, Membership], Story]) -> None:
    story = make(cast.moderator, cast.second_moderator)
    assert waiting(cast.second_moderator, show) == [story.pk]
    assert waiting(cast.moderator, show) == []
    assert waiting(make_member(team=cast.team, role="moderator"), show) == [story.pk]


@pytest.mark.parametrize("make", [hung, hide_for_review])
def test_nobody_reads_who_reported_them(cast: Cast, make: Callable[[Membership, Membership], Story]) -> None:
    story = make(cast.moderator, cast.second_moderator)
    assert "Rea Reporter" in shown(cast.second_moderator, story)
    mine = shown(cast.moderator, story)
    for secret in ("Rea Reporter", "It compares.", "report"):
        assert secret not in mine
    row = news(signed_in(cast.moderator), story, show="reported")
    assert "report" not in words(part(row, f"story-{story.pk}-row")), "nor how many did"
    assert "1 report" in words(part(news(signed_in(cast.owner), story, show="reported"), f"story-{story.pk}-row"))


@pytest.mark.parametrize("state", ["returned", "declined"])
def test_decision_on_an_own_story_is_shown_once_it_has_settled(cast: Cast, state: str) -> None:
    story = make_story(author=cast.moderator, state="pending")
    answer = story.return_for_change if state == "returned" else story.decline
    answer(by=cast.second_moderator, revision=1, **LETTER)
    mine = shown(cast.moderator, story)
    assert LETTER["message"] not in mine
    assert "Waiting" in mine
    assert state not in mine.lower()
    row = part(news(signed_in(cast.moderator), story), f"story-{story.pk}-row")
    assert attribute(row, "data-done") is None
    assert state not in words(row)
    assert LETTER["message"] in shown(cast.second_moderator, story)
    with clock.at(timezone.now() + IN_A_MOMENT):
        assert LETTER["message"] in shown(cast.moderator, story)
        row = part(news(signed_in(cast.moderator), story), f"story-{story.pk}-row")
        assert attribute(row, "data-done") == f"Sam Second: {state}"


def test_removed_own_story_looks_published_until_it_has_settled(cast: Cast) -> None:
    story = make_story(author=cast.moderator, moderator=cast.second_moderator)
    story.remove(by=cast.second_moderator, revision=1, **LETTER)
    assert "Published" in shown(cast.moderator, story)
    with clock.at(timezone.now() + IN_A_MOMENT):
        assert "Removed" in shown(cast.moderator, story)


def test_spam_waits_for_its_author_also_at_the_desk(cast: Cast) -> None:
    story = spam(cast.moderator, cast.second_moderator)
    mine = shown(cast.moderator, story)
    assert "Waiting" in mine
    assert "spam" not in mine.lower()
    row = part(news(signed_in(cast.moderator), story), f"story-{story.pk}-row")
    assert attribute(row, "data-done") is None
    assert "spam" not in words(row).lower()
    assert "spam" in shown(cast.second_moderator, story).lower()


def test_assignment_of_an_own_story_is_not_shown_to_its_author(cast: Cast) -> None:
    story = make_story(author=cast.moderator, state="pending")
    Assignment.assign(story, by=cast.owner, to=cast.second_moderator, note="Mo again.")
    assert "This is assigned to Sam Second." in shown(make_member(team=cast.team, role="moderator"), story)
    assert "assigned" not in shown(cast.moderator, story)
    assert "Sam Second" not in words(part(signed_in(cast.moderator).get(DESK), "desk"))
    for action in ("assign", "give-back", "notes", "notes/delete"):
        answer = signed_in(cast.moderator).post(f"/harbour-team/stories/{story.pk}/{action}/", {"note": "Me?"})
        assert answer.status_code == 404


def test_log_omits_notes_and_reports_about_own_stories(cast: Cast) -> None:
    story = make_story(author=cast.moderator, state="pending")
    Assignment.assign(story, by=cast.owner, to=cast.second_moderator, note="Mo again.")
    story.publish(by=cast.second_moderator, revision=1)
    Report.make(story, by=cast.member, reason="hurts")
    story.hide_for_review()
    story.dismiss_reports(by=cast.owner, revision=story.revision)
    undone = story.audit_log.latest("pk")
    story.undo(undone, by=cast.owner)
    with clock.at(timezone.now() + IN_A_MOMENT):
        assert len(lines(cast.owner)) == len(table(cast.owner)) == 6
        for said in (lines(cast.moderator), [str(row) for row in table(cast.moderator)]):
            assert len(said) == 2
            assert "published" in said[0]
            assert "submitted" in said[1]


def test_moderator_without_colleagues_decides_without_names_of_reporters(db: None) -> None:
    team = make_team(slug="harbour-team")
    alone = make_member(team=team, role="owner")
    story = hung(alone, alone)
    assert waiting(alone, "reported") == [story.pk]
    mine = shown(alone, story)
    assert "It compares or puts somebody down" in mine
    assert "It compares." in mine
    assert "Rea Reporter" not in mine
    assert "Leave it on the wall" in mine
    story.dismiss_reports(by=alone, revision=story.revision)
    assert "dismissed the reports on" in lines(alone)[0], "what they did themselves is no secret to them"
    junk = spam(alone, alone)
    assert waiting(alone, "spam") == [junk.pk]
    assert "Not spam" in shown(alone, junk)
    waits = make_story(author=alone, state="pending")
    waits.decline(by=alone, revision=1, **LETTER)
    assert LETTER["message"] in shown(alone, waits)


def test_own_stories_cost_no_further_queries(cast: Cast) -> None:
    client = signed_in(cast.moderator)
    asks = [lambda show=show: client.get("/harbour-team/moderation/", {"show": show}) for show in ("reported", "spam")]

    def add(number: int) -> list[Story]:
        theirs = [hung(cast.member, cast.owner), spam(cast.member, cast.owner)]
        own = [make(cast.moderator, cast.owner) for make in (hung, spam) for _ in range(number)]
        settling = make_story(author=cast.moderator, state="pending")
        settling.decline(by=cast.owner, revision=1, **LETTER)
        return [*theirs, *own, settling]

    def costs(stories: list[Story]) -> list[int]:
        return [
            *(cost(ask) for ask in asks),
            cost(lambda: news(client, *stories)),
            cost(lambda: client.get("/harbour-team/moderation/log/")),
        ]

    stories = add(1)
    assert listed(asks[0]()) == [stories[0].pk]
    before = costs(stories)
    stories += add(4)
    assert costs(stories) == before
