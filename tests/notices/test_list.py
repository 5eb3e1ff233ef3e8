"""The list of notices, the bell on every page, and what marks notices as read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from notices.list import NOTICES_ON_PAGE
from notices.models import Notice
from stories.models import ReactionKind, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_member, make_story
from tests.notices.lists import page_of, sentences, settle, unread
from tests.pages import HTMX, part, text_of

pytestmark = pytest.mark.once

LIST = "/notices/"


@pytest.fixture
def lifted(story: Story, cast: Cast) -> Story:
    Notice.objects.all().delete()
    story.set_uplift(by=cast.newcomer, wanted=True)
    return story


def many_notices(cast: Cast, number: int) -> None:
    """Give Mia a notice for each of so many stories, one a minute."""
    stories = [make_story(author=cast.member, moderator=cast.moderator) for _ in range(2)]
    Notice.objects.all().delete()
    for place, story in enumerate(stories):
        story.set_reaction(ReactionKind.WARM, by=cast.newcomer, wanted=True)
        entry, now = story.audit_log.latest("pk"), timezone.now()
        Notice.objects.bulk_create(
            Notice(
                user=cast.member.user,
                team=cast.team,
                kind="decision",
                topic=f"decision:{place}:{turn}",
                story=story,
                entry=entry,
                updated_at=now - timedelta(minutes=turn),
            )
            for turn in range(number // 2)
        )


def test_list_shows_newest_first_by_day_with_the_exact_place(cast: Cast, lifted: Story) -> None:
    assert [day.heading for day in page_of(cast.member).days] == ["Today"]
    shown = text_of(signed_in(cast.member).get(LIST))
    assert f'href="{lifted.get_absolute_url()}"' in shown
    assert "lifted your story." in shown
    assert "Held the door" in shown


def test_list_is_across_teams_and_names_them(cast: Cast, lifted: Story) -> None:
    elsewhere = make_member(team=cast.foreign_owner.team, name="Mia there")
    Membership.objects.filter(pk=elsewhere.pk).update(user=cast.member.user)
    shown = text_of(signed_in(cast.member).get(LIST))
    assert "<bdi>Harbour</bdi>" in shown
    assert "<bdi>Harbour</bdi>" not in text_of(signed_in(cast.newcomer).get(LIST))


def test_reading_the_list_marks_nothing(cast: Cast, lifted: Story) -> None:
    signed_in(cast.member).get(LIST)
    signed_in(cast.member).get(LIST, headers=HTMX)
    assert unread(cast.member) == 1


def test_browser_marks_what_it_has_shown_and_nothing_that_came_since(cast: Cast, lifted: Story) -> None:
    [line] = [line for day in page_of(cast.member).days for line in day.lines]
    other = make_story(author=cast.member, moderator=cast.moderator)
    other.set_uplift(by=cast.newcomer, wanted=True)
    client = signed_in(cast.member)
    assert client.post("/notices/read/", {"seen": [line.cursor, "nonsense"]}).status_code == 204
    assert unread(cast.member) == 1
    Notice.objects.update(read_at=None, updated_at=timezone.now())
    assert client.post("/notices/read/", {"seen": line.cursor}).status_code == 204
    assert unread(cast.member) == 2, "both were renewed since"


def test_page_of_a_story_reads_the_notices_about_it(cast: Cast, lifted: Story) -> None:
    make_story(author=cast.member, moderator=cast.moderator).set_uplift(by=cast.newcomer, wanted=True)
    client, path = signed_in(cast.member), lifted.get_absolute_url()
    client.head(path)
    client.get(path, headers={"Sec-Purpose": "prefetch"})
    signed_in(cast.owner).get(path)
    assert unread(cast.member) == 2
    assert "Notices, 1 new" in text_of(client.get(path)), "the other story's is left"
    assert unread(cast.member) == 1


def test_page_of_a_story_reads_the_notice_about_a_change_to_it(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    edit.return_for_change(by=cast.moderator, revision=edit.revision, message="Please say what happened.")
    settle()
    Notice.objects.filter(user=cast.member.user).exclude(story=edit).delete()
    assert unread(cast.member) == 1
    signed_in(cast.member).get(story.get_absolute_url())
    assert unread(cast.member) == 0


def test_list_and_its_settings_lead_to_each_other(cast: Cast) -> None:
    client = signed_in(cast.member)
    assert 'href="/me/notices/"' in str(part(client.get(LIST), "notice-list"))
    assert 'href="/notices/"' in str(part(client.get("/me/notices/"), "main"))


def test_mark_all_as_read_without_javascript(cast: Cast, lifted: Story) -> None:
    client = signed_in(cast.member)
    page = page_of(cast.member)
    answer = client.post("/notices/read/", {"until": page.read_at})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert unread(cast.member) == 0
    assert "Mark all as read" not in text_of(client.get(LIST))


def test_nobody_marks_notices_of_somebody_else(cast: Cast, lifted: Story) -> None:
    page = page_of(cast.member)
    [line] = [line for day in page.days for line in day.lines]
    for typed in ({"seen": line.cursor}, {"until": page.read_at}, {}, {"until": "x"}, {"until": "9" * 17 + "-1"}):
        signed_in(cast.owner).post("/notices/read/", typed)
    assert unread(cast.member) == 1


def test_pages_follow_each_other_without_gap(cast: Cast) -> None:
    many_notices(cast, 2 * NOTICES_ON_PAGE)
    seen: list[int] = []
    page, pages = page_of(cast.member), 1
    while True:
        seen += [line.notice.pk for day in page.days for line in day.lines]
        if not page.older:
            break
        page, pages = page_of(cast.member, page.older), pages + 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == Notice.objects.filter(user=cast.member.user).count()
    shown = text_of(signed_in(cast.member).get(LIST, {"before": page_of(cast.member).older}))
    assert "Back to the newest" in shown


def queries(client: object, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200  # type: ignore[attr-defined]
    return len(captured)


def test_pages_take_the_same_queries_with_ten_notices_and_with_ten_thousand(cast: Cast) -> None:
    many_notices(cast, 10)
    client = signed_in(cast.member)
    addresses = (LIST, "/harbour-team/", "/harbour-team/mine/", "/notices/unread/?team=harbour-team")
    few = [queries(client, address) for address in addresses]
    Notice.objects.all().delete()
    many_notices(cast, 10_000)
    assert [queries(client, address) for address in addresses] == few
    assert few[1] <= 5, "the wall"
    assert few[3] <= 3, "session, person, counts"


def test_bell_counts_on_every_page_and_in_its_title(cast: Cast, lifted: Story) -> None:
    client = signed_in(cast.member)
    for address in ("/harbour-team/", "/harbour-team/mine/", "/harbour-team/people/", "/me/", "/teams/", "/nowhere/x/"):
        shown = text_of(client.get(address))
        assert "Notices, 1 new" in shown, address
        assert "<title>(1) " in shown, address
    assert client.get("/notices/unread/?team=harbour-team").json() == {
        "unread": 1,
        "number": "1",
        "label": "Notices, 1 new",
        "mine": 0,
        "mineLabel": "0 stories need you",
        "waiting": 0,
    }


def test_bell_counts_no_further_than_ninety_nine(cast: Cast) -> None:
    many_notices(cast, 240)
    shown = text_of(signed_in(cast.member).get("/me/"))
    assert "<title>(99+) " in shown
    assert "Notices, 99+ new" in shown


def test_visitor_sees_no_bell(db: None) -> None:
    assert "notice-bell" not in text_of(signed_in(None).get("/accounts/login/"))


def test_mine_carries_a_mark_while_a_story_needs_its_author(cast: Cast, pending: Story) -> None:
    client = signed_in(cast.member)
    pending.return_for_change(by=cast.moderator, revision=pending.revision, message="Please say what happened.")
    assert "0 stories need you" in text_of(client.get("/harbour-team/")), "it can still be undone"
    settle()
    Story.objects.filter(pk=pending.pk).update(settles_at=timezone.now() - timedelta(seconds=1))
    shown = text_of(client.get("/harbour-team/"))
    assert "1 story needs you" in shown
    assert sentences(cast.member)[0].startswith("A moderator returned your story.")
    Story.objects.get(pk=pending.pk).submit(by=cast.member)
    assert "0 stories need you" in text_of(client.get("/harbour-team/"))
