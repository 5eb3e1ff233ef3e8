"""Moderators hear of what waits for them, and of nothing that is a colleague's or has been done."""

from datetime import timedelta

import pytest

from accounts.models import Membership, Team
from kindwall import clock
from notices.kinds.moderators import notify_of_overdue_stories
from notices.models import Notice, NoticePreference
from stories.models import Assignment, ModeratorNote, Report, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_story, make_user
from tests.notices.lists import SETTLED, paths, sentences, settle, unread
from tests.pages import HTMX, attribute, elements, text_of, words

pytestmark = pytest.mark.once


def submitted(author: Membership) -> Story:
    story = make_draft(author=author)
    story.submit(by=author)
    return story


def returned(cast: Cast) -> Story:
    """Mia's, returned by Mo, and nobody was told of anything yet."""
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    Notice.objects.all().delete()
    return story


def test_stories_that_wait_are_one_line_that_counts_those_of_others(cast: Cast) -> None:
    story = submitted(cast.member)
    submitted(cast.newcomer)
    submitted(cast.moderator)
    assert sentences(cast.owner) == ["3 stories wait for review."]
    assert sentences(cast.moderator) == ["2 stories wait for review."]
    assert paths(cast.owner) == ["/harbour-team/moderation/"]
    assert sentences(cast.member) == sentences(cast.foreign_owner) == []
    story.withdraw(by=cast.member)
    assert sentences(cast.moderator) == ["1 story waits for review."]


def test_notice_is_gone_when_nothing_waits_and_back_after_an_undo(cast: Cast) -> None:
    story = submitted(cast.member)
    story.decline(by=cast.moderator, revision=story.revision, message="Not ours to tell.")
    assert sentences(cast.owner) == []
    assert unread(cast.owner) == 0
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    assert sentences(cast.owner) == ["1 story waits for review."]
    assert unread(cast.owner) == 1


def test_read_notice_is_unread_again_when_another_story_comes(cast: Cast) -> None:
    submitted(cast.member)
    Notice.objects.mark_read(cast.owner.user)
    assert unread(cast.owner) == 0
    submitted(cast.newcomer)
    assert unread(cast.owner) == 1


def test_moderator_who_is_away_is_not_told(cast: Cast) -> None:
    cast.second_moderator.go_away_until((clock.now() + timedelta(days=3)).date())
    submitted(cast.member)
    assert sentences(cast.second_moderator) == []


def test_resubmitted_story_is_told_to_the_moderator_who_returned_it(cast: Cast) -> None:
    story = returned(cast)
    Story.objects.get(pk=story.pk).submit(by=cast.member)
    assert sentences(cast.moderator) == ["A story that you returned has been changed and sent again."]
    assert paths(cast.moderator) == [f"/harbour-team/moderation/?story={story.pk}"]
    assert sentences(cast.owner) == ["1 story waits for review."]


def test_second_opinion_is_asked_of_everybody_but_the_first_moderator(cast: Cast) -> None:
    story = returned(cast)
    Story.objects.get(pk=story.pk).stand_by(by=cast.member, message="Please look again.")
    asked = "An author asks for a second opinion. Another moderator than the first decides."
    assert sentences(cast.moderator) == []
    assert sentences(cast.second_moderator) == sentences(cast.owner) == [asked]


def test_second_opinion_is_asked_of_the_first_moderator_where_there_is_nobody_else(cast: Cast) -> None:
    story = returned(cast)
    Membership.objects.filter(pk__in=[cast.second_moderator.pk, cast.owner.pk]).update(role="member")
    Story.objects.get(pk=story.pk).stand_by(by=cast.member, message="Please look again.")
    assert len(sentences(cast.moderator)) == 1


def test_notices_about_a_story_are_read_in_whichever_way_the_desk_opens_it(cast: Cast) -> None:
    first, second, third, fourth = (make_story(author=cast.member, state="pending") for _number in range(4))
    for story in (second, third, fourth):
        Assignment.assign(story, by=cast.owner, to=cast.moderator, note="Yours?")
    desk, new = signed_in(cast.moderator), Notice.objects.filter(user=cast.moderator.user, story__gt=first)
    assert new.unread().count() == 3
    desk.post(f"/harbour-team/stories/{first.pk}/publish/", {"revision": 1}, headers=HTMX)
    assert {one.story_id for one in new.unread()} == {third.pk, fourth.pk}
    page = desk.get(f"/harbour-team/moderation/?story={fourth.pk}")
    assert [one.story_id for one in new.unread()] == [third.pk]
    bell = next(one for one in elements(text_of(page)) if "bell" in (attribute(one, "class") or "").split())
    assert words(bell) == str(unread(cast.moderator))
    assert desk.post(f"/harbour-team/stories/{third.pk}/claim/", headers=HTMX).status_code == 200
    assert not new.unread().exists()


def test_colleague_hears_of_a_story_assigned_to_them_until_it_is_decided(cast: Cast) -> None:
    story = submitted(cast.member)
    Notice.objects.all().delete()
    Assignment.assign(story, by=cast.moderator, to=cast.second_moderator, note="Yours?")
    assert sentences(cast.second_moderator) == ["Mo Moderator assigned a story to you."]
    assert sentences(cast.owner) == sentences(cast.moderator) == []
    story.publish(by=cast.moderator, revision=story.revision)
    assert sentences(cast.second_moderator) == []


