"""Who may read the log of decisions, and how it is reached."""

import pytest

from tests.conftest import Cast, signed_in
from tests.pages import text_of

pytestmark = pytest.mark.once

LOG, CSV = "/harbour-team/moderation/log/", "/harbour-team/moderation/log.csv"


@pytest.mark.parametrize("path", [LOG, CSV])
def test_it_is_for_moderators_and_owners(cast: Cast, path: str) -> None:
    assert signed_in(cast.owner).get(path).status_code == 200
    assert signed_in(cast.moderator).get(path).status_code == 200
    assert signed_in(cast.member).get(path).status_code == 403
    assert signed_in(cast.stranger).get(path).status_code == 404
    assert signed_in(cast.owner).post(path).status_code == 405


def test_the_pages_of_the_desk_lead_to_each_other(cast: Cast) -> None:
    html = text_of(signed_in(cast.moderator).get(LOG))
    for name in ("", "log/", "figures/", "reasons/"):
        assert f'href="/harbour-team/moderation/{name}"' in html
    assert f'href="{LOG}" aria-current="page"' in html
