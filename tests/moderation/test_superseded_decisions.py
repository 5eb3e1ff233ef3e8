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

TOLD = ["return_for_change", "decline"]
ANSWERED = ["returned", "declined"]
KEYS = {"returned": {"p", "d"}, "declined": {"p", "r"}}
UNSENT = "Quokkas, which nobody has sent."
each_answer = pytest.mark.parametrize("state", ANSWERED)


def long_ago() -> datetime:
    return timezone.now() - timedelta(minutes=5)


def answered(cast: Cast, state: str, **given: Any) -> Story:
    return make_story(author=cast.member, moderator=cast.second_moderator, state=state, **given)


def answer_of(story: Story) -> int:
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
        story = answered(cast, "declined")
        story.stand_by(by=cast.member, message="It is short enough.")
        decided(story, cast.owner, "declined")
    return story


# At the desk


@each_answer
def test_the_desk_offers_the_other_answers_with_their_keys(cast: Cast, state: str) -> None:
    story = answered(cast, state)
    page = desk_of(signed_in(cast.moderator), story)
    assert keys_on(page, story) == KEYS[state]
    answers = {value(field) for field in fields(part(page, f"story-{story.pk}-decision"), "instead_of")}
    assert answers == {str(answer_of(story))}


@each_answer
def test_what_the_desk_offers_can_be_pressed(cast: Cast, state: str) -> None:
    story, client = answered(cast, state), signed_in(cast.moderator)
    publish = next(
        one
        for one in elements(text_of(desk_of(client, story)))
        if (attribute(one, "action") or "").endswith("/publish/")
    )
    sent = {name: value(fields(publish, name)[0]) for name in ("revision", "instead_of", "show")}
    assert client.post(attribute(publish, "action") or "", sent).status_code == 302
    assert now_of(story).is_published


def test_whoever_was_slower_may_answer_otherwise_with_the_words_they_have(cast: Cast, pending: Story) -> None:
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


def test_words_that_fit_no_answer_any_more_are_shown(cast: Cast, pending: Story) -> None:
    pending.return_for_change(by=cast.second_moderator, revision=1, message="Please say what happened.")
    address = f"/harbour-team/stories/{pending.pk}/return/"
    answer = signed_in(cast.moderator).post(address, {"revision": 1, **LETTER}, headers=HTMX)
    shown = words(part(answer, f"story-{pending.pk}-decision"))
    assert "Your message was not sent." in shown
    assert LETTER["message"] in shown


