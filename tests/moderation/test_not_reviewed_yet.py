"""Stories that were published without a review: their list at the desk, and a moderator's look at them."""

import uuid
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from moderation.queue import STORIES_SHOWN, read_queue
from moderation.selection import Selection, Show
from stories.header import HeaderCounts
from stories.models import AuditEntry, Overtaken, Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_member, make_story
from tests.moderation.queue_pages import DESK, explained, link, listed, opened
from tests.pages import HTMX, part, text_of, words
from tests.stories.policies import as_now, rule, submitted
from tests.stories.transitions import LETTER

LIST = f"{DESK}?show=unread"


def address(story: Story) -> str:
    return f"/harbour-team/stories/{story.pk}/review/"


def unreviewed(person: Membership) -> list[int]:
    """Return the stories of the list, which is what the log says."""
    stories = Story.objects.of(person.team)
    noted = set(stories.published().exclude(unreviewed_since=None).values_list("pk", flat=True))
    stories.published().update_unreviewed()
    assert noted == set(stories.published().exclude(unreviewed_since=None).values_list("pk", flat=True))
    return listed(signed_in(person).get(LIST))


def number(person: Membership) -> int:
    return HeaderCounts.read(as_now(person)).needs_moderator


def test_desk_lists_unread_published_stories_newest_first(cast: Cast) -> None:
    read = make_story(author=cast.member, moderator=cast.moderator)
    rule(cast, "after")
    stories = [submitted(cast.member) for _number in range(3)]
    stories[0].remove(by=cast.moderator, revision=1, message="For now.")
    stories[0].restore(by=cast.moderator, revision=1)
    assert unreviewed(cast.moderator) == [stories[2].pk, stories[1].pk]
    assert read.pk not in unreviewed(cast.owner)
    row = part(signed_in(cast.moderator).get(DESK, {"show": "unread"}), f"story-{stories[2].pk}-row")
    assert "Mia Member" in words(row)


def test_story_that_a_moderator_has_read_is_not_listed(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.member)
    signed_in(cast.moderator).post(address(story), {"revision": 1})
    assert unreviewed(cast.moderator) == []
    assert Story.objects.get(pk=story.pk).is_published


def change(story: Story, author: Membership, body: str) -> None:
    """Revise the story in place, by its author."""
    story.refresh_from_db()
    story.revise(by=as_now(author), revision=story.revision, text=StoryText("given", ["hope"], body))


def dismiss_reports(story: Story, moderator: Membership) -> None:
    story.refresh_from_db()
    story.dismiss_reports(by=moderator, revision=story.revision)


def test_story_is_listed_again_after_an_undo(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.member)
    dismiss_reports(story, cast.moderator)
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    assert unreviewed(cast.moderator) == [story.pk]


def test_new_text_is_listed_until_a_moderator_has_read_it(cast: Cast) -> None:
    let_in = make_story(author=cast.member, moderator=cast.moderator)
    rule(cast, "after")
    looked_at = submitted(cast.newcomer)
    dismiss_reports(looked_at, cast.moderator)
    change(let_in, cast.member, "Held the lift.")
    change(looked_at, cast.newcomer, "Held nothing at all.")
    assert unreviewed(cast.moderator) == [looked_at.pk, let_in.pk]
    for story in (looked_at, let_in):
        dismiss_reports(story, cast.moderator)
    assert unreviewed(cast.moderator) == []
    change(let_in, cast.member, "Held the lift again.")
    change(let_in, cast.member, "Held the lift.")  # which is what was looked at
    assert unreviewed(cast.moderator) == []


def test_edit_accepted_by_a_moderator_counts_as_read(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator)
    undone = make_story(author=cast.member, moderator=cast.moderator)
    make_edit(story, author=as_now(cast.member), moderator=cast.moderator)
    edit = make_edit(undone, author=as_now(cast.member), moderator=cast.moderator)
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    rule(cast, "after")
    assert unreviewed(cast.moderator) == []
    change(story, cast.member, "Held nothing at all.")
    assert unreviewed(cast.moderator) == [story.pk]


