"""A wall whose address asks for something strange is a page with stories, and says what it has left out."""

import pytest
from django.test import Client

from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.pages import text_of

WALL = "/harbour-team/"
UNKNOWN = "This address asks for something that this wall does not have."
STRANGE = [
    ({"before": "nonsense"}, "This address is of a page that there is not in this order."),
    ({"before": "9" * 4_000}, "This address is of a page that there is not in this order."),
    ({"before": "1-1", "order": "warm"}, "This address is of a page that there is not in this order."),
    ({"before": f"{'A' * 32}.999999999999.5-1", "order": "week"}, "This address is of a page that there is not"),
    ({"before": f"{'A' * 32}.999999999.5-1", "order": "week"}, "The wall ends here."),
    ({"order": "hottest"}, UNKNOWN),
    ({"kind": "gossip"}, UNKNOWN),
    ({"quality": ["hope", "envy"]}, UNKNOWN),
    ({"month": "99999-01"}, "This address asks for a month that there is not."),
    ({"month": "0000-01"}, "This address asks for a month that there is not."),
    ({"q": "door " * 800}, "Your search is very long"),
    ({"q": "!?*"}, "There is no letter and no digit in your search"),
    ({"q": "-window"}, ""),
    ({"q": 'door" OR *'}, ""),
    ({"q": "باب"}, "Try another word"),
    ({"q": "☃"}, "Try another word"),
    ({"q": "d" * 4_000}, "Try another word"),
    ({"q": '"'}, "There is no letter and no digit in your search"),
    ({"q": '"" “” -'}, "There is no letter and no digit in your search"),
    ({"q": "door NEAR(words:facets, 2) OR *"}, "Try another word"),
    ({"author": "99999999999999999999"}, None),
    ({"author": "x"}, None),
    ({"author": ""}, None),
    ({"q": "do\0or"}, None),
    ({"month": "9998-12"}, "Take one of the filters away."),
]


@pytest.mark.parametrize("visitor", [False, True], ids=["member", "visitor"])
@pytest.mark.parametrize(("asked", "sentence"), STRANGE)
def test_strange_address_shows_a_page_with_a_sentence(
    cast: Cast, story: Story, asked: dict[str, str], sentence: str | None, visitor: bool
) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    client = Client() if visitor else signed_in(cast.member)
    page = client.get(WALL, asked)
    if sentence is None:  # an author who is not there, and what no browser sends
        assert page.status_code == (400 if "\0" in str(asked.get("q")) else 404)
        assert "<h1" in text_of(page)
        return
    assert page.status_code == 200
    assert sentence in text_of(page)
    is_empty = sentence.startswith(("Try", "Take", "The wall ends"))
    # A word that no story has says what to change; everything else is left out, and shows the wall.
    assert (f"story-{story.pk}-card" in text_of(page)) is not (is_empty or "OR" in asked.get("q", ""))


def test_own_stories_need_somebody_signed_in(cast: Cast, story: Story) -> None:
    cast.team.change(by=cast.owner, visibility="public")
    for asked in ({"mine": "1"}, {"lifted": "1"}):
        page = text_of(Client().get(WALL, asked))
        assert "Sign in to see your own stories" in page
        assert f"story-{story.pk}-card" in page
