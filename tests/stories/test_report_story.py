"""Reports of stories on the wall."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from kindwall import clock
from stories.models import Report, Story
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_story
from tests.pages import attribute, elements, ids, part, text_of, value, words

pytestmark = pytest.mark.once

WORDS = "Her name is in it, and she would rather not."


def page(story: Story) -> str:
    return f"/harbour-team/stories/{story.pk}/"


def report(cast: Cast, story: Story, **fields: str) -> Client:
    client = signed_in(cast.newcomer)
    answer = client.post(f"{page(story)}report/", {"reason": "named", "message": WORDS} | fields)
    assert (answer.status_code, answer["Location"]) == (302, page(story))
    return client


def test_reader_reports_a_story_and_is_thanked(cast: Cast, story: Story) -> None:
    client = report(cast, story)
    made = Report.objects.get()
    assert (made.story, made.reporter, made.reason, made.words) == (story, cast.newcomer.user, "named", WORDS)
    shown = client.get(page(story))
    assert "Thank you. A moderator will review the story." in words(part(shown, "toasts"))
    assert "You reported this story. A moderator will review it." in words(part(shown, f"story-{story.pk}-report"))


def test_message_of_a_report_is_optional(cast: Cast, story: Story) -> None:
    report(cast, story, message="")
    assert Report.objects.get().words == ""


def test_report_leads_back_to_the_order_and_filters_that_one_came_from(cast: Cast, story: Story) -> None:
    client, way = signed_in(cast.newcomer), "?order=warm&kind=given"
    shown = client.get(f"{page(story)}{way}")
    [form] = [one for one in elements(text_of(shown)) if (attribute(one, "action") or "").endswith(f"report/{way}")]
    address = attribute(form, "action")
    assert address
    assert f'action="{escape(address)}"' in text_of(client.post(address, {"reason": ""}))
    assert client.post(address, {"reason": "named"})["Location"] == f"{page(story)}{way}"


def test_second_report_says_that_moderators_have_it(cast: Cast, story: Story) -> None:
    report(cast, story)
    client = report(cast, story, reason="untrue", message="Once more.")
    assert Report.objects.get().words == WORDS
    assert "You have reported this story already." in words(part(client.get(page(story)), "toasts"))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"reason": ""}, "reason-error"),
        ({"reason": "ugly"}, "reason-error"),
        ({"message": "x" * 1_001}, "report-error"),
    ],
    ids=["no reason", "a reason that there is not", "too many words"],
)
def test_invalid_report_shows_its_errors_and_the_typed_text(
    cast: Cast, story: Story, wrong: dict[str, str], error: str
) -> None:
    fields = {"reason": "named", "message": WORDS} | wrong
    answer = signed_in(cast.newcomer).post(f"{page(story)}report/", fields)
    assert answer.status_code == 422
    assert words(part(answer, f"story-{story.pk}-{error}"))
    assert value(part(answer, f"story-{story.pk}-report-message")) == fields["message"]
    assert attribute(part(answer, f"story-{story.pk}-report"), "open") is not None
    assert not Report.objects.exists()


def test_report_of_own_story_is_refused(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    assert f"story-{story.pk}-report" not in ids(client.get(page(story)))
    answer = client.post(f"{page(story)}report/", {"reason": "named"})
    assert answer.status_code == 403
    assert "This story is yours." in text_of(answer)


@pytest.mark.parametrize("state", ["removed", "aside", "pending"])
def test_report_of_a_removed_story_is_refused(cast: Cast, state: str) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state=state)
    client = signed_in(cast.second_moderator)
    answer = client.post(f"{page(story)}report/", {"reason": "named"}, follow=True)
    assert "It is not on the wall any more" in words(part(answer, "toasts"))
    assert not Report.objects.exists()


def test_report_that_hides_the_story_leads_back_to_the_wall(cast: Cast, story: Story) -> None:
    cast.team.set_aside_after = 1
    cast.team.save()
    client = signed_in(cast.newcomer)
    answer = client.post(f"{page(story)}report/", {"reason": "named"})
    assert (answer.status_code, answer["Location"]) == (302, "/harbour-team/")
    assert "Thank you." in words(part(client.get("/harbour-team/"), "toasts"))


def test_author_of_a_hidden_story_reads_nothing_of_reports(cast: Cast, story: Story) -> None:
    Report.make(story, by=cast.newcomer, reason="untrue", words=WORDS)
    story.hide_for_review()
    client = signed_in(cast.member)
    for path in (page(story), "/harbour-team/mine/"):
        shown = client.get(path)
        said = words(part(shown, f"story-{story.pk}-standing"))
        assert "Hidden (under review)" in said
        assert "Your words are kept here" in said
        assert "Held the door, and my tongue." in words(part(shown, "main"))
        assert "report" not in words(part(shown, "main")).lower()
        assert WORDS not in text_of(shown)


def test_only_moderators_see_a_report(cast: Cast, story: Story) -> None:
    report(cast, story)
    for person in (cast.member, None):
        client = signed_in(person)
        for path in (page(story), "/harbour-team/", "/harbour-team/mine/"):
            shown = text_of(client.get(path))
            assert WORDS not in shown
            assert "What you reported" not in shown


def test_too_many_reports_in_an_hour_are_refused_with_their_text(cast: Cast) -> None:
    stories = [make_story(author=cast.member, moderator=cast.moderator) for _number in range(2)]
    cache.clear()
    client = signed_in(cast.newcomer)
    for _press in range(60):
        client.post(f"{page(stories[0])}report/", {"reason": "named"})
    answer = client.post(f"{page(stories[1])}report/", {"reason": "named", "message": WORDS})
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert "You have sent many reports in one hour." in words(part(answer, f"story-{stories[1].pk}-report"))
    assert value(part(answer, f"story-{stories[1].pk}-report-message")) == WORDS
    assert Report.objects.count() == 1


def test_report_sent_while_signed_out_is_given_back_after_sign_in(client: Client, cast: Cast, story: Story) -> None:
    fields = {"reason": "private", "message": WORDS, "writer": str(cast.newcomer.user_id)}
    answer = client.post(f"{page(story)}report/", fields)
    shown = client.post(answer["Location"], {"login": cast.newcomer.user.email, "password": PASSWORD}, follow=True)
    assert value(part(shown, f"story-{story.pk}-report-message")) == WORDS
    form = str(part(shown, f"story-{story.pk}-report"))
    assert [line for line in form.split("<input") if 'value="private"' in line and "checked" in line]


# The outcome


def outcome(cast: Cast, made: Report) -> str:
    shown = signed_in(cast.newcomer).get("/harbour-team/mine/")
    return str(part(shown, f"report-{made.pk}-outcome"))


@pytest.mark.parametrize(("how", "said"), [("dismiss_reports", "It stays"), ("remove", "removed from the wall")])
def test_reporter_sees_the_outcome_once_it_has_settled(cast: Cast, story: Story, how: str, said: str) -> None:
    made, _new = Report.make(story, by=cast.newcomer, reason="named")
    assert "A moderator will review it." in outcome(cast, made)
    assert f'href="{page(story)}"' in outcome(cast, made)
    message = {"message": "It names somebody."} if how == "remove" else {}
    getattr(story, how)(by=cast.moderator, revision=story.revision, **message)
    assert "A moderator will review it." in outcome(cast, made)
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    with clock.at(timezone.now() - timedelta(seconds=11)):
        getattr(story, how)(by=cast.moderator, revision=story.revision, **message)
    assert said in outcome(cast, made)
    assert (f'href="{page(story)}"' in outcome(cast, made)) == (how == "dismiss_reports")
    assert ("Held the door" in outcome(cast, made)) == (how == "dismiss_reports")


def test_every_page_shows_a_restored_story_as_staying(cast: Cast, story: Story) -> None:
    made, _new = Report.make(story, by=cast.newcomer, reason="named")
    with clock.at(timezone.now() - timedelta(seconds=20)):
        story.remove(by=cast.moderator, revision=story.revision, message="For now.")
        story.restore(by=cast.moderator, revision=story.revision)
    assert "Reviewed. It stays on the wall." in outcome(cast, made)
    shown = signed_in(cast.newcomer).get(page(story))
    assert "A moderator has reviewed it, and it stays" in words(part(shown, f"story-{story.pk}-report"))
    again = signed_in(cast.newcomer).post(f"{page(story)}report/", {"reason": "named"}, follow=True)
    assert "It stays" in words(part(again, "toasts"))


def test_more_reports_cost_the_same_queries(cast: Cast) -> None:
    client = signed_in(cast.newcomer)

    def add_and_count() -> int:
        for _number in range(3):
            story = make_story(author=cast.member, moderator=cast.moderator)
            Report.make(story, by=cast.newcomer, reason="named")
            with clock.at(timezone.now() - timedelta(seconds=20)):
                story.remove(by=cast.moderator, revision=story.revision, message="For now.")
        client.get("/harbour-team/mine/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/harbour-team/mine/").status_code == 200
        return len(captured)

    assert add_and_count() == add_and_count()


def test_only_own_reports_of_this_team_are_listed(cast: Cast, story: Story) -> None:
    Report.make(story, by=cast.second_moderator, reason="named")
    shown = signed_in(cast.newcomer).get("/harbour-team/mine/")
    assert "reported" not in ids(shown)


@pytest.mark.parametrize(("origin", "given_back"), [("http://testserver", True), ("http://elsewhere.example", False)])
def test_report_on_a_story_that_has_gone_meanwhile_is_given_back(
    cast: Cast, story: Story, origin: str, given_back: bool
) -> None:
    client = signed_in(cast.newcomer)
    story.take_down(by=cast.member)
    data = {"reason": "named", "message": WORDS}
    answer = client.post(f"{page(story)}report/", data, headers={"Origin": origin})
    assert answer.status_code == 404
    assert (WORDS in text_of(answer)) == given_back
    assert "was not sent" not in text_of(client.get(page(story)))
