"""The lists of the desk: which stories, and in which order."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from moderation.queue import STORIES_SHOWN, next_in_line
from moderation.selection import Selection, Show
from stories.header import HeaderCounts
from stories.models import Assignment, Claim, Story
from stories.models.claim import LAPSES_AFTER
from stories.wait_times import usual_wait
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.moderation.queue_pages import (
    DESK,
    lay_out,
    listed,
    news,
    opened,
    reported,
    shown,
    stood_by,
    waiting,
)
from tests.pages import HTMX, attribute, elements, fields, part, text_of, words
from tests.stories.policies import submitted


def next_number(moderator: Membership, answered: Story, show: Show = Show.ALL) -> int | None:
    story = next_in_line(moderator, Selection(show), answered)
    return story.pk if story else None


def test_the_longest_wait_comes_first(cast: Cast) -> None:
    stories = [make_story(author=cast.member, state="pending") for _ in range(3)]
    Story.objects.filter(pk=stories[2].pk).update(submitted_at=stories[0].submitted_at - timedelta(hours=1))  # type: ignore[operator]
    order = [stories[2].pk, stories[0].pk, stories[1].pk]
    assert waiting(cast.moderator) == order
    opened = part(signed_in(cast.moderator).get(DESK), f"story-{stories[2].pk}-decision")
    assert "Publish" in words(opened), "and lies open"


def test_the_page_opens_with_one_that_no_colleague_is_reading(cast: Cast) -> None:
    first, second = (make_story(author=cast.member, state="pending") for _ in range(2))
    Claim.take(first, by=cast.second_moderator)
    assert opened(signed_in(cast.moderator).get(DESK)) == second.pk
    assert opened(signed_in(cast.second_moderator).get(DESK)) == first.pk
    Claim.take(second, by=cast.owner)
    assert opened(signed_in(cast.moderator).get(DESK)) == first.pk, "where each is being read, the longest wait"


@pytest.mark.parametrize(("answered", "following"), [(0, 1), (1, 3), (3, 4), (4, 0)])
def test_after_an_answer_the_next_in_line_is_read_that_no_colleague_reads(
    cast: Cast, answered: int, following: int
) -> None:
    line = [make_story(author=cast.member, state="pending") for _ in range(5)]
    Claim.take(line[2], by=cast.second_moderator)
    Claim.take(line[4], by=cast.moderator)
    expected = line[following].pk
    story = line[answered]
    story.mark_spam(by=cast.moderator, revision=1)
    with CaptureQueriesContext(connection) as captured:
        assert next_number(cast.moderator, story) == expected
    assert len(captured) == 1
    with clock.at(timezone.now() + LAPSES_AFTER):
        assert next_number(cast.moderator, line[1]) == line[2].pk, "a claim lapses"


def test_ones_own_story_is_never_next_in_line(cast: Cast) -> None:
    own = make_story(author=cast.moderator, state="pending")
    first, second = (make_story(author=cast.member, state="pending") for _ in range(2))
    assert opened(signed_in(cast.moderator).get(DESK)) == first.pk
    assert next_number(cast.moderator, second) == first.pk
    assert next_number(cast.owner, second) == own.pk


def test_objection_to_ones_own_decision_is_listed_apart(cast: Cast) -> None:
    objection, usual = stood_by(cast, cast.moderator), make_story(author=cast.member, state="pending")
    own = make_story(author=cast.moderator, state="pending")
    page = signed_in(cast.moderator).get(DESK)
    assert (listed(page), opened(page)) == ([usual.pk], usual.pk)
    apart = words(part(page, "desk-list")).partition("A colleague decides")[2]
    assert "A second opinion on your decision." in apart
    assert f"{cast.moderator.user.name} This story is yours." in apart
    assert set(waiting(cast.owner)) == {objection.pk, usual.pk, own.pk}
    assert next_number(cast.moderator, usual) is None


@pytest.mark.parametrize("method", ["return_for_change", "decline", "mark_spam"])
def test_own_story_is_listed_apart_until_a_decision_on_it_has_settled(cast: Cast, method: str) -> None:
    own, client = make_story(author=cast.moderator, state="pending"), signed_in(cast.moderator)
    make_story(author=cast.member, state="pending")
    before = words(part(client.get(DESK), "desk-list"))
    assert "This story is yours." in before
    letter = {} if method == "mark_spam" else {"message": "Please leave out her name."}
    getattr(own, method)(by=cast.owner, revision=own.revision, **letter)
    assert words(part(client.get(DESK), "desk-list")) == before
    with clock.at(timezone.now() + timedelta(seconds=11)):
        listed_apart = "This story is yours." in words(part(client.get(DESK), "desk-list"))
    assert listed_apart is (method == "mark_spam"), "of spam its author never learns"


def test_number_in_the_header_is_what_this_moderator_may_decide(cast: Cast) -> None:
    stood_by(cast, cast.moderator)
    make_story(author=cast.moderator, state="pending")
    make_story(author=cast.member, state="pending")
    reported(make_story(author=cast.member, moderator=cast.owner), cast.newcomer)
    reported(make_story(author=cast.moderator, moderator=cast.owner), cast.newcomer)
    reported(make_story(author=cast.member, moderator=cast.owner), cast.newcomer).hide_for_review()
    counts = {person.role: HeaderCounts.read(person) for person in (cast.owner, cast.moderator, cast.member)}
    numbers = {role: (each.waiting, each.reported, each.needs_moderator) for role, each in counts.items()}
    assert numbers == {"owner": (3, 3, 6), "moderator": (1, 2, 3), "member": (0, 0, 0)}
    for colleague in (cast.owner, cast.second_moderator):
        colleague.go_away_until(timezone.localdate() + timedelta(days=2))
    assert HeaderCounts.read(cast.moderator).waiting == len(waiting(cast.moderator)) == 2


def test_each_list_has_the_number_of_its_stories(cast: Cast) -> None:
    lay_out(cast)
    stood_by(cast, cast.moderator)
    make_story(author=cast.moderator, state="pending")
    make_story(author=cast.moderator, moderator=cast.owner, state="spam")
    reported(make_story(author=cast.moderator, moderator=cast.owner), cast.newcomer)
    hidden = make_story(author=cast.member, moderator=cast.owner, state="aside")
    objected = reported(make_story(author=cast.member, moderator=cast.owner), cast.newcomer)
    cast.team.change(by=cast.owner, policy="after")
    for story in (hidden, objected, submitted(cast.member)):
        Assignment.assign(story, by=cast.owner, to=cast.moderator)
    for person in (cast.moderator, cast.owner, cast.second_moderator):
        listed = {show.value: len(waiting(person, show.value)) for show in Show}
        page = signed_in(person).get(DESK)
        tabs = [span for span in elements(text_of(page)) if attribute(span, "data-list")]
        assert {attribute(tab, "data-list"): int(words(tab)) for tab in tabs} == listed
        assert json.loads(attribute(part(news(signed_in(person)), "desk-list"), "data-counts") or "") == listed
        assert [words(tab) == "0" for tab in tabs] == [attribute(tab, "hidden") is not None for tab in tabs]
        assert f"{listed['all'] + listed['reported'] + listed['unread']} stories need you" in words(part(page, "main"))


@pytest.mark.once
def test_title_has_the_first_number_of_the_header(cast: Cast) -> None:
    def titles(person: Membership) -> set[str]:
        client = signed_in(person)
        paths = ("/harbour-team/", DESK, "/harbour-team/people/", "/harbour-team/moderation/log/")
        pages = [client.get(path) for path in paths]
        return {re.findall(r"<title>([^ ]+) ", text_of(page))[0] for page in pages if page.status_code == 200}

    make_story(author=cast.moderator, moderator=cast.owner).set_uplift(by=cast.member, wanted=True)
    assert titles(cast.moderator) == {"(1)"}, "one notice"
    for _number in range(5):
        make_story(author=cast.member, state="pending")
    assert titles(cast.moderator) == {"(5)"}, "five stories, whatever there is to be read"
    assert not any(title.startswith("(5") for title in titles(cast.newcomer))
    counts = signed_in(cast.moderator).get("/notices/unread/?team=harbour-team").json()
    assert counts["waiting"] == 5


def test_reported_story_needs_a_moderator_where_none_waits(cast: Cast) -> None:
    reported(make_story(author=cast.member, moderator=cast.owner), cast.newcomer)
    page = words(part(signed_in(cast.moderator).get(DESK), "main"))
    assert "One reported story needs you." in page
    assert page.count("needs you") >= 1


def test_where_each_is_being_read_the_next_in_line_is_read_all_the_same(cast: Cast) -> None:
    first, second = (make_story(author=cast.member, state="pending") for _ in range(2))
    Claim.take(second, by=cast.second_moderator)
    assert next_number(cast.moderator, first) == second.pk
    second.publish(by=cast.second_moderator, revision=1)
    assert next_number(cast.moderator, first) is None


@pytest.mark.once
def test_htmx_leaves_the_list_as_it_is_where_one_only_goes_on_in_it(cast: Cast) -> None:
    first, second = (make_story(author=cast.member, state="pending") for _ in range(2))
    client = signed_in(cast.moderator)
    link = next(link for link in elements(text_of(client.get(DESK))) if attribute(link, "class") == "queue-link")
    read = client.get(attribute(link, "hx-get") or "", headers=HTMX)
    address = f"/harbour-team/stories/{first.pk}/publish/"
    published = client.post(address, {"revision": 1}, headers=HTMX)
    for answer, answered, story in ((read, "", first), (published, str(first.pk), second)):
        kept = part(answer, "desk-queue")
        assert (attribute(kept, "hx-preserve"), words(kept)) == ("", "")
        assert attribute(part(answer, "desk"), "data-answered") == answered
        assert opened(answer) == story.pk
        assert words(part(answer, "desk")).startswith(("2 stories need you", "One story needs you"))
    # A browser's own request, and the last answer of all, bring what there is.
    for answer in (client.get(DESK, {"story": second.pk, "listed": 1}), client.get(DESK, headers=HTMX)):
        assert listed(answer) == [second.pk]
    last = client.post(f"/harbour-team/stories/{second.pk}/publish/", {"revision": 1}, headers=HTMX)
    assert "Nothing needs you." in words(part(last, "desk"))


@pytest.mark.once
def test_a_page_that_a_form_has_drawn_leads_on_as_the_desk_does(cast: Cast, pending: Story) -> None:
    other = make_story(author=cast.newcomer, state="pending")
    data = {"revision": 1, "show": "new"}
    answer = signed_in(cast.moderator).post(f"/harbour-team/stories/{pending.pk}/decline/", data)
    assert answer.status_code == 422
    hrefs = [attribute(link, "href") or "" for link in elements(str(part(answer, "desk"))) if link.name == "a"]
    assert f"{DESK}?show=new&story={other.pk}" in hrefs
    assert f"{DESK}?show=back" in hrefs
    assert not [href for href in hrefs if href.startswith("?")], "it lies at another address than the desk"


def test_only_what_waits_in_this_team_is_in_the_queue(cast: Cast) -> None:
    pending = make_story(author=cast.member, state="pending")
    for state in ("draft", "published", "returned", "declined", "removed", "aside", "spam", "accepted"):
        make_story(author=cast.member, moderator=cast.moderator, state=state)
    make_story(author=cast.foreign_owner, state="pending")
    assert waiting(cast.moderator) == [pending.pk]


@pytest.mark.once
def test_a_long_queue_shows_a_screenful_and_tells_how_many_wait(cast: Cast) -> None:
    for _ in range(STORIES_SHOWN + 3):
        make_story(author=cast.member, state="pending")
    page = signed_in(cast.moderator).get(DESK)
    assert len(listed(page)) == STORIES_SHOWN
    assert f"{STORIES_SHOWN + 3} stories need you" in words(part(page, "main"))
    assert "Later stories" in words(part(page, "main"))


@pytest.mark.once
def test_the_header_tells_moderators_and_nobody_else_how_many_wait(cast: Cast, pending: Story) -> None:
    page = text_of(signed_in(cast.moderator).get("/harbour-team/"))
    assert "Moderation 1 need you" in " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "nav-waiting" not in text_of(signed_in(cast.member).get("/harbour-team/"))


@pytest.mark.once
def test_my_own_story_in_the_queue_offers_no_answer(cast: Cast) -> None:
    story = make_story(author=cast.moderator, state="pending")
    assert "a colleague decides on it" in shown(cast.moderator, story)
    assert "Publish" not in shown(cast.moderator, story)
    assert "Publish" in shown(cast.owner, story)


@pytest.mark.once
def test_an_empty_queue_says_so(cast: Cast) -> None:
    assert "Nothing needs you." in words(part(signed_in(cast.moderator).get(DESK), "main"))


def test_the_page_says_how_long_a_wait_usually_is(cast: Cast) -> None:
    for minutes in (10, 90, 40):
        story = make_story(author=cast.member, moderator=cast.moderator)
        decided = story.submitted_at + timedelta(minutes=minutes)  # type: ignore[operator]
        Story.objects.filter(pk=story.pk).update(decided_at=decided)
    pages = (DESK, "/harbour-team/share/")
    for path in pages:
        assert "40 minutes" in words(part(signed_in(cast.moderator).get(path), "main")), path


def test_a_story_that_waits_again_does_not_shorten_the_usual_wait(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    assert usual_wait(cast.team) is not None
    story.submit(by=cast.member)
    assert usual_wait(cast.team) is None, "its first answer is older than what it waits for now"


# What to show


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("new", {"new"}),
        ("back", {"back", "stood-by"}),
        ("stood-by", {"stood-by"}),
        ("mine", {"mine"}),
        ("reported", {"reported", "aside"}),
        ("spam", {"spam"}),
        ("all", {"usual", "new", "back", "stood-by", "mine", "claimed"}),
        ("nonsense", {"usual", "new", "back", "stood-by", "mine", "claimed"}),
    ],
)
def test_each_filter_shows_what_it_says(cast: Cast, show: str, names: set[str]) -> None:
    stories = lay_out(cast)
    assert set(waiting(cast.moderator, show)) == {stories[name].pk for name in names}


@pytest.mark.once
def test_the_filter_that_is_on_is_told_and_kept_by_every_form(cast: Cast) -> None:
    lay_out(cast)
    page = signed_in(cast.moderator).get(DESK, {"show": "new"})
    current = [words(link) for link in elements(text_of(page)) if attribute(link, "aria-current") == "true"]
    assert "New people 1" in current
    assert {attribute(field, "value") for field in fields(page, "show")} == {"new"}


def test_spam_that_cannot_be_put_back_any_more_is_not_listed(cast: Cast) -> None:
    with clock.at(timezone.now() - timedelta(days=31)):
        make_story(author=cast.member, moderator=cast.moderator, state="spam")
    Story.objects.update(decided_at=timezone.now() - timedelta(days=31))
    assert waiting(cast.moderator, "spam") == []


@pytest.mark.once
@pytest.mark.parametrize("show", Show.values)
def test_a_filter_that_finds_nothing_says_so(cast: Cast, show: str) -> None:
    page = signed_in(cast.moderator).get(DESK, {"show": show})
    assert page.status_code == 200
    assert listed(page) == []
    assert "Nothing needs you." in words(part(page, "main"))
