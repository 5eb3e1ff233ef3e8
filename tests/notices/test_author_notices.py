"""An author hears of settled decisions on their stories, and of what readers gave, grouped."""

from typing import Any

import pytest

from kindwall import clock
from notices.models import Notice
from stories.models import ReactionKind, Report, State, Story
from stories.tasks import call_listener
from tests.conftest import Cast
from tests.factories import make_draft, make_edit, make_member, make_story
from tests.notices.lists import SETTLED, page_of, paths, sentences, settle, unread
from tests.task_backend import clock_moved_to, run_due

pytestmark = pytest.mark.once


@pytest.fixture
def story(story: Story) -> Story:
    """Mia's, on the wall; nobody was told yet."""
    run_due()
    Notice.objects.all().delete()
    return story


def decide(story: Story, cast: Cast, decision: str) -> None:
    now: dict[str, Any] = {"by": cast.moderator, "revision": story.revision}
    letter = {} if decision in ("publish", "restore") else {"message": "Please say what happened."}
    getattr(story, decision)(**now, **letter)


@pytest.mark.parametrize(
    ("state", "decision", "words"),
    [
        (State.PENDING, "publish", "Your story is published."),
        (State.PENDING, "return_for_change", "A moderator returned your story. Please change something, then it can"),
        (State.PENDING, "decline", "Your story was declined."),
        (State.PUBLISHED, "remove", "A moderator removed your story from the wall."),
        (State.REMOVED, "restore", "Your story is on the wall again."),
    ],
)
def test_author_hears_of_a_decision_once_it_has_settled(cast: Cast, state: str, decision: str, words: str) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    run_due()
    Notice.objects.all().delete()
    decide(story, cast, decision)
    assert sentences(cast.member) == [], "it can still be undone"
    settle()
    [said] = sentences(cast.member)
    assert said.startswith(words)
    assert paths(cast.member) == [story.get_absolute_url()]
    assert unread(cast.member) == 1
    assert sentences(cast.moderator) == sentences(cast.newcomer) == []


def test_author_never_hears_of_a_decision_undone(cast: Cast, pending: Story) -> None:
    decide(pending, cast, "decline")
    pending.undo(pending.audit_log.latest("pk"), by=cast.moderator)
    settle()
    assert not Notice.objects.filter(user=cast.member.user).exists()


def test_story_has_one_notice_with_its_latest_decision(cast: Cast, story: Story) -> None:
    decide(story, cast, "remove")
    settle()
    Notice.objects.mark_read(cast.member.user)
    with clock.at(clock.now() + 2 * SETTLED):
        decide(story, cast, "restore")
    with clock_moved_to(clock.now() + 4 * SETTLED):
        assert sentences(cast.member) == ["Your story is on the wall again."]
        assert unread(cast.member) == 1


def test_listener_that_is_called_twice_does_not_renew_a_notice(cast: Cast, story: Story) -> None:
    decide(story, cast, "remove")
    settle()
    Notice.objects.mark_read(cast.member.user)
    call_listener.call(story.audit_log.latest("pk").pk, "notices.kinds.author.notify_author")
    assert unread(cast.member) == 0


def test_author_hears_of_a_fixed_typo_with_a_link_to_what_changed(cast: Cast, pending: Story) -> None:
    pending.publish(by=cast.moderator, revision=pending.revision, fixed="Held the door!")
    settle()
    assert sentences(cast.member) == ["Your story is published. A moderator fixed a typo in it."]
    assert paths(cast.member) == [f"{pending.get_absolute_url()}#story-{pending.pk}-fix"]


