"""What holds for every answer of a moderator: publish, return, decline, remove, restore, spam, not spam, keep."""

from datetime import timedelta

import pytest
from django.http import HttpResponseBase
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from stories.models import OutboxEvent, State, Story, StoryText
from stories.models.audit import UNDO_FOR
from tests.conftest import Cast, signed_in
from tests.factories import give_second_factor, make_member, make_story, make_team
from tests.pages import HTMX, attribute, fields, part, root_id, text_of, value, words
from tests.stories.transitions import (
    ANEW,
    CLEAR_SPAM,
    DECISIONS,
    DECLINE,
    DECLINE_RETURNED,
    KEEP_ASIDE,
    LETTER,
    MARK_SPAM,
    PUBLISH,
    REMOVE,
    RETURN,
    RETURN_DECLINED,
    Transition,
)

pytestmark = pytest.mark.once

ALL = [*DECISIONS, *ANEW, MARK_SPAM, CLEAR_SPAM, KEEP_ASIDE]
each_decision = pytest.mark.parametrize("transition", ALL, ids=str)
each_no = pytest.mark.parametrize("transition", [RETURN, DECLINE, REMOVE, RETURN_DECLINED, DECLINE_RETURNED], ids=str)
each_way = pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])
DESK = "/harbour-team/moderation/"
HOUR = "Nearly an hour went into these words."


def address(transition: Transition, story: Story) -> str:
    return f"/harbour-team/stories/{story.pk}/{transition.action}/"


def answered(story: Story, message: str = LETTER["message"], **parts: str) -> dict[str, object]:
    """`instead_of` the answer that was given before, where one was."""
    answer = story.refusal_in_effect
    before: dict[str, object] = {"instead_of": answer.pk} if answer else {}
    return {"revision": story.revision, **before, **LETTER, "message": message, **parts}


def state_of(story: Story) -> str:
    return Story.objects.get(pk=story.pk).state


def varies(response: HttpResponseBase) -> bool:
    return "HX-Request" in response.headers.get("Vary", "")


@each_decision
def test_without_javascript_it_decides_and_leads_on_to_the_next_story(cast: Cast, transition: Transition) -> None:
    story, following = transition.story(cast), make_story(author=cast.newcomer, state="pending")
    client = signed_in(cast.moderator)
    answer = client.post(address(transition, story), answered(story))
    assert (answer.status_code, answer["Location"]) == (302, f"{DESK}?story={following.pk}")
    assert varies(answer)
    assert state_of(story) == transition.to_state
    page = client.get(answer["Location"])
    assert part(page, f"story-{following.pk}-decision")
    undo = part(page, "desk-undo")
    assert f"Mia Member’s story: {story.audit_log.latest('id').past}." in words(undo)
    assert [value(field) for field in fields(undo, "entry")] == [str(story.audit_log.latest("id").pk)]


@each_decision
def test_with_htmx_it_answers_with_the_desk_and_the_next_story_open(cast: Cast, transition: Transition) -> None:
    story, following = transition.story(cast), make_story(author=cast.newcomer, state="pending")
    answer = signed_in(cast.moderator).post(address(transition, story), answered(story), headers=HTMX)
    assert (answer.status_code, root_id(answer)) == (200, "desk")
    assert varies(answer)
    assert part(answer, f"story-{following.pk}-decision")
    assert "is-open" in (attribute(part(answer, "desk"), "class") or "")
    assert f"Mia Member’s story: {story.audit_log.latest('id').past}." in words(part(answer, "desk-undo"))
    assert "<html" not in text_of(answer)
    assert state_of(story) == transition.to_state


