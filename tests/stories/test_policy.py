"""The team's policy on which stories are reviewed before publication."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from moderation.queue import SHOWN, read_queue
from moderation.selection import Selection, Show
from stories.models import OutboxEvent, State, Story, StoryText
from stories.models.review import review_of
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_edit, make_member, make_story, make_team
from tests.pages import attribute, elements, ids, part, text_of, words

DESK = "/harbour-team/moderation/"


def rule(cast: Cast, policy: str, newcomer_until: int = 3) -> None:
    cast.team.change(by=cast.owner, policy=policy, newcomer_until=newcomer_until)


def as_now(person: Membership) -> Membership:
    """Return the membership as a new request loads it."""
    return Membership.objects.select_related("team", "user").get(pk=person.pk)


def submitted(person: Membership) -> Story:
    story = make_draft(author=person)
    story.submit(by=as_now(person))
    return story


def composed(person: Membership, action: str = "submit") -> dict[str, object]:
    typed = {"kind": "given", "qualities": ["hope"], "body": "Held the door.", "composer": uuid.uuid4(), "revision": 0}
    return {**typed, "action": action}


def hung(person: Membership) -> list[int]:
    page = signed_in(person).get(DESK, {"show": "unread"})
    return [int(found.split("-")[1]) for found in ids(page) if found.startswith("story-") and found.endswith("-row")]


def test_story_waits_where_everyone_is_reviewed(cast: Cast) -> None:
    for person in (cast.member, cast.moderator, cast.owner):
        assert submitted(person).state == State.PENDING


def test_story_is_published_at_once_where_nobody_is_reviewed(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.newcomer)
    assert story.state == State.PUBLISHED
    assert story.published_at == story.submitted_at
    assert [event.kind for event in OutboxEvent.objects.filter(story_id=story.pk)] == ["card"]
    assert [(entry.action, entry.to_state) for entry in story.audit_log.all()] == [("submit", "published")]


def test_story_submitted_twice_is_published_once(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.member)
    assert not story.submit(by=as_now(cast.member))
    assert story.audit_log.count() == OutboxEvent.objects.filter(story_id=story.pk).count() == 1


def test_newcomer_is_reviewed_until_the_nth_published_story(cast: Cast) -> None:
    rule(cast, "newcomers", newcomer_until=2)
    for _number in range(2):
        story = submitted(cast.newcomer)
        assert story.state == State.PENDING
        story.publish(by=cast.moderator, revision=story.revision)
    assert submitted(cast.newcomer).state == State.PUBLISHED


@pytest.mark.once
@pytest.mark.parametrize("state", ["draft", "pending", "returned", "declined", "removed"])
def test_only_published_stories_count(cast: Cast, state: str) -> None:
    make_story(author=cast.newcomer, moderator=cast.moderator, state=state)
    rule(cast, "newcomers", newcomer_until=1)
    assert submitted(cast.newcomer).state == State.PENDING


def test_stories_of_others_and_of_other_teams_do_not_count(cast: Cast) -> None:
    elsewhere = make_team(name="Second Home")
    there = Membership.objects.create(team=elsewhere, user=cast.newcomer.user)
    editor = make_member(team=elsewhere, role="moderator")
    make_story(author=there, moderator=editor)
    make_story(author=cast.member, moderator=cast.moderator)
    rule(cast, "newcomers", newcomer_until=1)
    assert submitted(cast.newcomer).state == State.PENDING


@pytest.mark.once
@pytest.mark.parametrize("policy", ["after", "newcomers"])
def test_returned_story_goes_back_to_the_moderators(cast: Cast, policy: str) -> None:
    make_story(author=cast.member, moderator=cast.moderator)
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    rule(cast, policy, newcomer_until=1)
    story.submit(by=as_now(cast.member))
    assert story.state == State.PENDING


@pytest.mark.once
def test_withdrawn_story_is_reviewed_again_once_returned(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    rule(cast, "after")
    story.submit(by=as_now(cast.member))
    story.withdraw(by=as_now(cast.member))
    assert story.state == State.DRAFT
    story.submit(by=as_now(cast.member))
    assert story.state == State.PENDING


def test_pending_story_stays_pending_when_the_policy_is_loosened(cast: Cast) -> None:
    story = submitted(cast.member)
    rule(cast, "after")
    story.refresh_from_db()
    assert story.state == State.PENDING


@pytest.mark.once
def test_draft_leaks_nothing_before_it_is_submitted(cast: Cast) -> None:
    rule(cast, "after")
    author, reader = signed_in(cast.member), signed_in(cast.moderator)
    author.post("/harbour-team/share/", composed(cast.member, "save"))
    story = Story.objects.get()
    assert not OutboxEvent.objects.exists()
    assert reader.get(f"/harbour-team/stories/{story.pk}/").status_code == 404
    assert hung(cast.moderator) == []
    assert "Held the door." not in text_of(reader.get("/harbour-team/"))


# Sentences for authors


def buttons(html: str) -> list[str]:
    found = [
        element for element in elements(html) if element.name == "button" and attribute(element, "name") == "action"
    ]
    return [words(element) for element in found]


@pytest.mark.once
def test_composer_says_what_its_button_does(cast: Cast) -> None:
    client = signed_in(cast.member)
    page = client.get("/harbour-team/share/")
    assert buttons(text_of(page)) == ["Submit for review", "Save as draft"]
    assert "A moderator reads every story first." in words(part(page, "composer"))
    rule(cast, "after")
    page = client.get("/harbour-team/share/")
    assert buttons(text_of(page)) == ["Publish it", "Save as draft"]
    assert "A moderator" not in words(part(page, "composer")).partition("It is published at once")[0]
    assert "It is published at once" in words(part(page, "composer"))


@pytest.mark.once
@pytest.mark.parametrize("path", ["stories/{pk}/", "stories/{pk}/edit/"])
def test_draft_says_what_its_button_does_and_returned_story_that_it_is_reviewed(cast: Cast, path: str) -> None:
    rule(cast, "after")
    client = signed_in(cast.member)
    draft = make_draft(author=cast.member)
    assert "Publish it" in buttons(text_of(client.get(f"/harbour-team/{path.format(pk=draft.pk)}")))
    rule(cast, "everyone")
    returned = make_story(author=as_now(cast.member), moderator=cast.moderator, state="returned")
    rule(cast, "after")
    page = client.get(f"/harbour-team/{path.format(pk=returned.pk)}")
    assert "Send it again" in buttons(text_of(page))
    assert "It was returned or declined before, so a moderator reads it again." in words(part(page, "composer"))


WHY = {
    "newcomers": "A moderator reads your first stories. After a few, your stories are published at once.",
    "always": "A moderator has asked to read your stories first.",
    "declined": "Two of your stories were declined within thirty days, so a moderator reads the next ones first.",
    "spam": "A moderator reads it first.",
}


@pytest.mark.once
@pytest.mark.parametrize(("why", "said"), WHY.items())
def test_author_under_review_is_told_why(cast: Cast, why: str, said: str) -> None:
    for _number in range(2):
        if why in ("declined", "spam"):
            make_story(author=cast.member, moderator=cast.moderator, state=why)
    rule(cast, "newcomers" if why == "newcomers" else "after")
    if why == "always":
        cast.member.set_trust("always", by=cast.moderator, told=True)
    client = signed_in(cast.member)
    assert said in words(part(client.get("/harbour-team/share/"), "composer"))
    waiting = submitted(cast.member)
    page = client.get(f"/harbour-team/stories/{waiting.pk}/")
    assert said in words(part(page, f"story-{waiting.pk}-standing"))


def test_decline_that_can_be_undone_does_not_count_yet(cast: Cast) -> None:
    first, second = (make_story(author=cast.member, state="pending") for _number in range(2))
    rule(cast, "after")
    for story in (first, second):
        story.decline(by=cast.moderator, revision=story.revision, message="Not ours to tell.")
    assert review_of(as_now(cast.member)) is None
    with clock.at(timezone.now() + timedelta(seconds=11)):
        assert review_of(as_now(cast.member)) == "declined"


@pytest.mark.once
@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("everyone", "Thank you. Your story is waiting for review."),
        ("after", "Thank you. Your story is published now."),
    ],
)
def test_author_is_led_to_the_submitted_story(cast: Cast, policy: str, said: str) -> None:
    rule(cast, policy)
    client = signed_in(cast.member)
    answer = client.post("/harbour-team/share/", composed(cast.member))
    story = Story.objects.get()
    assert answer["Location"] == f"/harbour-team/stories/{story.pk}/"
    page = client.get(answer["Location"])
    assert words(part(page, "toasts")) == said
    assert (f"story-{story.pk}-card" in ids(page)) == (policy == "after")
    draft = make_draft(author=cast.member)
    again = client.post(f"/harbour-team/stories/{draft.pk}/submit/")
    assert words(part(client.get(again["Location"]), "toasts")) == said


@pytest.mark.once
def test_two_presses_publish_one_story_and_lead_to_it(cast: Cast) -> None:
    rule(cast, "after")
    client, typed = signed_in(cast.member), composed(cast.member)
    answers = [client.post("/harbour-team/share/", typed) for _press in range(2)]
    story = Story.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/harbour-team/stories/{story.pk}/"}
    assert OutboxEvent.objects.filter(story_id=story.pk).count() == 1


PROMISES = {
    1: "within an hour.",
    5: "within 5 hours.",
    24: "within a day.",
    36: "within 36 hours.",
    72: "within 3 days.",
    336: "within 14 days.",
}


@pytest.mark.once
@pytest.mark.parametrize(("hours", "within"), PROMISES.items())
def test_author_is_told_the_promised_wait(cast: Cast, hours: int, within: str) -> None:
    cast.team.change(by=cast.owner, answer_hours=hours)
    client = signed_in(cast.member)
    promise = f"The moderators aim to decide {within}"
    assert promise in words(part(client.get("/harbour-team/share/"), "composer"))
    answer = client.post("/harbour-team/share/", composed(cast.member))
    story = Story.objects.get()
    page = client.get(answer["Location"])
    assert words(part(page, "toasts")).endswith(promise)
    assert promise in words(part(page, f"story-{story.pk}-standing"))
    assert promise in words(part(client.get("/harbour-team/mine/"), f"story-{story.pk}-standing"))


@pytest.mark.once
def test_no_wait_is_promised_without_setting_or_pending_story(cast: Cast, story: Story) -> None:
    pending = submitted(cast.member)
    client = signed_in(cast.member)
    assert "aim to decide" not in text_of(client.get(f"/harbour-team/stories/{pending.pk}/"))
    cast.team.change(by=cast.owner, answer_hours=5)
    mine = client.get("/harbour-team/mine/")
    assert "aim to decide" not in words(part(mine, f"story-{story.pk}-standing"))


# Sentences for moderators


def test_desk_lists_unread_published_stories_newest_first(cast: Cast) -> None:
    read = make_story(author=cast.member, moderator=cast.moderator)
    rule(cast, "after")
    stories = [submitted(cast.member) for _number in range(3)]
    stories[0].remove(by=cast.moderator, revision=1, message="For now.")
    stories[0].restore(by=cast.moderator, revision=1)
    assert hung(cast.moderator) == [stories[2].pk, stories[1].pk]
    assert read.pk not in hung(cast.owner)
    row = part(signed_in(cast.moderator).get(DESK, {"show": "unread"}), f"story-{stories[2].pk}-row")
    assert "Mia Member" in words(row)


def test_story_that_a_moderator_has_read_is_not_listed(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.member)
    signed_in(cast.moderator).post(f"/harbour-team/stories/{story.pk}/keep/", {"revision": 1})
    assert hung(cast.moderator) == []
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
    assert hung(cast.moderator) == [story.pk]


def test_new_text_is_listed_until_a_moderator_has_read_it(cast: Cast) -> None:
    let_in = make_story(author=cast.member, moderator=cast.moderator)
    rule(cast, "after")
    looked_at = submitted(cast.newcomer)
    dismiss_reports(looked_at, cast.moderator)
    change(let_in, cast.member, "Held the lift.")
    change(looked_at, cast.newcomer, "Held nothing at all.")
    assert hung(cast.moderator) == [looked_at.pk, let_in.pk]
    for story in (looked_at, let_in):
        dismiss_reports(story, cast.moderator)
    assert hung(cast.moderator) == []
    change(let_in, cast.member, "Held the lift again.")
    change(let_in, cast.member, "Held the lift.")  # which is what was looked at
    assert hung(cast.moderator) == []


def test_edit_accepted_by_a_moderator_counts_as_read(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator)
    undone = make_story(author=cast.member, moderator=cast.moderator)
    make_edit(story, author=as_now(cast.member), moderator=cast.moderator)
    edit = make_edit(undone, author=as_now(cast.member), moderator=cast.moderator)
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    rule(cast, "after")
    assert hung(cast.moderator) == []
    change(story, cast.member, "Held nothing at all.")
    assert hung(cast.moderator) == [story.pk]


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
    assert hung(cast.moderator) == [story.pk]


def test_text_with_a_fix_taken_back_counts_as_read(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", body="Held teh door.")
    story.publish(by=cast.moderator, revision=1, fixed="Held the door.")
    rule(cast, "after")
    story.restore_own_words(by=cast.member)
    assert hung(cast.moderator) == []


def test_moderators_own_story_is_not_listed(cast: Cast) -> None:
    rule(cast, "after")
    story = submitted(cast.moderator)
    change(story, cast.moderator, "Held the lift.")
    assert hung(cast.owner) == []


def test_unread_list_covers_a_week_and_one_screen(cast: Cast) -> None:
    rule(cast, "after")
    with clock.at(timezone.now() - timedelta(days=7, minutes=1)):
        old = submitted(cast.member)
    assert hung(cast.moderator) == []
    change(old, cast.member, "Held the door for an hour.")
    assert hung(cast.moderator) == [old.pk]
    for _number in range(SHOWN + 1):
        submitted(cast.member)
    assert len(hung(cast.moderator)) == SHOWN


def test_unread_list_is_empty_where_everyone_is_reviewed(cast: Cast) -> None:
    cast.foreign_owner.team.change(by=cast.foreign_owner, policy="after")
    submitted(cast.foreign_owner)
    rule(cast, "after")
    assert hung(cast.moderator) == []
    submitted(cast.member)
    rule(cast, "everyone")
    assert hung(cast.moderator) == []
    assert "No story is waiting for review." in words(part(signed_in(cast.moderator).get(DESK), "main"))


@pytest.mark.once
def test_desk_does_not_claim_that_every_story_was_read(cast: Cast) -> None:
    rule(cast, "after")
    submitted(cast.member)
    said = words(part(signed_in(cast.moderator).get(DESK), "main"))
    assert "Not reviewed yet" in said
    assert "has been read" not in said


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


def test_unread_stories_are_found_by_recent_entries(cast: Cast) -> None:
    rule(cast, "after")
    with CaptureQueriesContext(connection) as captured:
        read_queue(as_now(cast.moderator), Selection(Show.UNREAD))
    [*_who, listing] = captured
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {listing['sql']}")
            plan = "\n".join(str(line) for line in cursor.fetchall())
        assert "audit_by_time" in plan
        assert "SCAN" not in plan, plan
