"""Authors see no decision that can still be undone, and never a spam mark."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kindwall import clock
from stories.models import Action, Report, State, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_story
from tests.pages import HTMX, part, same_but_for_tokens, text_of, words

pytestmark = pytest.mark.once

MESSAGE = "We saw the care in it. Please leave out her name."
LATER = ["return_for_change", "decline", "remove"]
# In place of the answer that was given before.
METHODS = {"return what was declined": "return_for_change", "decline what was returned": "decline"}
ANEW = list(METHODS)
ANSWERED = "A moderator is deciding on this story right now."


def about_to(cast: Cast, method: str) -> Story:
    state = State(method.split()[-1]) if method in ANEW else State.PUBLISHED if method == "remove" else State.PENDING
    return make_story(author=cast.member, moderator=cast.moderator, state=state)


def decide(cast: Cast, story: Story, method: str) -> None:
    message: dict[str, Any] = {"message": MESSAGE} if method in LATER or method in ANEW else {}
    if method in ANEW:
        assert story.refusal_in_effect is not None
        method, message["supersedes"] = METHODS[method], story.refusal_in_effect.pk
    getattr(story, method)(by=cast.moderator, revision=story.revision, **message)


def seen(cast: Cast, story: Story) -> dict[str, str]:
    """Every page of its author's that is about it, without what differs from one opening to the next."""
    client = signed_in(cast.member)
    found = {}
    for path in ("mine/", f"stories/{story.pk}/", f"stories/{story.edit_of_id or story.pk}/", "share/"):
        html = text_of(client.get(f"/harbour-team/{path}", follow=True))
        found[path] = same_but_for_tokens(html)
    return found


@pytest.mark.parametrize("method", [*LATER, *ANEW, "mark_spam"])
def test_every_page_of_the_author_is_the_same_to_the_letter_until_it_is_settled(cast: Cast, method: str) -> None:
    story = about_to(cast, method)
    make_story(author=cast.member, state="pending")
    before = seen(cast, story)
    decide(cast, story, method)
    assert seen(cast, story) == before
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    assert seen(cast, story) == before


@pytest.mark.parametrize("method", [*LATER, *ANEW])
def test_then_it_reaches_them(cast: Cast, method: str) -> None:
    story = about_to(cast, method)
    with clock.at(timezone.now() - timedelta(seconds=11)):
        decide(cast, story, method)
    for path, page in seen(cast, story).items():
        assert path == "share/" or MESSAGE in page, path


def test_undone_letter_never_reaches_the_author(cast: Cast, pending: Story) -> None:
    with clock.at(timezone.now() - timedelta(seconds=11)):
        decide(cast, pending, "decline")
        pending.undo(pending.audit_log.latest("pk"), by=cast.moderator)
    assert MESSAGE not in "".join(seen(cast, pending).values())


def test_spam_waits_for_good_and_can_be_taken_back_like_what_waits(cast: Cast, pending: Story) -> None:
    before = seen(cast, pending)
    with clock.at(timezone.now() - timedelta(days=3)):
        decide(cast, pending, "mark_spam")
    assert seen(cast, pending) == before
    client = signed_in(cast.member)
    for action in ("submit", "stand-by", "own-words"):
        spam = text_of(client.post(f"/harbour-team/stories/{pending.pk}/{action}/", {"message": "x"}, follow=True))
        assert "spam" not in spam.lower(), action
        assert ANSWERED not in spam, action
    answer = client.post(f"/harbour-team/stories/{pending.pk}/withdraw/", follow=True)
    assert "It is a draft again" in words(part(answer, "toasts"))


def test_spam_edit_looks_pending(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member, body="Held it open.")
    before = seen(cast, edit)
    edit.mark_spam(by=cast.moderator, revision=edit.revision)
    assert seen(cast, edit) == before
    client = signed_in(cast.member)
    assert client.get(f"/harbour-team/stories/{story.pk}/edit/")["Location"] == f"/harbour-team/stories/{edit.pk}/"
    typed = {"kind": "given", "qualities": ["hope"], "body": "Another.", "action": "save"}
    answer = client.post(f"/harbour-team/stories/{story.pk}/edit/", typed)
    assert answer.status_code == 409
    assert "It is waiting now" in words(part(answer, "main"))
    assert story.edits.count() == 1


@pytest.mark.parametrize("action", ["withdraw", "submit"])
@pytest.mark.parametrize("method", ["return_for_change", "decline"])
def test_author_who_acts_before_settlement_reads_only_that_it_is_being_decided(
    cast: Cast, pending: Story, action: str, method: str
) -> None:
    decide(cast, pending, method)
    page = signed_in(cast.member).post(f"/harbour-team/stories/{pending.pk}/{action}/", follow=True)
    assert words(part(page, "toasts")) == f"{ANSWERED} Come back in a moment."
    assert "Waiting for review" in words(part(page, f"story-{pending.pk}-standing"))
    assert MESSAGE not in text_of(page)


@pytest.mark.parametrize("action", ["save", "submit"])
def test_text_typed_before_settlement_is_returned(cast: Cast, pending: Story, action: str) -> None:
    decide(cast, pending, "return_for_change")
    typed = {"kind": "given", "qualities": ["hope"], "body": "Typed on.", "action": action, "revision": 1}
    address = f"/harbour-team/stories/{pending.pk}/edit/"
    page = signed_in(cast.member).post(address, typed)
    assert page.status_code == 409
    said = words(part(page, "main"))
    assert ANSWERED in said
    assert "Typed on." in said
    assert "eturned" not in said
    assert MESSAGE not in text_of(page)
    if action == "save":
        saved = signed_in(cast.member).post(address, typed, headers=HTMX)
        assert saved.status_code == 409
        assert "a moderator is deciding on this story right now" in text_of(saved)


def test_editing_before_the_settlement_of_a_removal_is_refused(cast: Cast, story: Story) -> None:
    decide(cast, story, "remove")
    page = signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/edit/", follow=True)
    assert ANSWERED in words(part(page, "toasts"))


def test_dismissed_reports_leave_no_trace_for_the_author(cast: Cast, story: Story) -> None:
    make_story(author=cast.member, moderator=cast.moderator)
    before = seen(cast, story)
    Report.make(story, by=cast.newcomer, reason="untrue", words="I was there.")
    assert seen(cast, story) == before
    story.dismiss_reports(by=cast.moderator, revision=story.revision)
    assert seen(cast, story) == before
    assert story.audit_log.latest("pk").action == Action.DISMISS_REPORTS