def test_of_a_change_that_was_accepted_meanwhile_nothing_is_left_to_do(cast: Cast, story: Story) -> None:
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
def test_a_letter_from_before_the_sign_in_is_in_its_form(
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
def test_whoever_does_not_know_of_an_answer_does_not_replace_it(cast: Cast, state: str, method: str) -> None:
    """A return leaves the revision as it is: it takes more than that to tell who has read it."""
    story = answered(cast, state)
    letter = {"message": "No."} if method in TOLD else {}
    with pytest.raises(Overtaken):
        getattr(story, method)(by=cast.moderator, revision=1, **letter)
    assert now_of(story).state == state


def test_another_answer_than_the_one_that_was_read_is_not_replaced(cast: Cast) -> None:
    story = answered(cast, "returned")
    read = answer_of(story)
    story.submit(by=cast.member)
    for state in ("pending", "returned"):
        if state == "returned":
            decided(story, cast.owner, "returned")
        with pytest.raises(Overtaken) as overtaken:
            story.publish(by=cast.moderator, revision=1, supersedes=read)
        assert overtaken.value.story.state == now_of(story).state == state


def test_an_answer_to_what_was_sent_again_meanwhile_says_so_and_keeps_the_words(cast: Cast) -> None:
    story = answered(cast, "returned")
    sent = {"revision": 1, "instead_of": answer_of(story), **LETTER}
    story.submit(by=cast.member)
    answer = signed_in(cast.moderator).post(f"/harbour-team/stories/{story.pk}/decline/", sent, headers=HTMX)
    assert (answer.status_code, now_of(story).state) == (409, "pending")
    shown = words(part(answer, f"story-{story.pk}-decision"))
    assert "Mia Member submitted this" in shown
    assert "The author has changed the text." not in shown
    assert value(part(answer, f"story-{story.pk}-decline-message")) == LETTER["message"]


# What its author is writing


@pytest.mark.parametrize("method", ["publish", "decline"])
@pytest.mark.parametrize("revision", [1, 2])
def test_what_its_author_has_not_sent_is_not_decided_on(cast: Cast, method: str, revision: int) -> None:
    story = answered(cast, "returned")
    answer = answer_of(story)
    rewritten(cast, story)
    letter = {"message": "No."} if method == "decline" else {}
    with pytest.raises(Overtaken):
        getattr(story, method)(by=cast.moderator, revision=revision, supersedes=answer, **letter)
    assert (now_of(story).state, now_of(story).body) == ("returned", UNSENT)


@pytest.mark.parametrize("of_an_edit", [False, True], ids=["story", "edit"])
def test_what_its_author_has_not_sent_is_nowhere_at_the_desk(cast: Cast, of_an_edit: bool) -> None:
    with clock.at(long_ago()):
        if of_an_edit:
            story = make_edit(make_story(author=cast.member, moderator=cast.moderator), author=cast.member)
            decided(story, cast.second_moderator, "returned")
        else:
            story = answered(cast, "returned")
    sent = {"revision": 1, "instead_of": answer_of(story), **LETTER, "message": "An hour went into these words."}
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
        assert before in words(part(page, f"story-{story.pk}-paper"))
        assert "Its author is changing it." in words(part(page, f"story-{story.pk}-decision"))
        assert keys_on(page, story) == set()
    assert pages[3].status_code == 409
    assert "An hour went into these words." in text_of(pages[3])
    assert "Its author is changing it." in text_of(pages[3])


# Who may


def test_the_last_word_is_not_that_of_the_first_moderator(cast: Cast) -> None:
    story = stood_by_and_answered(cast)
    answer = answer_of(story)
    with pytest.raises(Refused, match="last word"):
        story.publish(by=cast.second_moderator, revision=1, supersedes=answer)
    page = desk_of(signed_in(cast.second_moderator), story)
    assert "last word" in words(part(page, f"story-{story.pk}-decision"))
    assert keys_on(page, story) == set()
    assert story.publish(by=cast.owner, revision=1, supersedes=answer)


def test_whoever_the_first_moderator_has_no_colleague_but_goes_on(cast: Cast) -> None:
    story = stood_by_and_answered(cast)
    Membership.objects.filter(pk__in=[cast.owner.pk, cast.moderator.pk]).update(role="member")
    assert story.publish(by=cast.second_moderator, revision=1, supersedes=answer_of(story))


def test_the_first_moderator_goes_on_where_no_colleague_can(cast: Cast) -> None:
    story = stood_by_and_answered(cast)
    User.objects.filter(pk__in=[cast.owner.user_id, cast.moderator.user_id]).update(is_active=False)
    assert story.publish(by=cast.second_moderator, revision=1, supersedes=answer_of(story))


@each_answer
def test_what_an_author_who_has_left_wrote_does_not_come_to_hang(cast: Cast, state: str) -> None:
    story = answered(cast, state)
    Membership.objects.filter(pk=cast.member.pk).delete()
    with pytest.raises(Refused, match="not in the team any more"):
        story.publish(by=cast.moderator, revision=1, supersedes=answer_of(story))
    page = desk_of(signed_in(cast.moderator), story)
    assert "not in the team any more" in words(part(page, f"story-{story.pk}-decision"))
    assert keys_on(page, story) == KEYS[state] - {"p", "r"}


# Its author


def test_what_was_declined_and_hangs_now_simply_hangs(cast: Cast) -> None:
    story = answered(cast, "declined")
    story.publish(by=cast.moderator, revision=1, supersedes=answer_of(story))
    client = signed_in(cast.member)
    mine = words(part(client.get("/harbour-team/mine/"), f"story-{story.pk}-mine"))
    assert "On the wall" in mine
    assert "Stand by it" not in mine
    assert "This is not ours to tell." in mine, "the conversation is kept"
    page = text_of(client.get(f"/harbour-team/stories/{story.pk}/"))
    assert "Change the text" in page
    assert "Stand by it" not in page
    assert "Held the door" in text_of(signed_in(cast.newcomer).get("/harbour-team/"))


def test_two_letters_within_ten_seconds_reach_their_author_one_after_the_other(cast: Cast, pending: Story) -> None:
    now = timezone.now()
    with clock.at(now):
        pending.return_for_change(by=cast.second_moderator, revision=1, message="Say more.")
    with clock.at(now + timedelta(seconds=5)):
        pending.decline(by=cast.moderator, revision=1, supersedes=answer_of(pending), message="Rather not.")

    def seen(seconds: int) -> tuple[str, list[str]]:
        with clock.at(now + timedelta(seconds=seconds)):
            [told] = author_views([now_of(pending)])
            assert now_of(pending).as_author_sees_it().state == told.story.state
            return told.story.state, [entry.message for entry in told.messages]

    assert seen(7) == ("pending", [])
    assert seen(12) == ("returned", ["Say more."])
    assert seen(15) == ("declined", ["Say more.", "Rather not."])
    with clock.at(now + timedelta(seconds=8)):
        assert pending.undo(pending.audit_log.latest("pk"), by=cast.moderator)
    assert seen(8) == ("pending", [])
    assert seen(10) == ("returned", ["Say more."])


def test_what_is_declined_after_all_can_be_stood_by(cast: Cast) -> None:
    story = answered(cast, "returned")
    with clock.at(timezone.now() - UNDO_FOR - timedelta(seconds=1)):
        story.decline(by=cast.moderator, revision=1, supersedes=answer_of(story), message="Rather not.")
    assert story.stand_by(by=cast.member, message="Please look again.")
    assert "answered this one before" in story.why_not_decided_by(cast.moderator)


# The newest answer counts


def test_two_declines_count_no_more_where_one_has_another_answer(cast: Cast) -> None:
    story, _other = answered(cast, "declined"), answered(cast, "declined")
    cast.team.change(by=cast.owner, policy="after")

    def review() -> str | None:
        return review_of(Membership.objects.select_related("team", "user").get(pk=cast.member.pk))

    assert review() == "declined"
    with clock.at(timezone.now() - UNDO_FOR - timedelta(seconds=1)):
        story.publish(by=cast.moderator, revision=1, supersedes=answer_of(story))
    assert review() is None


def test_who_was_declined_and_hangs_now_is_new_no_more(cast: Cast) -> None:
    cast.team.change(by=cast.owner, policy="newcomers")
    story = answered(cast, "declined")
    theirs = Story.objects.written_by(cast.member)
    before = theirs.let_in()
    story.publish(by=cast.moderator, revision=1, supersedes=answer_of(story))
    assert theirs.let_in() == before + 1


def test_the_line_on_its_author_counts_what_hangs_after_all(cast: Cast, pending: Story) -> None:
    story = answered(cast, "declined")
    story.publish(by=cast.moderator, revision=1, supersedes=answer_of(story))
    shown = words(part(desk_of(signed_in(cast.moderator), pending), f"story-{pending.pk}-decision"))
    assert "1 published, 1 declined." in shown


# New texts of a story on the wall


def answered_edit(cast: Cast, story: Story, state: str) -> Story:
    with clock.at(long_ago()):
        edit = make_edit(story, author=cast.member, body="The kinder telling.")
        decided(edit, cast.second_moderator, state)
    return edit


@each_answer
def test_a_change_may_be_taken_over_after_all_and_that_be_undone(cast: Cast, story: Story, state: str) -> None:
    edit = answered_edit(cast, story, state)
    edit.publish(by=cast.moderator, revision=1, supersedes=answer_of(edit))
    assert (edit.state, now_of(story).body) == (State.ACCEPTED, "The kinder telling.")
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    assert (now_of(edit).state, now_of(story).body) == (state, story.body)
    assert edit.publish(by=cast.moderator, revision=1, supersedes=answer_of(edit)), "nothing has changed since"


def another_is_open(cast: Cast, story: Story) -> None:
    text: dict[str, Any] = {"kind": "given", "qualities": ["hope"], "body": "Kinder still."}
    assert Story.begin(by=cast.member, editor=uuid.uuid4(), edit_of=story, text=StoryText(**text))[1]


def it_was_taken_down(cast: Cast, story: Story) -> None:
    story.remove(by=cast.owner, revision=1, message="Taken down.")


def it_has_another_text(cast: Cast, story: Story) -> None:
    make_edit(story, author=cast.member, moderator=cast.owner, body="Kinder still.")


@pytest.mark.parametrize("happened", [another_is_open, it_was_taken_down, it_has_another_text])
def test_a_change_that_its_story_has_left_behind_is_not_taken_over(cast: Cast, story: Story, happened: Any) -> None:
    edit = answered_edit(cast, story, "declined")
    happened(cast, story)
    body = now_of(story).body
    for method, letter in (("publish", {}), ("return_for_change", {"message": "Say more."})):
        with pytest.raises(Refused):
            getattr(edit, method)(by=cast.moderator, revision=1, supersedes=answer_of(edit), **letter)
    assert (now_of(edit).state, now_of(story).body) == ("declined", body)
    page = desk_of(signed_in(cast.moderator), edit)
    assert keys_on(page, edit) == set()
    assert now_of(edit).why_not_reopened() in words(part(page, f"story-{edit.pk}-decision"))


def test_a_change_that_waits_with_its_author_may_be_declined_where_its_story_was_taken_down(
    cast: Cast, story: Story
) -> None:
    edit = answered_edit(cast, story, "returned")
    it_was_taken_down(cast, story)
    with pytest.raises(Refused, match="hang any more"):
        edit.publish(by=cast.moderator, revision=1, supersedes=answer_of(edit))
    assert keys_on(desk_of(signed_in(cast.moderator), edit), edit) == {"d"}
    assert edit.decline(by=cast.moderator, revision=1, supersedes=answer_of(edit), message="Rather not.")


def test_each_new_answer_is_in_the_log(cast: Cast) -> None:
    story = answered(cast, "returned")
    story.decline(by=cast.moderator, revision=1, supersedes=answer_of(story), message="Rather not.")
    story.return_for_change(by=cast.owner, revision=1, supersedes=answer_of(story), message="Say more.")
    story.publish(by=cast.moderator, revision=1, supersedes=answer_of(story))
    said = [(entry.action, entry.from_state, entry.to_state) for entry in story.audit_log.oldest_first()][-3:]
    assert said == [
        (Action.DECLINE, "returned", "declined"),
        (Action.RETURN, "declined", "returned"),
        (Action.PUBLISH, "returned", "published"),
    ]
