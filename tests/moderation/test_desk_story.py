"""Other actions at the desk: fix a typo, claim a story, and preview a letter."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Reason
from accounts.models.reason import ReasonLetter
from kindwall import clock
from moderation.hints import hints
from stories.models import AuditEntry, Claim, Letter, Report, Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import HTMX, attribute, ids, part, root_id, text_of, value, words
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once

DESK = "/harbour-team/moderation/"
each_way = pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])


def address(story: Story, action: str) -> str:
    return f"/harbour-team/stories/{story.pk}/{action}/"


def state_of(story: Story) -> str:
    return Story.objects.get(pk=story.pk).state


# Edit and accept


@each_way
def test_fix_publishes_the_corrected_text_and_logs_both(cast: Cast, headers: dict[str, str]) -> None:
    story = make_story(author=cast.member, state="pending", body="Held teh door.")
    answer = signed_in(cast.moderator).post(
        address(story, "fix"), {"revision": 1, "body": "Held the door."}, headers=headers
    )
    assert answer.status_code == (200 if headers else 302)
    story.refresh_from_db()
    assert (story.state, story.body, story.revision) == ("published", "Held the door.", 2)
    log = [(entry.action, entry.body) for entry in story.audit_log.order_by("pk")]
    assert log == [("submit", "Held teh door."), ("fix", "Held the door."), ("publish", "Held the door.")]
    rows = story.audit_log.count()
    signed_in(cast.moderator).post(address(story, "fix"), {"revision": 1, "body": "Held the door."}, headers=headers)
    assert story.audit_log.count() == rows, "pressed twice, it is done once"


def test_undoing_it_gives_the_authors_own_text_back(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", body="Held teh door.")
    client = signed_in(cast.moderator)
    client.post(address(story, "fix"), {"revision": 1, "body": "Held the door."})
    client.post(f"{DESK}undo/", {"entry": story.audit_log.latest("pk").pk})
    story.refresh_from_db()
    assert (story.state, story.body) == ("pending", "Held teh door.")


@each_way
@pytest.mark.parametrize("body", ["", "  \n ", "x" * 1_001, "x" * 10_001], ids=["none", "spaces", "long", "endless"])
def test_invalid_fix_is_returned_as_typed(cast: Cast, pending: Story, headers: dict[str, str], body: str) -> None:
    answer = signed_in(cast.moderator).post(address(pending, "fix"), {"revision": 1, "body": body}, headers=headers)
    assert (answer.status_code, state_of(pending)) == (422, "pending")
    assert value(part(answer, f"story-{pending.pk}-fix-body")) == body.strip()
    assert attribute(part(answer, f"story-{pending.pk}-fix"), "open") is not None
    assert Story.objects.get(pk=pending.pk).body == "Held the door, and my tongue."


@each_way
def test_fix_after_a_colleagues_decision_is_returned(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    pending.decline(by=cast.second_moderator, revision=1, **LETTER)
    data = {"revision": 1, "body": "Held the door, and my breath."}
    answer = signed_in(cast.moderator).post(address(pending, "fix"), data, headers=headers)
    assert (answer.status_code, state_of(pending)) == (409, "declined")
    shown = words(part(answer, f"story-{pending.pk}-decision"))
    assert "Sam Second declined this" in shown
    assert "Held the door, and my breath." in shown


@each_way
def test_fix_of_a_changed_text_is_returned(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    pending.withdraw(by=cast.member)
    pending.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "A kinder telling."))
    pending.submit(by=cast.member)
    data = {"revision": 1, "body": "Held the door, and my breath."}
    answer = signed_in(cast.moderator).post(address(pending, "fix"), data, headers=headers)
    assert (answer.status_code, Story.objects.get(pk=pending.pk).body) == (409, "A kinder telling.")
    assert "The author has changed the text." in words(part(answer, f"story-{pending.pk}-decision"))
    assert value(part(answer, f"story-{pending.pk}-fix-body")) == "Held the door, and my breath."


# Spam, and reports


def test_spam_can_be_put_back(cast: Cast, pending: Story) -> None:
    client = signed_in(cast.moderator)
    client.post(address(pending, "spam"), {"revision": 1})
    assert state_of(pending) == "spam"
    page = client.get(f"{DESK}?show=spam&story={pending.pk}")
    shown = words(part(page, f"story-{pending.pk}-decision"))
    assert "Not spam: put it back" in shown
    assert "was told nothing" in shown
    client.post(address(pending, "not-spam"), {"revision": 1, "show": "spam"})
    assert state_of(pending) == "pending"


def test_spam_of_long_ago_stays_where_it_is(cast: Cast, pending: Story) -> None:
    with clock.at(timezone.now() - timedelta(days=30, minutes=1)):
        pending.mark_spam(by=cast.moderator, revision=1)
    answer = signed_in(cast.moderator).post(address(pending, "not-spam"), {"revision": 1})
    assert (answer.status_code, state_of(pending)) == (403, "spam")
    assert "more than thirty days ago" in text_of(answer)


@pytest.mark.parametrize("answer", ["keep", "remove"])
def test_decision_on_a_story_closes_its_reports(cast: Cast, story: Story, answer: str) -> None:
    report, _new = Report.make(story, by=cast.newcomer, reason="hurts")
    page = signed_in(cast.moderator).get(f"{DESK}?show=reported&story={story.pk}")
    shown = words(part(page, f"story-{story.pk}-decision"))
    assert "Leave it on the wall" in shown
    assert "Remove with this message" in shown
    signed_in(cast.moderator).post(address(story, answer), {"revision": 1, "show": "reported", **LETTER})
    report.refresh_from_db()
    assert report.decision
    assert report.decision.action == answer
    assert report.outcome == "", "while it can still be undone, its reporter is told nothing"
    with clock.at(timezone.now() + timedelta(seconds=11)):
        assert report.outcome == {"keep": "kept", "remove": "removed"}[answer]
    signed_in(cast.moderator).post(f"{DESK}undo/", {"entry": report.decision.pk})
    report.refresh_from_db()
    assert report.decision is None


def test_hidden_story_is_put_back(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.owner, state="aside")
    page = signed_in(cast.moderator).get(DESK, {"story": story.pk})
    assert "Put it back on the wall" in words(part(page, f"story-{story.pk}-decision"))
    signed_in(cast.moderator).post(address(story, "keep"), {"revision": 1})
    assert state_of(story) == "published"


# Claims


def test_opening_a_story_claims_it_for_colleagues_to_see(cast: Cast, pending: Story) -> None:
    answer = signed_in(cast.moderator).post(address(pending, "claim"), headers=HTMX)
    assert (answer.status_code, root_id(answer)) == (200, f"story-{pending.pk}-claim")
    assert "is reading this" not in text_of(answer)
    theirs = signed_in(cast.second_moderator).post(address(pending, "claim"), headers=HTMX)
    assert "Mo Moderator is reading this." in words(part(theirs, f"story-{pending.pk}-claim"))
    assert Claim.objects.get().moderator_id == cast.moderator.user_id, "who came first has it"
    assert "HX-Request" in answer["Vary"]


def test_claiming_again_and_again_is_one_claim_and_no_row_of_the_log(cast: Cast, pending: Story) -> None:
    client, rows = signed_in(cast.moderator), AuditEntry.objects.count()
    for _ in range(3):
        client.post(address(pending, "claim"), headers=HTMX)
    assert (Claim.objects.count(), AuditEntry.objects.count()) == (1, rows)


def test_claim_lapses_after_two_minutes_without_a_request(cast: Cast, pending: Story) -> None:
    with clock.at(timezone.now() - timedelta(seconds=121)):
        signed_in(cast.moderator).post(address(pending, "claim"), headers=HTMX)
    answer = signed_in(cast.second_moderator).post(address(pending, "claim"), headers=HTMX)
    assert "is reading this" not in text_of(answer)
    assert Claim.objects.get().moderator_id == cast.second_moderator.user_id


def test_claim_prevents_no_decision_and_ends_with_it(cast: Cast, pending: Story) -> None:
    Claim.take(pending, by=cast.moderator)
    signed_in(cast.second_moderator).post(address(pending, "publish"), {"revision": 1})
    assert state_of(pending) == "published"
    assert not Claim.objects.exists()


def test_plain_form_claims_and_redirects_to_the_story(cast: Cast, pending: Story) -> None:
    answer = signed_in(cast.moderator).post(address(pending, "claim"), {"show": "new"})
    assert answer["Location"] == f"{DESK}?show=new&story={pending.pk}"


@pytest.mark.parametrize("state", ["published", "returned", "spam"])
def test_only_pending_stories_are_claimed(cast: Cast, state: str) -> None:
    """A page on which it lies open goes on claiming it, and nothing of the page is replaced."""
    story = make_story(author=cast.member, moderator=cast.owner, state=state)
    answer = signed_in(cast.moderator).post(address(story, "claim"), headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not Claim.objects.exists()


# The letter, while it is being written

BLAMING = ("You are careless.", "You’re being unfair.", "Das ist unprofessionell.", "Du bist zu laut.")
SORRY = ("Sorry, but no.", "Unfortunately we cannot.", "Leider geht das nicht.", "Es tut uns leid.")
PERSON, RULE, NEXT = "about the person", "apologises for the rule", "what happens next"


def hinted(**parts: str) -> str:
    return " ".join(hints(Letter(**{**LETTER, **parts})))  # type: ignore[typeddict-item]


@pytest.mark.parametrize("message", BLAMING)
def test_letter_about_the_person_gets_a_hint(message: str) -> None:
    assert PERSON in hinted(message=message)
    assert PERSON in hinted(saw=message)


@pytest.mark.parametrize("message", SORRY)
def test_letter_that_apologises_for_the_rule_gets_a_hint(message: str) -> None:
    assert RULE in hinted(message=message)


@pytest.mark.parametrize("next_step", ["", "  ", "Soon."])
def test_letter_without_a_next_step_gets_a_hint(next_step: str) -> None:
    assert NEXT in hinted(next_step=next_step)


@pytest.mark.parametrize("message", ["The second line names her. Leave it out.", "Der zweite Satz nennt sie."])
def test_letter_about_the_story_gets_no_hint(message: str) -> None:
    assert hinted(message=message) == ""


@each_way
def test_preview_shows_the_letter_with_hints(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    """Where the team wants hints; nobody gets them without asking."""
    plain = {**LETTER, "revision": 1, "message": "Sorry."}
    assert RULE not in text_of(signed_in(cast.moderator).post(address(pending, "letter"), plain, headers=headers))
    cast.team.change(by=cast.owner, letter_hints=True)
    typed = {**LETTER, "revision": 1, "answer": "decline", "reason": "A private detail"}
    typed |= {"message": "Sorry. You are <i>careless</i>.", "next_step": ""}
    answer = signed_in(cast.moderator).post(address(pending, "letter"), typed, headers=headers)
    assert answer.status_code == 200
    html = text_of(answer)
    html = html if headers else html[html.index("-decline-preview") :]
    for said in ("As its author will read it", LETTER["saw"], "A private detail", "Any of us, at lunch."):
        assert said in html
    for hint in (PERSON, RULE, NEXT):
        assert hint in html
    assert "<i>careless" not in html
    assert "Mo Moderator" not in html[: html.index("letter-hints")] or not headers
    if not headers:
        assert value(part(answer, f"story-{pending.pk}-decline-message")) == typed["message"]
        assert attribute(part(answer, f"story-{pending.pk}-decline"), "open") is not None
    assert (state_of(pending), AuditEntry.objects.filter(action="decline").count()) == ("pending", 0)
    assert "HX-Request" in answer["Vary"]


def test_reason_fills_in_what_nobody_has_written_without_javascript(cast: Cast, pending: Story) -> None:
    reason = Reason.save_own(ReasonLetter("Whose", "Leave out whose.", talk_to="Me."), by=cast.moderator)
    typed = {"revision": 1, "answer": "return", "fill": "on", "reason": f" own:{reason.pk}", "saw": "Seen."}
    page = signed_in(cast.moderator).post(address(pending, "letter"), typed)
    letter = {name: value(part(page, f"story-{pending.pk}-return-{name}")) for name in ("message", "saw", "talk_to")}
    assert letter == {"message": "Leave out whose.", "saw": "Seen.", "talk_to": "Me."}
    sent = {**LETTER, "revision": 1, "reason": f" own:{reason.pk}"}
    signed_in(cast.moderator).post(address(pending, "return"), sent)
    assert (state_of(pending), pending.audit_log.latest("pk").reason) == ("returned", ""), "its name is one's own"


def test_hints_do_not_prevent_sending(cast: Cast, pending: Story) -> None:
    typed = {**LETTER, "message": "Sorry, you are careless.", "next_step": "Soon."}
    signed_in(cast.moderator).post(address(pending, "return"), {**typed, "revision": 1})
    assert state_of(pending) == "returned"


@pytest.mark.parametrize("answer", ["", "publish", "nonsense", "undo"])
def test_preview_without_an_action_is_of_a_return(cast: Cast, pending: Story, answer: str) -> None:
    typed = {**LETTER, "revision": "x", "answer": answer}
    page = signed_in(cast.moderator).post(address(pending, "letter"), typed)
    assert page.status_code == 200
    assert attribute(part(page, f"story-{pending.pk}-return"), "open") is not None


def test_first_letter_has_a_next_step_and_a_contact(cast: Cast, pending: Story) -> None:
    page = signed_in(cast.moderator).get(DESK)
    assert "Change it in place" in value(part(page, f"story-{pending.pk}-return-next_step"))
    assert "ask for a second opinion" in value(part(page, f"story-{pending.pk}-decline-next_step"))
    assert "Mo Moderator" in value(part(page, f"story-{pending.pk}-return-talk_to"))
    assert value(part(page, f"story-{pending.pk}-return-message")) == ""


def test_every_id_of_the_desk_is_there_once(cast: Cast, pending: Story) -> None:
    pending.publish(by=cast.moderator, revision=1)
    make_story(author=cast.member, state="pending")
    found = ids(signed_in(cast.moderator).get(DESK))
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize("action", ["fix", "spam", "not-spam", "keep", "review", "letter", "claim"])
def test_decision_needs_a_post_request(cast: Cast, pending: Story, action: str) -> None:
    assert signed_in(cast.moderator).get(address(pending, action)).status_code == 405