def test_author_hears_of_a_change_accepted_and_of_one_returned(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    decide(edit, cast, "publish")
    settle()
    assert sentences(cast.member) == ["The change to your story is published."]
    assert paths(cast.member) == [story.get_absolute_url()]
    with clock.at(clock.now() + 2 * SETTLED):
        another = make_edit(Story.objects.get(pk=story.pk), author=cast.member, body="Held it open, twice.")
        decide(another, cast, "return_for_change")
    with clock_moved_to(clock.now() + 4 * SETTLED):
        assert sentences(cast.member)[0] == "A moderator returned the change to your story. Please read why."
        assert paths(cast.member)[0] == another.get_absolute_url()


def test_author_hears_that_a_reported_story_was_hidden_and_came_back(cast: Cast, story: Story) -> None:
    story.hide_for_review()
    settle()
    assert sentences(cast.member) == ["Your story is hidden while a moderator reviews it."]
    with clock.at(clock.now() + 2 * SETTLED):
        story.dismiss_reports(by=cast.moderator, revision=story.revision)
    with clock_moved_to(clock.now() + 4 * SETTLED):
        assert sentences(cast.member) == ["A moderator reviewed your story. It is on the wall again."]


def test_author_never_hears_of_a_report_that_hid_nothing(cast: Cast, story: Story) -> None:
    Report.make(story, by=cast.newcomer, reason="other")
    story.dismiss_reports(by=cast.moderator, revision=story.revision)
    with clock_moved_to(clock.now() + SETTLED):
        assert sentences(cast.member) == []
        [said] = sentences(cast.newcomer)
    assert said == "A moderator reviewed a story that you reported. It stays on the wall. Thank you."


def test_author_hears_nothing_of_their_own_doing_and_of_spam(cast: Cast, story: Story) -> None:
    story.take_down(by=cast.member)
    story.put_back(by=cast.member)
    spam = make_story(author=cast.member, state=State.PENDING)
    spam.mark_spam(by=cast.moderator, revision=spam.revision)
    own = make_draft(author=cast.owner)
    own.submit(by=cast.owner)
    settle()
    assert not Notice.objects.filter(user__in=[cast.member.user, cast.owner.user], kind="decision").exists()


def test_reporter_hears_that_the_story_was_removed(cast: Cast, story: Story) -> None:
    report, _new = Report.make(story, by=cast.newcomer, reason="other")
    decide(story, cast, "remove")
    with clock_moved_to(clock.now() + SETTLED):
        [said] = sentences(cast.newcomer)
        assert paths(cast.newcomer) == [f"/harbour-team/mine/#report-{report.pk}-outcome"]
        assert story.body not in str(page_of(cast.newcomer).days)
    assert said == "A moderator reviewed a story that you reported, and removed it. Thank you."


def test_reactions_of_a_day_are_one_notice_that_is_told_once(cast: Cast, story: Story) -> None:
    story.set_uplift(by=cast.newcomer, wanted=True)
    assert sentences(cast.member) == ["Nia Newcomer lifted your story."]
    assert unread(cast.member) == 1
    Notice.objects.mark_read(cast.member.user)
    story.set_uplift(by=cast.owner, wanted=True)
    story.set_reaction(ReactionKind.WARM, by=cast.owner, wanted=True)
    story.set_uplift(by=make_member(team=cast.team, name="Ana"), wanted=True)
    assert sentences(cast.member) == ["Nia Newcomer, Olu Owner and 1 other lifted your story or reacted to it."]
    assert unread(cast.member) == 0, "once a day is enough"


def test_notice_of_a_reaction_goes_with_it(cast: Cast, story: Story) -> None:
    story.set_reaction(ReactionKind.SEE, by=cast.newcomer, wanted=True)
    assert sentences(cast.member) == ["Nia Newcomer reacted to your story."]
    story.set_reaction(ReactionKind.SEE, by=cast.newcomer, wanted=False)
    assert sentences(cast.member) == []
    assert unread(cast.member) == 0


def test_notice_names_nobody_who_has_left(cast: Cast, story: Story) -> None:
    story.set_uplift(by=cast.newcomer, wanted=True)
    cast.newcomer.leave()
    assert sentences(cast.member) == []
    assert unread(cast.member) == 0


def test_deleted_story_takes_its_notices_along(cast: Cast, story: Story) -> None:
    story.set_uplift(by=cast.newcomer, wanted=True)
    story.take_down(by=cast.member)
    story.discard(by=cast.member)
    assert sentences(cast.member) == []
    assert not Notice.objects.filter(user=cast.member.user).exists()