def test_edit_accepted_without_review_is_listed(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator)
    edit, _new = Story.begin(
        by=cast.member,
        editor=uuid.uuid4(),
        edit_of=story,
        text=StoryText("given", ["hope"], "Held the lift."),
    )
    rule(cast, "after")
    edit.submit(by=as_now(cast.member))
    assert Story.objects.get(pk=story.pk).body == "Held the lift."
    assert unreviewed(cast.moderator) == [story.pk]


def test_text_with_a_fix_taken_back_counts_as_read(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", body="Held teh door.")
    story.publish(by=cast.moderator, revision=1, fixed="Held the door.")
    rule(cast, "after")
    story.restore_own_words(by=cast.member)
    assert unreviewed(cast.moderator) == []


def test_moderators_own_story_is_not_listed(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.moderator)
    change(story, cast.moderator, "Held the lift.")
    assert unreviewed(cast.owner) == []


def test_unread_list_covers_a_week_and_one_screen(cast: Cast) -> None:
    rule(cast, "after")
    with clock.at(timezone.now() - timedelta(days=7, minutes=1)):
        old = submitted(cast.member)
    assert unreviewed(cast.moderator) == []
    change(old, cast.member, "Held the door for an hour.")
    assert unreviewed(cast.moderator) == [old.pk]
    for _number in range(STORIES_SHOWN + 1):
        submitted(cast.member)
    assert len(unreviewed(cast.moderator)) == STORIES_SHOWN


@pytest.mark.once
def test_desk_does_not_claim_that_every_story_was_read(cast: Cast) -> None:
    rule(cast, "after")
    submitted(cast.member)
    page = signed_in(cast.moderator).get(DESK)
    assert link(page, "One story was published without a review.") == f"{DESK}?show=unread"


@pytest.mark.once
def test_more_unread_stories_ask_the_database_no_more(cast: Cast) -> None:
    rule(cast, "after")
    client = signed_in(cast.moderator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(DESK).status_code == 200
        return len(captured)

    for _number in range(3):
        submitted(make_member(team=cast.team))
    queries()  # the session notes the role once
    before = queries()
    for _number in range(6):
        submitted(make_member(team=cast.team))
    assert queries() == before


@pytest.mark.once
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])
def test_one_press_notes_the_look_and_goes_on(cast: Cast, headers: dict[str, str]) -> None:
    rule(cast, "after")
    first, second, third = (submitted(cast.member) for _number in range(3))
    client = signed_in(cast.moderator)
    page = client.get(LIST)
    assert opened(page) == third.pk, "the latest first"
    assert "Looked at p Remove" in words(part(page, f"story-{third.pk}-decision"))
    answer = client.post(address(second), {"revision": 1, "show": "unread"}, headers=headers)
    answer = answer if headers else client.get(answer["Location"])
    assert opened(answer) == first.pk, "the next in line"
    assert "Mia Member’s story: looked at." in words(part(answer, "desk-undo"))
    assert unreviewed(cast.second_moderator) == [third.pk, first.pk]
    [entry] = AuditEntry.objects.filter(action="review")
    assert (entry.story_id, entry.actor_id, entry.to_state) == (second.pk, cast.moderator.user_id, "published")
    client.post(f"{DESK}undo/", {"entry": entry.pk, "show": "unread"}, headers=headers)
    assert unreviewed(cast.moderator) == [third.pk, second.pk, first.pk]


@pytest.mark.once
def test_look_twice_is_noted_once_and_a_colleague_is_told(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.member)
    assert story.mark_reviewed(by=cast.moderator, revision=1) is True
    assert story.mark_reviewed(by=cast.moderator, revision=1) is False
    with pytest.raises(Overtaken):
        story.mark_reviewed(by=cast.second_moderator, revision=1)
    answer = signed_in(cast.second_moderator).post(address(story), {"revision": 1, "show": "unread"}, headers=HTMX)
    assert answer.status_code == 409
    assert "Mo Moderator looked at this" in words(part(answer, f"story-{story.pk}-decision"))
    assert AuditEntry.objects.filter(action="review").count() == 1