@each_way
def test_after_the_last_one_the_desk_is_empty(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    client = signed_in(cast.moderator)
    answer = client.post(address(PUBLISH, pending), {"revision": 1}, headers=headers)
    if not headers:
        assert answer["Location"] == DESK
        answer = client.get(DESK)
    assert "Nothing needs you." in words(part(answer, "desk"))
    assert "No story is waiting for review." in words(part(answer, "desk"))
    assert part(answer, "desk-undo")


def test_the_next_one_is_the_next_in_line_and_after_the_last_the_first(cast: Cast) -> None:
    one, two, three = (make_story(author=cast.member, state="pending") for _ in range(3))
    client = signed_in(cast.moderator)
    assert client.post(address(PUBLISH, two), {"revision": 1})["Location"] == f"{DESK}?story={three.pk}"
    assert client.post(address(PUBLISH, three), {"revision": 1})["Location"] == f"{DESK}?story={one.pk}"


def test_the_next_one_is_of_what_is_being_shown(cast: Cast) -> None:
    """`cast.member` is known here, and so not among the new people."""
    make_story(author=cast.member, moderator=cast.owner)
    new, _known, newer = (
        make_story(author=author, state="pending") for author in (cast.newcomer, cast.member, cast.owner)
    )
    answer = signed_in(cast.moderator).post(address(PUBLISH, new), {"revision": 1, "show": "new"})
    assert answer["Location"] == f"{DESK}?show=new&story={newer.pk}"


@each_decision
@each_way
def test_a_second_press_is_harmless(cast: Cast, transition: Transition, headers: dict[str, str]) -> None:
    story = transition.story(cast)
    client, sent = signed_in(cast.moderator), answered(story)
    first = client.post(address(transition, story), sent, headers=headers)
    rows, events = story.audit_log.count(), OutboxEvent.objects.count()
    again = client.post(address(transition, story), sent, headers=headers)
    assert again.status_code == first.status_code < 400
    assert (story.audit_log.count(), OutboxEvent.objects.count()) == (rows, events)


@each_decision
@each_way
def test_the_slower_moderator_is_shown_who_did_what_and_keeps_their_words(
    cast: Cast, transition: Transition, headers: dict[str, str]
) -> None:
    story = transition.story(cast)
    typed = answered(story, HOUR, saw="A true thing.", next_step="Send it again.", talk_to="To Mo, at lunch.")
    transition.do(story, cast.second_moderator)
    rows = story.audit_log.count()
    answer = signed_in(cast.moderator).post(address(transition, story), typed, headers=headers)
    assert answer.status_code == 409
    shown = words(part(answer, f"story-{story.pk}-decision"))
    assert f"Sam Second {story.audit_log.latest('id').past} this" in shown
    assert "Nothing of it was changed." in shown
    assert "The author has changed the text." not in shown
    for typed_part in (HOUR, "A true thing.", "Send it again.", "To Mo, at lunch."):
        assert (typed_part in shown) is transition.with_message, typed_part
    assert (state_of(story), story.audit_log.count()) == (transition.to_state, rows)
    assert varies(answer)


@each_way
def test_what_was_undone_meanwhile_is_told_as_that(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    pending.publish(by=cast.second_moderator, revision=1)
    pending.undo(pending.audit_log.latest("pk"), by=cast.second_moderator)
    answer = signed_in(cast.moderator).post(address(REMOVE, pending), answered(pending, HOUR), headers=headers)
    assert (answer.status_code, state_of(pending)) == (409, "pending")
    shown = words(part(answer, f"story-{pending.pk}-decision"))
    assert "Sam Second undid a decision on this" in shown
    assert HOUR in shown
    assert "The author has changed the text." not in shown


@pytest.mark.parametrize("transition", [RETURN, DECLINE], ids=str)
@each_way
def test_a_text_that_changed_meanwhile_is_shown_and_not_decided_on(
    cast: Cast, pending: Story, transition: Transition, headers: dict[str, str]
) -> None:
    read = answered(pending, "About the old text.", saw="The door.", next_step="Once more.", talk_to="To Mo.")
    pending.withdraw(by=cast.member)
    pending.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "A kinder telling."))
    pending.submit(by=cast.member)
    client = signed_in(cast.moderator)
    answer = client.post(address(transition, pending), read, headers=headers)
    assert (answer.status_code, state_of(pending)) == (409, "pending")
    shown = part(answer, f"story-{pending.pk}-decision")
    assert "The author has changed the text." in words(shown)
    assert "A kinder telling." in words(shown)
    names = ("revision", "saw", "message", "next_step", "talk_to")
    again = {name: value(part(answer, f"story-{pending.pk}-{transition.action}-{name}")) for name in names}
    assert again == {**read, "revision": str(pending.revision)}
    assert attribute(part(answer, f"story-{pending.pk}-{transition.action}"), "open") is not None
    assert client.post(address(transition, pending), again, headers=headers).status_code < 400
    assert state_of(pending) == transition.to_state


@pytest.mark.parametrize("transition", [PUBLISH, MARK_SPAM], ids=str)
@each_way
def test_a_text_that_changed_meanwhile_is_not_decided_on_unread(
    cast: Cast, pending: Story, transition: Transition, headers: dict[str, str]
) -> None:
    pending.withdraw(by=cast.member)
    pending.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "A kinder telling."))
    pending.submit(by=cast.member)
    answer = signed_in(cast.moderator).post(address(transition, pending), {"revision": 1}, headers=headers)
    assert (answer.status_code, state_of(pending)) == (409, "pending")
    assert "The author has changed the text." in words(part(answer, f"story-{pending.pk}-decision"))


@pytest.mark.parametrize("transition", [RETURN, DECLINE], ids=str)
@each_way
def test_words_about_a_story_that_its_author_took_back_meanwhile_are_kept(
    cast: Cast, pending: Story, transition: Transition, headers: dict[str, str]
) -> None:
    read = answered(pending, HOUR)
    pending.withdraw(by=cast.member)
    pending.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "Nobody else’s business now."))
    answer = signed_in(cast.moderator).post(address(transition, pending), read, headers=headers)
    assert answer.status_code == 409
    assert "Nobody else’s business now." not in text_of(answer)
    assert HOUR in text_of(answer)
    assert LETTER["saw"] in text_of(answer)