def test_note_is_told_to_the_moderators_who_work_on_the_story(cast: Cast, story: Story) -> None:
    """Mo has decided on it, Sam has it, Olu has written a note; its author hears nothing, though they moderate now."""
    cast.member.change_role("moderator", by=cast.owner)
    Report.make(story, by=cast.newcomer, reason="other")
    Assignment.assign(story, by=cast.owner, to=cast.second_moderator)
    ModeratorNote.write(story, by=cast.owner, text="I asked her.")
    note, _new = ModeratorNote.write(story, by=cast.second_moderator, text="So did I.")
    told = "Sam Second wrote a note about a story."
    assert sentences(cast.moderator)[0] == sentences(cast.owner)[0] == told
    assert paths(cast.owner)[0] == f"/harbour-team/moderation/?story={story.pk}"
    assert "Olu Owner wrote a note about a story." in sentences(cast.second_moderator)
    assert not any("note" in sentence for sentence in sentences(cast.member))
    ModeratorNote.delete_own(story, note.pk, by=cast.second_moderator)
    assert told not in sentences(cast.owner)


def test_moderator_with_nothing_to_do_with_a_story_is_told_of_no_note(cast: Cast) -> None:
    story = submitted(cast.member)
    Notice.objects.all().delete()
    ModeratorNote.write(story, by=cast.owner, text="I asked her.")
    assert [sentences(person) for person in (cast.owner, cast.moderator, cast.second_moderator)] == [[], [], []]


def test_report_is_told_to_moderators_until_one_has_decided(cast: Cast, story: Story) -> None:
    Report.make(story, by=cast.second_moderator, reason="other")
    assert sentences(cast.owner) == ["1 reported story waits for a moderator."]
    assert paths(cast.owner) == ["/harbour-team/moderation/?show=reported"]
    assert sentences(cast.second_moderator) == [], "their own doing"
    story.dismiss_reports(by=cast.moderator, revision=story.revision)
    assert sentences(cast.owner) == []


def test_story_that_waits_longer_than_promised_is_told_once(cast: Cast) -> None:
    Team.objects.filter(pk=cast.team.pk).update(answer_hours=24)
    with clock.at(clock.now() - timedelta(hours=25)):
        submitted(cast.member)
    submitted(cast.newcomer)
    Notice.objects.all().delete()
    notify_of_overdue_stories()
    assert sentences(cast.owner) == ["A story has been waiting for longer than your team promised."]
    Notice.objects.mark_read(cast.owner.user)
    notify_of_overdue_stories()
    assert unread(cast.owner) == 0


def test_moderator_who_is_one_no_more_is_shown_nothing_of_it(cast: Cast) -> None:
    submitted(cast.member)
    assert unread(cast.second_moderator) == 1
    cast.second_moderator.change_role("member", by=cast.owner)
    assert sentences(cast.second_moderator) == []
    assert unread(cast.second_moderator) == 0


def test_moderator_without_the_second_factor_that_the_team_asks_for_is_shown_nothing(cast: Cast) -> None:
    submitted(cast.member)
    Team.objects.filter(pk=cast.team.pk).update(two_factor_required=True)
    assert sentences(cast.owner) == []


def test_story_that_is_opened_at_the_desk_reads_its_notices(cast: Cast) -> None:
    story = returned(cast)
    story.submit(by=cast.member)
    other = returned(cast)
    other.submit(by=cast.member)
    client = signed_in(cast.moderator)
    address = "/harbour-team/moderation/"
    client.get(address)
    client.get(address, {"story": story.pk}, headers={"Sec-Purpose": "prefetch"})
    assert not Notice.objects.filter(user=cast.moderator.user, story=other.pk).exclude(read_at=None).exists()
    client.get(address, {"story": other.pk, "listed": 1}, headers=HTMX)
    assert Notice.objects.get(user=cast.moderator.user, story=other.pk).read_at is not None


def test_kind_switched_off_in_the_product_is_neither_shown_nor_counted(cast: Cast) -> None:
    submitted(cast.member)
    NoticePreference.objects.create(user=cast.owner.user, kind="waiting", in_product=False, mail="hourly")
    assert sentences(cast.owner) == []
    assert unread(cast.owner) == 0


def test_owners_hear_who_joined_once_a_day(cast: Cast) -> None:
    for person in (make_user(name="Ana"), cast.stranger):
        Membership.join(person, cast.team, role="member", by="link")
    assert sentences(cast.owner) == ["Ana and Sté Stranger joined the team."]
    assert unread(cast.owner) == 1
    assert sentences(cast.moderator) == []


def test_new_story_is_told_to_those_who_asked_for_it(cast: Cast, pending: Story) -> None:
    for person in (cast.newcomer, cast.member):
        NoticePreference.objects.create(user=person.user, kind="new-stories", in_product=True, mail="never")
    pending.publish(by=cast.moderator, revision=pending.revision)
    assert sentences(cast.newcomer) == []
    settle()
    assert sentences(cast.newcomer) == ["1 new story is on the wall."]
    assert "1 new story is on the wall." not in sentences(cast.member), "their own"
    assert not Notice.objects.filter(user=cast.owner.user, kind="new-stories").exists()
    with clock.at(clock.now() + 2 * SETTLED):
        pending.remove(by=cast.moderator, revision=pending.revision, message="Taken down.")
        assert sentences(cast.newcomer) == [], "a removed story leaves no trace"
