"""What holds for every answer of a moderator: publish, return, decline, remove, restore."""

import pytest
from django.http import HttpResponseBase

from accounts.models import Membership
from stories.models import OutboxEvent, State, Story
from tests.conftest import Cast, signed_in
from tests.factories import give_second_factor, make_member, make_story, make_team
from tests.pages import HTMX, attribute, part, root_id, text_of, value, words
from tests.stories.transitions import DECISIONS, DECLINE, MESSAGE, REMOVE, RETURN, Transition

each_decision = pytest.mark.parametrize("transition", DECISIONS, ids=str)
each_no = pytest.mark.parametrize("transition", [RETURN, DECLINE, REMOVE], ids=str)
each_way = pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])


def address(transition: Transition, story: Story) -> str:
    return f"/harbour-team/stories/{story.pk}/{transition.action}/"


def answered(story: Story, message: str = MESSAGE) -> dict[str, object]:
    return {"revision": story.revision, "message": message}


def state_of(story: Story) -> str:
    return Story.objects.get(pk=story.pk).state


def varies(response: HttpResponseBase) -> bool:
    return "HX-Request" in response.headers.get("Vary", "")


@each_decision
def test_without_javascript_it_decides_and_leads_back_to_the_queue(cast: Cast, transition: Transition) -> None:
    story = transition.story(cast)
    client = signed_in(cast.moderator)
    answer = client.post(address(transition, story), answered(story))
    assert (answer.status_code, answer["Location"]) == (302, "/harbour-team/moderation/")
    assert state_of(story) == transition.to_state
    toasts = words(part(client.get("/harbour-team/moderation/"), "toasts"))
    assert "Mia Member’s story" in toasts
    assert story.audit_log.latest("id").past in toasts


@each_decision
def test_with_htmx_it_answers_with_the_storys_place_in_the_queue(cast: Cast, transition: Transition) -> None:
    story = transition.story(cast)
    answer = signed_in(cast.moderator).post(address(transition, story), answered(story), headers=HTMX)
    assert (answer.status_code, root_id(answer)) == (200, f"story-{story.pk}-decision")
    assert f"You {story.audit_log.latest('id').past} this" in words(part(answer, f"story-{story.pk}-decision"))
    assert "<html" not in text_of(answer)
    assert state_of(story) == transition.to_state


@each_decision
@each_way
def test_both_answers_vary_with_htmx(cast: Cast, transition: Transition, headers: dict[str, str]) -> None:
    story = transition.story(cast)
    assert varies(signed_in(cast.moderator).post(address(transition, story), answered(story), headers=headers))


@each_decision
@each_way
def test_a_second_press_is_harmless(cast: Cast, transition: Transition, headers: dict[str, str]) -> None:
    story = transition.story(cast)
    client = signed_in(cast.moderator)
    first = client.post(address(transition, story), answered(story), headers=headers)
    rows, events = story.audit_log.count(), OutboxEvent.objects.count()
    again = client.post(address(transition, story), answered(story), headers=headers)
    assert again.status_code == first.status_code < 400
    assert (story.audit_log.count(), OutboxEvent.objects.count()) == (rows, events)


@each_decision
@each_way
def test_the_slower_moderator_is_shown_who_did_what_and_keeps_their_words(
    cast: Cast, transition: Transition, headers: dict[str, str]
) -> None:
    story = transition.story(cast)
    transition.do(story, cast.second_moderator)
    rows = story.audit_log.count()
    typed = answered(story, "Nearly an hour went into these words.")
    answer = signed_in(cast.moderator).post(address(transition, story), typed, headers=headers)
    assert answer.status_code == 409
    shown = words(part(answer, f"story-{story.pk}-decision"))
    assert f"Sam Second {story.audit_log.latest('id').past} this" in shown
    assert ("Nearly an hour went into these words." in shown) is transition.with_message
    assert (state_of(story), story.audit_log.count()) == (transition.to_state, rows)
    assert varies(answer)


@pytest.mark.parametrize("transition", [RETURN, DECLINE], ids=str)
@each_way
def test_a_text_that_changed_meanwhile_is_shown_and_not_decided_on(
    cast: Cast, pending: Story, transition: Transition, headers: dict[str, str]
) -> None:
    read = answered(pending, "About the old text.")
    pending.withdraw(by=cast.member)
    pending.revise(by=cast.member, revision=1, kind="given", qualities=["hope"], body="A kinder telling.")
    pending.submit(by=cast.member)
    client = signed_in(cast.moderator)
    answer = client.post(address(transition, pending), read, headers=headers)
    assert (answer.status_code, state_of(pending)) == (409, "pending")
    shown = part(answer, f"story-{pending.pk}-decision")
    assert "The author has changed the text." in words(shown)
    assert "A kinder telling." in words(shown)
    field = part(answer, f"story-{pending.pk}-{transition.action}-message")
    assert value(field) == "About the old text."
    revision = part(answer, f"story-{pending.pk}-{transition.action}-revision")
    again = {"revision": value(revision), "message": value(field)}
    assert client.post(address(transition, pending), again, headers=headers).status_code < 400
    assert state_of(pending) == transition.to_state


