"""The list of the desk, kept up to date."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.queue import (
    STORIES_SHOWN,
)
from stories.models import Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.moderation.queue_pages import (
    DESK,
    crowd,
    lay_out,
    listed,
    news,
    stood_by,
)
from tests.pages import attribute, elements, fields, ids, part, text_of, words
from tests.stories.transitions import LETTER


def test_news_keep_the_order_that_is_shown_and_come_at_the_end(cast: Cast) -> None:
    one, two, three = (make_story(author=cast.member, state="pending") for _ in range(3))
    earlier = make_story(author=cast.member, state="pending")
    Story.objects.filter(pk=earlier.pk).update(submitted_at=timezone.now() - timedelta(days=1))
    answer = news(signed_in(cast.moderator), three, one, two, opened=one)
    assert ids(answer)[0] == "desk-list"
    assert listed(answer) == [three.pk, one.pk, two.pk, earlier.pk]
    links = [link for link in elements(text_of(answer)) if attribute(link, "class") == "queue-link"]
    assert [attribute(link, "aria-current") for link in links] == [None, "true", None, None]


def test_news_mark_what_a_colleague_has_decided_and_leave_it_in_its_place(cast: Cast) -> None:
    one, two = (make_story(author=cast.member, state="pending") for _ in range(2))
    one.decline(by=cast.second_moderator, revision=1, **LETTER)
    answer = news(signed_in(cast.moderator), one, two)
    assert listed(answer) == [one.pk, two.pk]
    row = part(answer, f"story-{one.pk}-row")
    assert "is-done" in (attribute(row, "class") or "")
    assert attribute(row, "data-done") == "Sam Second: declined"
    assert "declined" in words(row)
    assert not fields(row, "story"), "it cannot be ticked any more"
    assert fields(part(answer, f"story-{two.pk}-row"), "story")
    assert listed(signed_in(cast.moderator).get(DESK)) == [two.pk], "read anew, it is gone"


def test_what_still_waits_is_not_taken_for_answered_when_the_list_grows_at_its_top(cast: Cast) -> None:
    """As after somebody's undo: another one waits longer, and the last of the screenful makes room for it."""
    crowd(cast.team.pk, cast.member, STORIES_SHOWN)
    last = Story.objects.longest_waiting().last()
    assert last
    before = list(Story.objects.longest_waiting())
    earlier = make_story(author=cast.newcomer, state="pending")
    Story.objects.filter(pk=earlier.pk).update(submitted_at=timezone.now() - timedelta(days=1))
    answer = news(signed_in(cast.moderator), *before)
    assert listed(answer) == [*(story.pk for story in before), earlier.pk]
    assert "is-done" not in (attribute(part(answer, f"story-{last.pk}-row"), "class") or "")


@pytest.mark.parametrize("show", ["reported", "spam"])
def test_news_mark_what_was_answered_of_reports_and_of_spam(cast: Cast, show: str) -> None:
    stories = lay_out(cast)
    answered, left = (stories["reported"], stories["aside"]) if show == "reported" else (stories["spam"], None)
    change = answered.dismiss_reports if show == "reported" else answered.clear_spam
    change(by=cast.second_moderator, revision=1)
    client = signed_in(cast.moderator)
    answer = news(client, answered, *([left] if left else []), show=show)
    done = {"reported": "Sam Second: dismissed the reports on", "spam": "Sam Second: took the spam mark off"}
    assert attribute(part(answer, f"story-{answered.pk}-row"), "data-done") == done[show]
    if left:
        assert attribute(part(answer, f"story-{left.pk}-row"), "data-done") is None


def test_news_list_a_second_opinion_on_ones_own_decision_apart_alone(cast: Cast) -> None:
    objection, usual = stood_by(cast, cast.moderator), make_story(author=cast.member, state="pending")
    answer = news(signed_in(cast.moderator), objection, usual)
    assert listed(answer) == [usual.pk]
    assert "A second opinion on your decision." in words(part(answer, "desk-list"))


def test_news_tell_nothing_of_the_text_that_its_author_took_back(cast: Cast, pending: Story) -> None:
    pending.withdraw(by=cast.member)
    pending.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "Nobody else’s business now."))
    answer = news(signed_in(cast.moderator), pending, opened=pending)
    assert "Nobody else’s business now." not in text_of(answer)
    assert "Taken back by its author." in words(part(answer, f"story-{pending.pk}-row"))


def test_news_tell_nothing_of_other_teams_or_of_drafts(cast: Cast) -> None:
    foreign = make_story(author=cast.foreign_owner, state="pending", body="Not for you.")
    draft = make_story(author=cast.member, state="draft", body="Not for you.")
    answer = news(signed_in(cast.moderator), foreign, draft)
    assert listed(answer) == []
    assert "Not for you." not in text_of(answer)


def test_news_take_no_harm_from_numbers_that_make_no_sense(cast: Cast, pending: Story) -> None:
    nonsense = ["x", "-1", "٣", str(2**63), "9" * 40, "", *map(str, range(1, 900))]
    answer = signed_in(cast.moderator).get(f"{DESK}news/", {"shown": nonsense, "show": "nonsense", "story": "9" * 40})
    assert answer.status_code == 200
    assert listed(answer) == [pending.pk]