@each_no
@each_way
def test_a_no_needs_what_has_to_change(cast: Cast, transition: Transition, headers: dict[str, str]) -> None:
    story = transition.story(cast)
    sent = {**answered(story), "message": ""}
    answer = signed_in(cast.moderator).post(address(transition, story), sent, headers=headers)
    assert (answer.status_code, state_of(story)) == (422, transition.from_state)
    assert varies(answer)
    assert attribute(part(answer, f"story-{story.pk}-{transition.action}"), "open") is not None
    for name in LETTER:
        field = part(answer, f"story-{story.pk}-{transition.action}-{name}")
        assert value(field) == str(sent[name]).strip(), f"{name} is kept"
        assert (attribute(field, "aria-invalid") == "true") is (name == "message"), name


@each_no
def test_a_no_needs_nothing_else(cast: Cast, transition: Transition) -> None:
    story = transition.story(cast)
    sent = {**answered(story), "saw": "", "next_step": "", "talk_to": " "}
    signed_in(cast.moderator).post(address(transition, story), sent, headers=HTMX)
    assert state_of(story) == transition.to_state
    entry = story.audit_log.latest("pk")
    assert (entry.message, entry.saw, entry.next_step, entry.talk_to) == (LETTER["message"], "", "", "")


@pytest.mark.parametrize(
    ("missing", "said"),
    [("message", "  \n "), *((part, "x" * 2_001) for part in ("saw", "message", "next_step", "talk_to"))],
)
def test_a_part_of_spaces_or_without_end_is_refused_and_kept(cast: Cast, missing: str, said: str) -> None:
    """All answers that are a no have one form."""
    story = RETURN.story(cast)
    sent = {**answered(story), missing: said}
    answer = signed_in(cast.moderator).post(address(RETURN, story), sent, headers=HTMX)
    assert (answer.status_code, state_of(story)) == (422, RETURN.from_state)
    field = part(answer, f"story-{story.pk}-return-{missing}")
    assert value(field) == said.strip(), f"{missing} is kept"
    assert attribute(field, "aria-invalid") == "true"


def test_missing_words_are_asked_for(cast: Cast, story: Story) -> None:
    path = f"/harbour-team/stories/{story.pk}/remove/"
    answer = words(text_of(signed_in(cast.moderator).post(path, {"revision": 1})))
    assert "Write what has to change" in answer


@each_decision
def test_a_revision_that_makes_no_sense_decides_nothing(cast: Cast, transition: Transition) -> None:
    story, client = transition.story(cast), signed_in(cast.moderator)
    # All read it by the same function.
    others = ("0", "-1", "x", str(2**31), str(2**63)) if transition.action == "publish" else ()
    for revision in ("", "9" * 40, *others):
        data = {**LETTER, "revision": revision}
        answer = client.post(address(transition, story), data, headers=HTMX)
        assert answer.status_code in (409, 422), revision
        assert state_of(story) == transition.from_state, revision


@each_decision
def test_a_moderator_is_told_that_a_colleague_decides_on_their_story(cast: Cast, transition: Transition) -> None:
    story = make_story(author=cast.moderator, moderator=cast.owner, state=transition.from_state)
    for headers in ({}, HTMX):
        answer = signed_in(cast.moderator).post(address(transition, story), answered(story), headers=headers)
        assert (answer.status_code, state_of(story)) == (403, transition.from_state)
        assert "a colleague decides on it" in text_of(answer)


def test_a_draft_that_was_never_sent_cannot_be_decided_on_even_by_its_author(db: None) -> None:
    alone = make_member(team=make_team(slug="harbour-team"), role="owner")
    story = make_story(author=alone, state="draft")
    answer = signed_in(alone).post(f"/harbour-team/stories/{story.pk}/publish/", {"revision": 1})
    assert answer.status_code == 404
    assert state_of(story) == State.DRAFT


@each_no
def test_the_author_reads_all_of_the_letter_and_nobodys_name(cast: Cast, transition: Transition) -> None:
    story = transition.story(cast)
    # Long enough ago that nobody can undo it: until then its author notices nothing.
    with clock.at(timezone.now() - UNDO_FOR - timedelta(seconds=1)):
        signed_in(cast.moderator).post(address(transition, story), answered(story))
    entry = story.audit_log.latest("id")
    for path in ("/harbour-team/mine/", f"/harbour-team/stories/{story.pk}/"):
        letter = words(part(signed_in(cast.member).get(path), f"message-{entry.pk}"))
        for said in LETTER.values():
            assert said in letter
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