@pytest.mark.parametrize("transition", [RETURN, DECLINE], ids=str)
@each_way
def test_words_about_a_story_that_its_author_took_back_meanwhile_are_kept(
    cast: Cast, pending: Story, transition: Transition, headers: dict[str, str]
) -> None:
    read = answered(pending, "Nearly an hour went into these words.")
    pending.withdraw(by=cast.member)
    pending.revise(by=cast.member, revision=1, kind="given", qualities=["hope"], body="Nobody else’s business now.")
    answer = signed_in(cast.moderator).post(address(transition, pending), read, headers=headers)
    assert answer.status_code in (404, 409)
    assert "Nobody else’s business now." not in text_of(answer)
    assert "Nearly an hour went into these words." in text_of(answer)


@each_no
@each_way
@pytest.mark.parametrize("message", ["", "  \n ", "x" * 2_001], ids=["none", "spaces", "endless"])
def test_a_no_needs_a_message(cast: Cast, transition: Transition, headers: dict[str, str], message: str) -> None:
    story = transition.story(cast)
    answer = signed_in(cast.moderator).post(address(transition, story), answered(story, message), headers=headers)
    assert (answer.status_code, state_of(story)) == (422, transition.from_state)
    assert varies(answer)
    if transition is not REMOVE:
        assert part(answer, f"story-{story.pk}-decision")
        field = part(answer, f"story-{story.pk}-{transition.action}-message")
        assert value(field) == message.strip()
        assert attribute(field, "aria-invalid") == "true"


@each_way
def test_taking_down_without_a_message_says_what_is_missing(cast: Cast, story: Story, headers: dict[str, str]) -> None:
    path = f"/harbour-team/stories/{story.pk}/remove/"
    answer = signed_in(cast.moderator).post(path, {"revision": 1, "message": ""}, headers=headers)
    assert answer.status_code == 422
    assert "Write a few words" in text_of(answer)
    assert part(answer, f"story-{story.pk}-remove-message")


@each_decision
@pytest.mark.parametrize("revision", ["", "0", "-1", "x", str(2**31), str(2**63), "9" * 40])
def test_a_revision_that_makes_no_sense_decides_nothing(cast: Cast, transition: Transition, revision: str) -> None:
    story = transition.story(cast)
    data = {"revision": revision, "message": MESSAGE}
    answer = signed_in(cast.moderator).post(address(transition, story), data, headers=HTMX)
    assert answer.status_code in (409, 422)
    assert state_of(story) == transition.from_state


@each_decision
@each_way
def test_a_moderator_is_told_that_a_colleague_decides_on_their_story(
    cast: Cast, transition: Transition, headers: dict[str, str]
) -> None:
    story = make_story(author=cast.moderator, moderator=cast.owner, state=transition.from_state)
    answer = signed_in(cast.moderator).post(address(transition, story), answered(story), headers=headers)
    assert (answer.status_code, state_of(story)) == (403, transition.from_state)
    assert "a colleague decides on it" in text_of(answer)


def test_a_draft_that_was_never_sent_cannot_be_decided_on_even_by_its_author(db: None) -> None:
    alone = make_member(team=make_team(slug="harbour-team"), role="owner")
    story = make_story(author=alone, state="draft")
    answer = signed_in(alone).post(f"/harbour-team/stories/{story.pk}/publish/", {"revision": 1})
    assert answer.status_code in (403, 404, 409)
    assert state_of(story) == State.DRAFT


@each_no
def test_the_author_reads_the_message_and_nobodys_name(cast: Cast, transition: Transition) -> None:
    story = transition.story(cast)
    signed_in(cast.moderator).post(address(transition, story), answered(story))
    entry = story.audit_log.latest("id")
    for path in ("/harbour-team/mine/", f"/harbour-team/stories/{story.pk}/"):
        letter = words(part(signed_in(cast.member).get(path), f"message-{entry.pk}"))
        assert MESSAGE in letter
        assert "Mo Moderator" not in letter


def test_a_moderator_who_lacks_the_second_factor_that_is_asked_for_is_no_colleague_who_decides(cast: Cast) -> None:
    cast.team.two_factor_required = True
    cast.team.save()
    give_second_factor(cast.owner.user)
    own = make_story(author=cast.owner, state=State.PENDING)
    assert Story.objects.get(pk=own.pk).why_not_decided_by(Membership.objects.get(pk=cast.owner.pk)) == ""
    give_second_factor(cast.moderator.user)
    refusal = Story.objects.get(pk=own.pk).why_not_decided_by(Membership.objects.get(pk=cast.owner.pk))
    assert "a colleague decides on it" in refusal
