"""A quarter of a megabyte of the worst text in each field of each form: answered in a time in proportion to it."""

import time
from collections.abc import Iterator

import pytest
from django.test import Client

from stories.models import Story
from tests.conftest import Cast, confirmed, signed_in
from tests.factories import make_story
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once

SIZE = 250_000  # bytes
MOMENT = 0.2  # seconds of the processor
# The most expensive texts: letters of flags, which are counted in pairs; accents that Unicode wants in another order;
# names without addresses; and opening signs whose closing sign is looked for to the very end.
WORST = {
    "flags": "🇩",
    "accents": "\u0301\u0316",
    "quotes": '"',
    "brackets": "<a@",
    "words": "regret you are apolog",
    "zeros": "0",
}
LETTERS = ("saw", "message", "next_step", "talk_to", "reason")
FIELDS = {
    "share/": ("body", "kind", "composer", "turn"),
    "stories/{mine}/edit/": ("body",),
    "stories/{mine}/stand-by/": ("message",),
    "stories/{hung}/report/": ("message", "reason"),
    "stories/{pending}/return/": LETTERS,
    "stories/{pending}/letter/": LETTERS,
    "stories/{pending}/fix/": ("body",),
    "stories/{pending}/assign/": ("note", "colleague", "assigned"),
    "stories/{pending}/notes/": ("note",),
    "stories/{pending}/notes/delete/": ("number",),
    "moderation/bulk/": ("story", "saw", "message"),
    "moderation/bulk/letter/": ("saw", "message"),
    "moderation/reasons/": ("name", "words", "saw", "next_step", "talk_to"),
    "moderation/away/": ("until",),
    "people/invite/send/": ("emails",),
    "settings/": ("name", "slug", "tagline", "accent"),
    "settings/moderation/": ("newcomer_until", "answer_hours"),
    "settings/moderation/reasons/": ("name", "words"),
    "settings/joining/domains/add/": ("domain",),
    "/me/": ("name", "time_zone"),
    "/teams/new/": ("name", "slug", "tagline"),
    "/accounts/reauthenticate/": ("password",),
    "/accounts/email/": ("email",),
    "/accounts/password/change/": ("oldpassword", "password1"),
    "/accounts/2fa/totp/activate/": ("code",),
}
OUTSIDE = {
    "/accounts/login/": ("login", "password", "next"),
    "/accounts/signup/": ("name", "email", "password1"),
    "/accounts/password/reset/": ("email",),
    "/harbour-team/share/": ("body",),
}


def seconds(client: Client, path: str, field: str, unit: str, size: int) -> float:
    text = "a" + unit * (size // len(unit.encode()))
    began = time.process_time()
    response = client.post(path, {"revision": 1, **LETTER, field: text})
    spent = time.process_time() - began
    assert response.status_code < 500, (path, field, response.status_code)
    return spent


def too_slow(client: Client, path: str, field: str) -> Iterator[str]:
    """The worst texts that take longer than their size explains, also when they are sent again."""
    for name, unit in WORST.items():
        if seconds(client, path, field, unit, SIZE) < MOMENT:
            continue
        quarter = min(seconds(client, path, field, unit, SIZE // 4) for _ in range(2))
        whole = min(seconds(client, path, field, unit, SIZE) for _ in range(3))
        if whole > MOMENT and whole > 6 * quarter:
            yield f"{path} {field} {name}: {quarter:.2f} s, of four times as much {whole:.2f} s"


@pytest.mark.parametrize(("page", "field"), [(page, field) for page, fields in FIELDS.items() for field in fields])
def test_worst_text_in_a_form_takes_time_in_proportion(cast: Cast, story: Story, page: str, field: str) -> None:
    owner = cast.owner
    pending = make_story(author=cast.member, state="pending")
    mine = make_story(author=owner, moderator=cast.moderator, state="returned")
    path = page if page.startswith("/") else f"/harbour-team/{page}"
    path = path.format(mine=mine.pk, hung=story.pk, pending=pending.pk)
    assert list(too_slow(confirmed(owner), path, field)) == []


@pytest.mark.parametrize(("path", "field"), [(path, field) for path, fields in OUTSIDE.items() for field in fields])
def test_worst_text_of_a_visitor_takes_time_in_proportion(db: None, path: str, field: str) -> None:
    assert list(too_slow(signed_in(None), path, field)) == []
