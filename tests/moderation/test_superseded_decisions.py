"""An answer is not for ever: what was returned or declined may be given another one, long after its undo."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, User
from kindwall import clock
from stories.author_view import author_views
from stories.models import Action, Overtaken, Refused, State, Story, StoryText
from stories.models.audit import UNDO_FOR
from stories.models.review import review_of
from tests.conftest import Cast, signed_in
from tests.factories import decided, make_edit, make_story
from tests.pages import HTMX, attribute, elements, fields, part, text_of, value, words
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once

TOLD = ["return_for_change", "decline"]
ANSWERED = ["returned", "declined"]
KEYS = {"returned": {"p", "d"}, "declined": {"p", "r"}}
UNSENT = "Quokkas, which nobody has sent."
each_answer = pytest.mark.parametrize("state", ANSWERED)


def long_ago() -> datetime:
    return timezone.now() - timedelta(minutes=5)


def with_decision(cast: Cast, state: str, **given: Any) -> Story:
    return make_story(author=cast.member, moderator=cast.second_moderator, state=state, **given)


def refusal_pk(story: Story) -> int:
    assert story.refusal_in_effect is not None
    return story.refusal_in_effect.pk


def rewritten(cast: Cast, story: Story) -> Story:
    """Its author has begun to change it, and has not sent it again."""
    story.revise(by=cast.member, revision=story.revision, text=StoryText("received", ["peace"], UNSENT))
    return story


def now_of(story: Story) -> Story:
    return Story.objects.get(pk=story.pk)


def desk_of(client: Client, story: Story) -> Any:
    return client.get(f"/harbour-team/moderation/?story={story.pk}")


def keys_on(page: Any, story: Story) -> set[str]:
    shown = str(part(page, f"story-{story.pk}-decision"))
    return {key for one in elements(shown) if (key := attribute(one, "data-key"))}


def stood_by_and_answered(cast: Cast) -> Story:
    """The second moderator declined it, its author stood by it, and the owner declined it once more."""
    with clock.at(long_ago()):
        story = with_decision(cast, "declined")
        story.stand_by(by=cast.member, message="It is short enough.")
        decided(story, cast.owner, "declined")
    return story


# At the desk


@each_answer
def test_desk_offers_the_other_decisions_with_their_keys(cast: Cast, state: str) -> None:
    story = with_decision(cast, state)
    page = desk_of(signed_in(cast.moderator), story)
    assert keys_on(page, story) == KEYS[state]
    answers = {value(field) for field in fields(part(page, f"story-{story.pk}-decision"), "instead_of")}
    assert answers == {str(refusal_pk(story))}


@each_answer
def test_every_decision_that_the_desk_offers_works(cast: Cast, state: str) -> None:
    story, client = with_decision(cast, state), signed_in(cast.moderator)
    publish = next(
        one
        for one in elements(text_of(desk_of(client, story)))
        if (attribute(one, "action") or "").endswith("/publish/")
    )
    sent = {name: value(fields(publish, name)[0]) for name in ("revision", "instead_of")}
    assert client.post(attribute(publish, "action") or "", sent).status_code == 302
    assert now_of(story).is_published


def test_slower_moderator_can_supersede_with_their_own_letter(cast: Cast, pending: Story) -> None:
    pending.return_for_change(by=cast.second_moderator, revision=1, message="Please say what happened.")
    client, address = signed_in(cast.moderator), f"/harbour-team/stories/{pending.pk}/decline/"
    answer = client.post(address, {"revision": 1, **LETTER}, headers=HTMX)
    assert (answer.status_code, now_of(pending).state) == (409, "returned")
    shown = part(answer, f"story-{pending.pk}-decision")
    assert "Sam Second returned this" in words(shown)
    assert "Your message was not sent." not in words(shown), "it is in its form"
    assert keys_on(answer, pending) == KEYS["returned"]
    form = part(answer, f"story-{pending.pk}-decline-form")
    names = ("revision", "instead_of", *LETTER)
    sent = {name: value(fields(form, name)[0]) for name in names}
    assert sent["message"] == LETTER["message"]
    assert client.post(address, sent, headers=HTMX).status_code == 200
    assert now_of(pending).state == "declined"


def test_letter_without_a_possible_decision_is_shown(cast: Cast, pending: Story) -> None:
    pending.return_for_change(by=cast.second_moderator, revision=1, message="Please say what happened.")
    address = f"/harbour-team/stories/{pending.pk}/return/"
    answer = signed_in(cast.moderator).post(address, {"revision": 1, **LETTER}, headers=HTMX)
    shown = words(part(answer, f"story-{pending.pk}-decision"))
    assert "Your message was not sent." in shown
    assert LETTER["message"] in shown


def test_edit_accepted_meanwhile_offers_no_decision(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    edit.publish(by=cast.second_moderator, revision=1)
    address = f"/harbour-team/stories/{edit.pk}/decline/"
    answer = signed_in(cast.moderator).post(address, {"revision": 1, **LETTER}, headers=HTMX)
    shown = part(answer, f"story-{edit.pk}-decision")
    assert "Sam Second published this" in words(shown)
    assert "What can be done with it now" not in words(shown)
    assert LETTER["message"] in words(shown)
    assert story.get_absolute_url() in {attribute(one, "href") for one in elements(str(shown))}


@pytest.mark.parametrize(("state", "answer"), [("returned", "decline"), ("declined", "return")])
def test_letter_is_restored_to_its_form_after_sign_in(
    client: Client, cast: Cast, pending: Story, state: str, answer: str
) -> None:
    fields_sent = {**LETTER, "revision": pending.revision, "writer": str(cast.moderator.user_id)}
    client.post(f"/harbour-team/stories/{pending.pk}/{answer}/", fields_sent)
    decided(pending, cast.second_moderator, state)
    client.force_login(cast.moderator.user)
    page = client.get("/harbour-team/moderation/", follow=True)
    assert value(part(page, f"story-{pending.pk}-{answer}-message")) == LETTER["message"]


# Compare and set


@each_answer
@pytest.mark.parametrize("method", ["publish", *TOLD])
def test_decision_that_was_not_read_is_not_superseded(cast: Cast, state: str, method: str) -> None:
    """A return leaves the revision as it is: it takes more than that to tell who has read it."""
    story = with_decision(cast, state)
    letter = {"message": "No."} if method in TOLD else {}
    with pytest.raises(Overtaken):
        getattr(story, method)(by=cast.moderator, revision=1, **letter)
    assert now_of(story).state == state


def test_only_the_decision_that_was_read_is_superseded(cast: Cast) -> None:
    story = with_decision(cast, "returned")
    read = refusal_pk(story)
    story.submit(by=cast.member)
    for state in ("pending", "returned"):
        if state == "returned":
            decided(story, cast.owner, "returned")
        with pytest.raises(Overtaken) as overtaken:
            story.publish(by=cast.moderator, revision=1, supersedes=read)
        assert overtaken.value.story.state == now_of(story).state == state


def test_decision_on_a_resubmitted_story_is_refused_and_the_text_returned(cast: Cast) -> None:
    story = with_decision(cast, "returned")
    sent = {"revision": 1, "instead_of": refusal_pk(story), **LETTER}
    story.submit(by=cast.member)
    answer = signed_in(cast.moderator).post(f"/harbour-team/stories/{story.pk}/decline/", sent, headers=HTMX)
    assert (answer.status_code, now_of(story).state) == (409, "pending")
    shown = words(part(answer, f"story-{story.pk}-decision"))
    assert "Mia Member submitted this" in shown
    assert "The author has changed the text." not in shown
    assert value(part(answer, f"story-{story.pk}-decline-message")) == LETTER["message"]


# Unsent texts


@pytest.mark.parametrize("method", ["publish", "decline"])
@pytest.mark.parametrize("revision", [1, 2])
def test_unsent_text_is_not_decided_on(cast: Cast, method: str, revision: int) -> None:
    story = with_decision(cast, "returned")
    answer = refusal_pk(story)
    rewritten(cast, story)
    letter = {"message": "No."} if method == "decline" else {}
    with pytest.raises(Overtaken):
        getattr(story, method)(by=cast.moderator, revision=revision, supersedes=answer, **letter)
    assert (now_of(story).state, now_of(story).body) == ("returned", UNSENT)


@pytest.mark.parametrize("of_an_edit", [False, True], ids=["story", "edit"])
def test_unsent_text_is_not_at_the_desk(cast: Cast, of_an_edit: bool) -> None:
    with clock.at(long_ago()):
        if of_an_edit:
            story = make_edit(make_story(author=cast.member, moderator=cast.moderator), author=cast.member)
            decided(story, cast.second_moderator, "returned")
        else:
            story = with_decision(cast, "returned")
    sent = {"revision": 1, "instead_of": refusal_pk(story), **LETTER, "message": "An hour went into these words."}
    before = story.body
    rewritten(cast, story)
    client, here = signed_in(cast.moderator), f"/harbour-team/stories/{story.pk}/"
    pages = [
        desk_of(client, story),
        client.get(here, follow=True),
        client.get(f"/harbour-team/moderation/news/?shown={story.pk}"),
        client.post(f"{here}decline/", sent),
        client.post(f"{here}decline/", {**sent, "message": ""}),
        client.post(f"{here}publish/", sent, headers=HTMX),
        client.post(f"{here}letter/", sent),
    ]
    for page in pages:
        assert UNSENT.split(",")[0] not in text_of(page), page.request["PATH_INFO"]
    for page in pages[:2]:
        assert before in words(part(page, f"story-{story.pk}-decision"))
        assert "Its author is changing it." in words(part(page, f"story-{story.pk}-decision"))
        assert keys_on(page, story) == set()
    assert pages[3].status_code == 409
    assert "An hour went into these words." in text_of(pages[3])
    assert "Its author is changing it." in text_of(pages[3])


# Rights


def test_first_moderator_cannot_give_the_second_opinion(cast: Cast) -> None:
    story = stood_by_and_answered(cast)
    answer = refusal_pk(story)
    with pytest.raises(Refused, match="second decision is final"):
        story.publish(by=cast.second_moderator, revision=1, supersedes=answer)
    page = desk_of(signed_in(cast.second_moderator), story)
    assert "second decision is final" in words(part(page, f"story-{story.pk}-decision"))
    assert keys_on(page, story) == set()
    assert story.publish(by=cast.owner, revision=1, supersedes=answer)


def test_first_moderator_without_colleagues_can_supersede(cast: Cast) -> None:
    story = stood_by_and_answered(cast)
    Membership.objects.filter(pk__in=[cast.owner.pk, cast.moderator.pk]).update(role="member")
    assert story.publish(by=cast.second_moderator, revision=1, supersedes=refusal_pk(story))


def test_first_moderator_decides_where_no_colleague_can(cast: Cast) -> None:
    story = stood_by_and_answered(cast)
    User.objects.filter(pk__in=[cast.owner.user_id, cast.moderator.user_id]).update(is_active=False)
    assert story.publish(by=cast.second_moderator, revision=1, supersedes=refusal_pk(story))


@each_answer
def test_story_of_an_author_who_left_cannot_be_published(cast: Cast, state: str) -> None:
    story = with_decision(cast, state)
    Membership.objects.filter(pk=cast.member.pk).delete()
    with pytest.raises(Refused, match="not in the team any more"):
        story.publish(by=cast.moderator, revision=1, supersedes=refusal_pk(story))
    page = desk_of(signed_in(cast.moderator), story)
    assert "not in the team any more" in words(part(page, f"story-{story.pk}-decision"))
    assert keys_on(page, story) == KEYS[state] - {"p", "r"}


# Its author


def test_declined_story_that_is_published_later_looks_published(cast: Cast) -> None:
    story = with_decision(cast, "declined")
    story.publish(by=cast.moderator, revision=1, supersedes=refusal_pk(story))
    client = signed_in(cast.member)
    mine = words(part(client.get("/harbour-team/mine/"), f"story-{story.pk}-mine"))
    assert "Published" in mine
    assert "Ask for a second opinion" not in mine
    assert "This is not ours to tell." in mine, "the conversation is kept"
    page = text_of(client.get(f"/harbour-team/stories/{story.pk}/"))
    assert "Change the text" in page
    assert "Ask for a second opinion" not in page
    assert "Held the door" in text_of(signed_in(cast.newcomer).get("/harbour-team/"))


def test_author_gets_letters_within_ten_seconds_in_order(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        pending.return_for_change(by=cast.second_moderator, revision=1, message="Say more.")
    with clock.at(now + timedelta(seconds=5)):
        pending.decline(by=cast.moderator, revision=1, supersedes=refusal_pk(pending), message="Rather not.")

    def seen(seconds: int) -> tuple[str, list[str]]:
        with clock.at(now + timedelta(seconds=seconds)):
            [told] = author_views([now_of(pending)])
            assert now_of(pending).state_for_author() == told.story.state
            return told.story.state, [entry.message for entry in told.messages]

    assert seen(7) == ("pending", [])
    assert seen(12) == ("returned", ["Say more."])
    assert seen(15) == ("declined", ["Say more.", "Rather not."])
    with clock.at(now + timedelta(seconds=8)):
        assert pending.undo(pending.audit_log.latest("pk"), by=cast.moderator)
    assert seen(8) == ("pending", [])
    assert seen(10) == ("returned", ["Say more."])


def test_superseding_decline_can_be_stood_by(cast: Cast) -> None:
    story = with_decision(cast, "returned")
    with clock.at(timezone.now() - UNDO_FOR - timedelta(seconds=1)):
        story.decline(by=cast.moderator, revision=1, supersedes=refusal_pk(story), message="Rather not.")
    assert story.stand_by(by=cast.member, message="Please look again.")
    assert "decided on this story before" in story.why_not_decided_by(cast.moderator)


# The newest answer counts


def test_superseded_decline_does_not_count_for_review(cast: Cast) -> None:
    story, _other = with_decision(cast, "declined"), with_decision(cast, "declined")
    cast.team.change(by=cast.owner, policy="after")

    def review() -> str | None:
        return review_of(Membership.objects.select_related("team", "user").get(pk=cast.member.pk))

    assert review() == "declined"
    with clock.at(timezone.now() - UNDO_FOR - timedelta(seconds=1)):
        story.publish(by=cast.moderator, revision=1, supersedes=refusal_pk(story))
    assert review() is None


def test_author_published_after_a_decline_is_not_new(cast: Cast) -> None:
    cast.team.change(by=cast.owner, policy="newcomers")
    story = with_decision(cast, "declined")
    theirs = Story.objects.written_by(cast.member)
    before = theirs.let_in()
    story.publish(by=cast.moderator, revision=1, supersedes=refusal_pk(story))
    assert theirs.let_in() == before + 1


def test_history_of_an_author_counts_stories_published_later(cast: Cast, pending: Story) -> None:
    story = with_decision(cast, "declined")
    story.publish(by=cast.moderator, revision=1, supersedes=refusal_pk(story))
    shown = words(part(desk_of(signed_in(cast.moderator), pending), f"story-{pending.pk}-decision"))
    assert "1 published, 1 declined." in shown


# New texts of a story on the wall


def answered_edit(cast: Cast, story: Story, state: str) -> Story:
    with clock.at(long_ago()):
        edit = make_edit(story, author=cast.member, body="The kinder telling.")
        decided(edit, cast.second_moderator, state)
    return edit


@each_answer
def test_declined_edit_can_be_accepted_later_and_undone(cast: Cast, story: Story, state: str) -> None:
    edit = answered_edit(cast, story, state)
    edit.publish(by=cast.moderator, revision=1, supersedes=refusal_pk(edit))
    assert (edit.state, now_of(story).body) == (State.ACCEPTED, "The kinder telling.")
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    assert (now_of(edit).state, now_of(story).body) == (state, story.body)
    assert edit.publish(by=cast.moderator, revision=1, supersedes=refusal_pk(edit)), "nothing has changed since"


def another_is_open(cast: Cast, story: Story) -> None:
    text: dict[str, Any] = {"kind": "given", "qualities": ["hope"], "body": "Kinder still."}
    assert Story.begin(by=cast.member, editor=uuid.uuid4(), edit_of=story, text=StoryText(**text))[1]


def it_was_taken_down(cast: Cast, story: Story) -> None:
    story.remove(by=cast.owner, revision=1, message="Taken down.")


def it_has_another_text(cast: Cast, story: Story) -> None:
    make_edit(story, author=cast.member, moderator=cast.owner, body="Kinder still.")


@pytest.mark.parametrize("happened", [another_is_open, it_was_taken_down, it_has_another_text])
def test_outdated_edit_is_not_accepted(cast: Cast, story: Story, happened: Any) -> None:
    edit = answered_edit(cast, story, "declined")
    happened(cast, story)
    body = now_of(story).body
    for method, letter in (("publish", {}), ("return_for_change", {"message": "Say more."})):
        with pytest.raises(Refused):
            getattr(edit, method)(by=cast.moderator, revision=1, supersedes=refusal_pk(edit), **letter)
    assert (now_of(edit).state, now_of(story).body) == ("declined", body)
    page = desk_of(signed_in(cast.moderator), edit)
    assert keys_on(page, edit) == set()
    assert now_of(edit).why_not_reopened() in words(part(page, f"story-{edit.pk}-decision"))


def test_returned_edit_of_a_removed_story_can_be_declined(cast: Cast, story: Story) -> None:
    edit = answered_edit(cast, story, "returned")
    it_was_taken_down(cast, story)
    with pytest.raises(Refused, match="no longer on the wall"):
        edit.publish(by=cast.moderator, revision=1, supersedes=refusal_pk(edit))
    assert keys_on(desk_of(signed_in(cast.moderator), edit), edit) == {"d"}
    assert edit.decline(by=cast.moderator, revision=1, supersedes=refusal_pk(edit), message="Rather not.")


def test_each_superseding_decision_is_in_the_log(cast: Cast) -> None:
    story = with_decision(cast, "returned")
    story.decline(by=cast.moderator, revision=1, supersedes=refusal_pk(story), message="Rather not.")
    story.return_for_change(by=cast.owner, revision=1, supersedes=refusal_pk(story), message="Say more.")
    story.publish(by=cast.moderator, revision=1, supersedes=refusal_pk(story))
    said = [(entry.action, entry.from_state, entry.to_state) for entry in story.audit_log.oldest_first()][-3:]
    assert said == [
        (Action.DECLINE, "returned", "declined"),
        (Action.RETURN, "declined", "returned"),
        (Action.PUBLISH, "returned", "published"),
    ]
