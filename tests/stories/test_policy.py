"""The team's policy on which stories are reviewed before publication."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from stories.models import OutboxEvent, State, Story
from stories.models.review import review_of
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_member, make_story, make_team
from tests.pages import attribute, elements, ids, part, text_of, words
from tests.stories.policies import as_now, rule, submitted


def composed(person: Membership, action: str = "submit") -> dict[str, object]:
    typed = {"kind": "given", "qualities": ["hope"], "body": "Held the door.", "composer": uuid.uuid4(), "revision": 0}
    return {**typed, "action": action}


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
