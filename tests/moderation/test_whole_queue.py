"""Every story of the queue can be reached: page by page, in both orders, and by a search."""

import pytest

from accounts.models import Membership, Policy, Team
from moderation.queue import STORIES_SHOWN
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.moderation.queue_pages import DESK, crowd, link, listed, opened, waiting
from tests.pages import HTMX, attribute, fields, part, words


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_pages_lead_through_the_whole_queue_once(cast: Cast, order: str) -> None:
    crowd(cast.team.pk, cast.member, 2 * STORIES_SHOWN + 3)
    Story.objects.update(submitted_at=Story.objects.longest_waiting()[0].submitted_at)  # all at the same moment
    client, read, address = signed_in(cast.moderator), [], f"{DESK}?order={order}"
    for _page in range(3):
        page = client.get(address)
        read += listed(page)
        address = link(page, "Later stories")
    assert not address
    expected = list(Story.objects.order_by("pk" if order == "oldest" else "-pk").values_list("pk", flat=True))
    assert read == expected
    assert link(page, "From the beginning") == f"{DESK}?order={order}"


@pytest.mark.once
@pytest.mark.parametrize("show", ["reported", "unread", "spam"])
def test_other_lists_have_pages_too(cast: Cast, show: str) -> None:
    Team.objects.filter(pk=cast.team.pk).update(policy=Policy.AFTER)
    author = Membership.objects.get(pk=cast.member.pk)
    for _ in range(STORIES_SHOWN + 2):
        if show == "spam":
            make_story(author=cast.member, moderator=cast.owner, state="spam")
        elif show == "reported":
            make_story(author=cast.member, moderator=cast.owner, state="published").hide_for_review()
        else:
            make_story(author=author, state="draft").submit(by=author)
    client = signed_in(cast.moderator)
    first = client.get(DESK, {"show": show})
    second = client.get(link(first, "Later stories"))
    assert (len(listed(first)), len(listed(second))) == (STORIES_SHOWN, 2)
    assert not {*listed(first)} & {*listed(second)}


def find(cast: Cast, asked: str) -> list[int]:
    return listed(signed_in(cast.moderator).get(DESK, {"q": asked}))


def test_search_finds_text_author_and_number(cast: Cast) -> None:
    soup = make_story(author=cast.member, state="pending", body="Hot soup for the whole Straße.")
    bread = make_story(author=cast.newcomer, state="pending", body="Fresh bread.")
    assert find(cast, "SOUP strasse") == [soup.pk]
    assert find(cast, cast.newcomer.user.name.upper()) == [bread.pk]
    cast.newcomer.user.name = "Élodie Stépan"
    cast.newcomer.user.save()
    for name in ("élodie", "elodie", "Step"):
        assert find(cast, name) == [bread.pk]
    assert bread.pk in find(cast, f"#{bread.pk}")
    assert find(cast, f"soup -{cast.member.user.name.split()[0]}") == []
    assert find(cast, "soup bread") == []
    for strange in ("%", "'", "#", "9" * 30, "-", "١٢"):
        page = signed_in(cast.moderator).get(DESK, {"q": strange, "after": strange, "order": strange})
        assert page.status_code == 200


def test_search_never_matches_what_an_author_is_writing(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.owner, state="returned")
    draft = make_story(author=cast.member, state="draft", body="Secret soup.")
    Story.objects.filter(pk=story.pk).update(words=draft.words)
    for show in ("all", "back", "reported", "mine", "unread", "spam"):
        assert waiting(cast.moderator, show) == listed(signed_in(cast.moderator).get(DESK, {"show": show, "q": "soup"}))


def test_search_without_a_hit_says_so_and_leads_back(cast: Cast, pending: Story) -> None:
    page = signed_in(cast.moderator).get(DESK, {"q": "nowhere", "order": "newest"})
    assert "No story in this list has all of these words." in words(part(page, "main"))
    assert link(page, "Leave the search") == f"{DESK}?order=newest"


def test_selection_is_kept_by_every_link_and_form(cast: Cast) -> None:
    for _ in range(STORIES_SHOWN + 2):
        make_story(author=cast.member, state="pending", body="Soup.")
    client = signed_in(cast.moderator)
    asked = {"order": "newest", "q": "soup"}
    page = client.get(DESK, asked)
    address = link(page, "Later stories")
    assert address.startswith(f"{DESK}?order=newest&q=soup&after=")
    assert link(page, "Resubmitted 0") == f"{DESK}?show=back&order=newest&q=soup"
    assert link(page, "Oldest first") == f"{DESK}?order=oldest&q=soup"
    later = client.get(address)
    after = address.partition("after=")[2]
    first, second = listed(later)
    assert {attribute(field, "value") for field in fields(later, "after")} == {after}
    published = client.post(
        f"/harbour-team/stories/{first}/publish/", {"revision": 1, "after": after, **asked}, headers=HTMX
    )
    assert opened(published) == second
    assert published["HX-Replace-Url"] == f"{address}&story={second}"