@pytest.mark.once
def test_look_at_another_text_is_refused(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.member)
    change(story, cast.member, "Held nothing at all.")
    answer = signed_in(cast.moderator).post(address(story), {"revision": 1, "show": "unread"}, headers=HTMX)
    assert answer.status_code == 409
    assert unreviewed(cast.moderator) == [story.pk]


@pytest.mark.once
def test_author_notices_nothing_of_a_look(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.member)
    client = signed_in(cast.member)
    before = [text_of(client.get(path)) for path in ("/harbour-team/mine/", f"/harbour-team/stories/{story.pk}/")]
    updated_at = Story.objects.get(pk=story.pk).updated_at
    story.mark_reviewed(by=cast.moderator, revision=1)
    after = [text_of(client.get(path)) for path in ("/harbour-team/mine/", f"/harbour-team/stories/{story.pk}/")]
    assert [len(page) for page in after] == [len(page) for page in before]
    assert Story.objects.get(pk=story.pk).updated_at == updated_at


@pytest.mark.once
@pytest.mark.parametrize("how", ["remove", "take_down", "hide_for_review"])
def test_story_that_leaves_the_wall_leaves_the_list(cast: Cast, how: str) -> None:
    rule(cast, "after")
    story = submitted(cast.member)
    match how:
        case "remove":
            story.remove(by=cast.moderator, revision=1, **LETTER)
        case "take_down":
            story.take_down(by=cast.member)
        case "hide_for_review":
            story.hide_for_review()
    assert unreviewed(cast.moderator) == []
    assert HeaderCounts.read(as_now(cast.moderator)).unreviewed == 0


@pytest.mark.once
def test_number_has_what_the_policy_asks_moderators_to_look_at(cast: Cast) -> None:
    rule(cast, "after")
    submitted(cast.member)
    submitted(cast.newcomer)
    cast.newcomer.change_role("moderator", by=cast.owner)
    assert (number(cast.moderator), number(cast.newcomer), number(cast.member)) == (2, 1, 0)
    assert "2 stories need you" in words(part(signed_in(cast.moderator).get(DESK), "main"))
    # Where the rule is that stories are read first, nobody has asked for a look at those that were not.
    rule(cast, "everyone")
    assert number(cast.moderator) == 0
    assert len(listed(signed_in(cast.moderator).get(LIST))) == 2


@pytest.mark.once
def test_migration_notes_what_the_log_says(cast: Cast) -> None:
    let_in = make_story(author=cast.member, moderator=cast.moderator)
    rule(cast, "after")
    looked_at, changed, _new = (submitted(cast.member) for _number in range(3))
    submitted(cast.moderator)
    looked_at.dismiss_reports(by=cast.moderator, revision=1)
    for story in (let_in, changed):
        change(story, cast.member, "Held the lift.")
    change(let_in, cast.member, "Held the door, and my tongue.")  # which is what a moderator let in
    noted = dict(Story.objects.values_list("pk", "unreviewed_since"))
    assert sum(since is not None for since in noted.values()) == 2
    Story.objects.update(unreviewed_since=None)
    import_module("stories.migrations.0025_fill_published_without_review").fill(apps, None)
    filled = dict(Story.objects.values_list("pk", "unreviewed_since"))
    assert [pk for pk in filled if filled[pk]] == [pk for pk in noted if noted[pk]]


def test_list_and_number_are_read_from_their_index(cast: Cast) -> None:
    rule(cast, "after")
    with CaptureQueriesContext(connection) as captured:
        read_queue(as_now(cast.moderator), Selection(Show.UNREAD))
        HeaderCounts.read(as_now(cast.moderator))
    if connection.vendor == "sqlite":
        plans = [explained(query["sql"]) for query in captured if "unreviewed_since" in query["sql"]]
        assert len(plans) == 2
        assert all("story_unreviewed (team_id=? AND" in plan for plan in plans), plans
        assert "COVERING INDEX story_unreviewed" in plans[1]
