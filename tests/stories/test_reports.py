"""Reports of published stories by members."""

import pytest
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from stories.models import OutboxEvent, Overtaken, Refused, Report, State, Story
from stories.models.audit import UNDO_FOR
from tests.conftest import Cast
from tests.factories import make_member, make_story


def report(story: Story, by: Membership, words: str = "") -> Report:
    return Report.make(Story.objects.get(pk=story.pk), by=by, reason="hurts", words=words)[0]


def outcome(made: Report) -> str:
    return Report.objects.select_related("decision").get(pk=made.pk).outcome


def settle(story: Story) -> None:
    """End the ten seconds of undo."""
    Story.objects.filter(pk=story.pk).update(settles_at=None)


def test_each_person_reports_a_story_once(cast: Cast, story: Story) -> None:
    first, new = Report.make(story, by=cast.newcomer, reason="hurts", words="It compares.")
    assert new
    again, new = Report.make(story, by=cast.newcomer, reason="other", words="Again.")
    assert not new
    assert (again.pk, again.reason, again.words) == (first.pk, "hurts", "It compares.")
    report(story, cast.owner)
    assert [one.reporter for one in Report.objects.about(story).open().oldest_first()] == [
        cast.newcomer.user,
        cast.owner.user,
    ]
    assert list(Story.objects.reported()) == [story], "once, however many there are"
    assert list(Report.objects.by(cast.newcomer)) == [first]
    assert not Report.objects.by(cast.foreign_owner).exists()


def test_author_cannot_report_own_story(cast: Cast, story: Story) -> None:
    with pytest.raises(Refused, match="yours"):
        report(story, cast.member)
    assert not Report.objects.exists()


@pytest.mark.parametrize("state", [state for state in State if state != State.PUBLISHED])
def test_only_published_story_is_reported(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    with pytest.raises(Overtaken):
        report(story, cast.newcomer)
    assert not Report.objects.exists()


def test_member_of_another_team_cannot_report(cast: Cast, story: Story) -> None:
    with pytest.raises(Overtaken):
        report(story, cast.foreign_owner)
    assert not Report.objects.exists()


def test_one_report_hides_no_story(cast: Cast, story: Story) -> None:
    """The rule is off by default, however many reports there are."""
    before = OutboxEvent.objects.newest_id()
    for _number in range(5):
        report(story, make_member(team=cast.team))
    assert Story.objects.get(pk=story.pk).state == State.PUBLISHED
    assert OutboxEvent.objects.newest_id() == before
    assert not story.audit_log.filter(action="aside").exists()


def test_story_is_hidden_after_the_teams_number_of_reports(cast: Cast, story: Story) -> None:
    cast.team.change(by=cast.owner, set_aside_after=2)
    before = OutboxEvent.objects.newest_id()
    report(story, cast.newcomer)
    assert Story.objects.get(pk=story.pk).state == State.PUBLISHED
    report(story, cast.newcomer)
    assert Story.objects.get(pk=story.pk).state == State.PUBLISHED, "the same person again"
    report(story, cast.owner)
    assert Story.objects.get(pk=story.pk).state == State.HIDDEN
    assert [event.kind for event in OutboxEvent.objects.after(before)] == ["gone"]
    entry = story.audit_log.latest("pk")
    assert (entry.action, entry.actor) == ("aside", None)
    assert list(Story.objects.reported()) == [story]


def test_only_open_reports_count(cast: Cast, story: Story) -> None:
    cast.team.change(by=cast.owner, set_aside_after=2)
    for reporter in (cast.newcomer, cast.owner):
        report(story, reporter)
    story.refresh_from_db()
    before = OutboxEvent.objects.newest_id()
    assert story.dismiss_reports(by=cast.moderator, revision=1)
    assert [event.kind for event in OutboxEvent.objects.after(before)] == ["back"]
    report(story, make_member(team=cast.team))
    assert Story.objects.get(pk=story.pk).state == State.PUBLISHED
    report(story, make_member(team=cast.team))
    assert Story.objects.get(pk=story.pk).state == State.HIDDEN


def test_reporter_hears_of_a_settled_dismissal(cast: Cast, story: Story) -> None:
    made, now = report(story, cast.newcomer), timezone.now()
    assert outcome(made) == ""
    with clock.at(now):
        story.dismiss_reports(by=cast.moderator, revision=1)
        assert outcome(made) == ""
    with clock.at(now + UNDO_FOR):
        assert outcome(made) == "kept"
    assert not Story.objects.reported().exists()


@pytest.mark.parametrize("aside", [False, True], ids=["that hangs", "that is set aside"])
def test_reporter_hears_of_a_settled_removal(cast: Cast, story: Story, aside: bool) -> None:
    made, now = report(story, cast.newcomer), timezone.now()
    if aside:
        story.hide_for_review()
    with clock.at(now):
        story.remove(by=cast.moderator, revision=1, message="Taken down.")
        assert outcome(made) == ""
    with clock.at(now + UNDO_FOR):
        assert outcome(made) == "removed"


def test_outcome_of_restored_story_is_kept(cast: Cast, story: Story) -> None:
    made, now = report(story, cast.newcomer), timezone.now()
    story.remove(by=cast.moderator, revision=1, message="Taken down.")
    with clock.at(now + UNDO_FOR * 2):
        assert outcome(made) == "removed"
        story.restore(by=cast.moderator, revision=1)
        assert outcome(made) == "kept"
        story.remove(by=cast.moderator, revision=1, message="Taken down again.")
    with clock.at(now + UNDO_FOR * 4):
        assert outcome(made) == "removed"


def test_each_report_has_its_own_outcome(cast: Cast, story: Story) -> None:
    earlier = report(story, cast.newcomer)
    story.dismiss_reports(by=cast.moderator, revision=1)
    later, now = report(story, cast.owner), timezone.now()
    story.remove(by=cast.moderator, revision=1, message="Taken down.")
    with clock.at(now + UNDO_FOR * 2):
        assert (outcome(earlier), outcome(later)) == ("kept", "removed")


def test_moderator_dismisses_reports_once_even_without_any(cast: Cast, story: Story) -> None:
    assert story.dismiss_reports(by=cast.moderator, revision=1) is True
    assert story.dismiss_reports(by=cast.moderator, revision=1) is False
    assert story.audit_log.filter(action="keep").count() == 1


def test_reports_of_a_draft_cannot_be_dismissed(cast: Cast) -> None:
    draft = make_story(author=cast.member, state="draft")
    with pytest.raises(Overtaken):
        draft.dismiss_reports(by=cast.moderator, revision=1)


def test_author_is_told_nothing_of_a_report(cast: Cast, story: Story) -> None:
    report(story, cast.newcomer, "It compares.")
    story.dismiss_reports(by=cast.moderator, revision=1)
    settle(story)
    assert not story.audit_log.with_message().exists()
    assert "It compares." not in str(list(story.audit_log.values()))
