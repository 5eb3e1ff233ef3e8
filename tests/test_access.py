"""Who gets what from every address, as a table; and that no address is missing from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.test.html import parse_html
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Membership
from stories.models import State, Story
from tests.access_cases import (
    OUTSIDE,
    PEOPLE,
    Case,
    all_of_us,
    data_for,
    for_all,
    for_visitors,
    moderators_alone,
    owners_alone,
    row,
    signed_in_only,
)
from tests.conftest import Cast, forget, signed_in
from tests.factories import make_member, make_story

pytestmark = pytest.mark.once

TEAM_PAGES = [
    Case("get", "/harbour-team/", all_of_us(200)),
    Case("get", "/harbour-team/filters/", all_of_us(200)),
    Case("get", "/harbour-team/archive/", all_of_us(200)),
    Case("get", "/harbour-team/arrivals/", all_of_us(200)),
    Case("get", "/harbour-team/live/", all_of_us(200)),
    Case("get", "/harbour-team/live/missed/", all_of_us(200)),
    Case("get", "/harbour-team/share/", all_of_us(200)),
    Case("get", "/harbour-team/mine/", all_of_us(200)),
    Case("get", "/harbour-team/reactions/", all_of_us(200)),
    Case("post", "/harbour-team/reactions/", all_of_us(405)),
    Case("get", "/harbour-team/moderation/", row(everybody=403, author=403, moderators=200)),
    Case("post", "/harbour-team/", all_of_us(405)),
    Case("post", "/harbour-team/live/", all_of_us(405)),
    Case("post", "/harbour-team/live/missed/", all_of_us(405)),
    Case("get", "/harbour-team/introduction/dismiss/", all_of_us(405)),
    Case("post", "/harbour-team/introduction/dismiss/", all_of_us(302)),
    Case("post", "/harbour-team/mine/", all_of_us(405)),
    Case("get", "/harbour-team/feed/", all_of_us(200)),
    Case("post", "/harbour-team/feed/", all_of_us(405)),
    Case("get", "/harbour-team/feed/make/", all_of_us(405)),
    Case("post", "/harbour-team/feed/make/", all_of_us(200)),
    Case("get", "/harbour-team/feed/revoke/", all_of_us(405)),
    Case("post", "/harbour-team/feed/revoke/", all_of_us(302)),
    Case("get", "/harbour-team/mine/undo-delete/", all_of_us(405)),
    Case("post", "/harbour-team/mine/undo-delete/", all_of_us(302)),
    Case("post", "/harbour-team/moderation/", all_of_us(405)),
    Case("post", "/harbour-team/share/", all_of_us(302), data="text"),
]


DESK_PAGES = [
    Case("get", "/harbour-team/moderation/log/", moderators_alone(200)),
    Case("post", "/harbour-team/moderation/log/", all_of_us(405)),
    Case("get", "/harbour-team/moderation/log.csv", moderators_alone(200)),
    Case("post", "/harbour-team/moderation/log.csv", all_of_us(405)),
    Case("get", "/harbour-team/moderation/figures/", all_of_us(200)),
    Case("post", "/harbour-team/moderation/figures/", all_of_us(405)),
    Case("get", "/harbour-team/moderation/people/0/", moderators_alone(404)),
    Case("post", "/harbour-team/moderation/people/0/", all_of_us(405)),
    Case("get", "/harbour-team/moderation/reasons/", moderators_alone(200)),
    Case("post", "/harbour-team/moderation/reasons/", moderators_alone(422)),
    Case("get", "/harbour-team/moderation/reasons/0/delete/", all_of_us(405)),
    Case("post", "/harbour-team/moderation/reasons/0/delete/", moderators_alone(302)),
    Case("get", "/harbour-team/moderation/phrases/", moderators_alone(302)),
    Case("get", "/harbour-team/moderation/away/", all_of_us(405)),
    Case("post", "/harbour-team/moderation/away/", moderators_alone(302)),
    Case("get", "/harbour-team/moderation/introduction/dismiss/", all_of_us(405)),
    Case("post", "/harbour-team/moderation/introduction/dismiss/", moderators_alone(302)),
    Case("get", "/harbour-team/moderation/keys/", all_of_us(405)),
    Case("post", "/harbour-team/moderation/keys/", moderators_alone(400)),
]


# Of nobody (0), as the guards come first; what an owner gets for somebody is told where it is tested.
PEOPLE_PAGES = [
    Case("get", "/harbour-team/settings/overview/", owners_alone(200)),
    Case("post", "/harbour-team/settings/overview/", all_of_us(405)),
    Case("get", "/harbour-team/people/", all_of_us(200)),
    Case("post", "/harbour-team/people/", all_of_us(405)),
    Case("get", "/harbour-team/people/0/", moderators_alone(404)),
    Case("get", "/harbour-team/people/0/trust/", all_of_us(405)),
    Case("post", "/harbour-team/people/0/trust/", moderators_alone(404)),
    Case("get", "/harbour-team/people/0/role/", all_of_us(405)),
    Case("post", "/harbour-team/people/0/role/", owners_alone(404)),
    # These ask first again who it is.
    Case("get", "/harbour-team/people/0/remove/", owners_alone(302)),
    Case("post", "/harbour-team/people/0/remove/", owners_alone(302)),
    Case("get", "/harbour-team/people/0/hand-over/", owners_alone(302)),
    Case("post", "/harbour-team/people/0/hand-over/", owners_alone(302)),
    Case("get", "/harbour-team/leave/", all_of_us(302)),
    Case("post", "/harbour-team/leave/", all_of_us(302)),
    Case("get", "/harbour-team/people/invite/", owners_alone(200)),
    Case("get", "/harbour-team/people/invite/send/", all_of_us(405)),
    Case("post", "/harbour-team/people/invite/send/", owners_alone(422)),
    Case("get", "/harbour-team/people/invite/links/make/", all_of_us(405)),
    Case("post", "/harbour-team/people/invite/links/make/", owners_alone(422)),
    *(
        case
        for action in ("links/0/revoke", "invitations/0/revoke", "invitations/0/resend")
        for case in (
            Case("get", f"/harbour-team/people/invite/{action}/", all_of_us(405)),
            Case("post", f"/harbour-team/people/invite/{action}/", owners_alone(404)),
        )
    ),
    # Whoever is in already is led to the wall.
    Case("get", "/harbour-team/join/", all_of_us(302)),
    Case("post", "/harbour-team/join/", all_of_us(302)),
]

# What is sent here is empty: no page of rules can be saved so, but for an emptied list and a switch that is off.
SETTINGS_PAGES = [
    *(Case("get", f"/harbour-team/settings/{page}", owners_alone(200)) for page in ("", "wall/", "joining/")),
    *(Case("post", f"/harbour-team/settings/{page}", owners_alone(422)) for page in ("", "wall/", "joining/")),
    Case("get", "/harbour-team/settings/joining/domains/add/", all_of_us(405)),
    # Asks first again who it is.
    Case("post", "/harbour-team/settings/joining/domains/add/", owners_alone(302)),
    Case("get", "/harbour-team/settings/joining/domains/0/drop/", all_of_us(405)),
    Case("post", "/harbour-team/settings/joining/domains/0/drop/", owners_alone(404)),
    Case("get", "/harbour-team/settings/moderation/", owners_alone(200)),
    Case("post", "/harbour-team/settings/moderation/", owners_alone(422)),
    Case("get", "/harbour-team/settings/moderation/reasons/", all_of_us(405)),
    Case("post", "/harbour-team/settings/moderation/reasons/", owners_alone(302)),
    Case("get", "/harbour-team/settings/mail/", owners_alone(200)),
    Case("post", "/harbour-team/settings/mail/", owners_alone(302)),
    Case("get", "/harbour-team/settings/security/", owners_alone(200)),
    Case("post", "/harbour-team/settings/security/", owners_alone(302)),
    Case("get", "/harbour-team/settings/channels/", owners_alone(200)),
    Case("post", "/harbour-team/settings/channels/", all_of_us(405)),
    # Asks first again who it is, as do the secrets.
    Case("get", "/harbour-team/settings/channels/connect/webhook/", owners_alone(302)),
    Case("post", "/harbour-team/settings/channels/connect/webhook/", owners_alone(302)),
    Case("get", "/harbour-team/settings/channels/0/", owners_alone(404)),
    Case("post", "/harbour-team/settings/channels/0/", all_of_us(405)),
    Case("get", "/harbour-team/settings/channels/0/deliveries/", owners_alone(404)),
    Case("post", "/harbour-team/settings/channels/0/deliveries/", all_of_us(405)),
    *(
        case
        for action in ("0/start", "0/disconnect", "0/test", "deliveries/0/replay")
        for case in (
            Case("get", f"/harbour-team/settings/channels/{action}/", all_of_us(405)),
            Case("post", f"/harbour-team/settings/channels/{action}/", owners_alone(404)),
        )
    ),
    *(
        case
        for action in ("secret", "secret/change")
        for case in (
            Case("get", f"/harbour-team/settings/channels/0/{action}/", all_of_us(405)),
            Case("post", f"/harbour-team/settings/channels/0/{action}/", owners_alone(302)),
        )
    ),
    Case("get", "/harbour-team/settings/log/", row(everybody=403, author=403, moderators=200)),
    Case("post", "/harbour-team/settings/log/", all_of_us(405)),
]

ANSWERED = (State.RETURNED, State.DECLINED)
ACTIONS = (
    "submit",
    "withdraw",
    "stand-by",
    "own-words",
    "take-down",
    "put-back",
    "delete",
    "report",
    "uplift",
    "react",
    "publish",
    "return",
    "decline",
    "remove",
    "restore",
)
FROM: dict[str, tuple[str, ...]] = {
    "publish": ("pending",),
    "return": ("pending",),
    "decline": ("pending",),
    "remove": ("published", "aside"),
    "restore": ("removed",),
}
HIDDEN = (State.PENDING, State.RETURNED, State.DECLINED, State.REMOVED)
# What takes forms alone refuses a look at it before it knows of any story: seen of the state that most may know of, and
# of the one that nobody may.
LOOKED_AT = (State.PUBLISHED, State.DRAFT)
LIVE = ("news", "live")
# From where a moderator's answers beside those of FROM lead on.
AT_THE_DESK = {
    "fix": ("pending",),
    "spam": ("pending",),
    "not-spam": ("spam",),
    "keep": ("published", "aside"),
}


def story_cases() -> Iterator[Case]:
    for state in map(str, State):
        story = "/harbour-team/stories/{pk}/"
        draft, published = state == "draft", state == "published"
        editable = state in ("draft", "returned")
        # Others see what is published; moderators also all but drafts.
        readers, moderators = 404 if not published else 200, 404 if draft else 200
        # An accepted edit leads to the story that has its text.
        shown = 302 if state == "accepted" else 200
        # What does not hang lies on the moderators' desk.
        read = 404 if draft else 200 if published else 302
        yield Case("get", story, row(readers=readers, author=shown, moderators=read), state)
        yield Case("post", story, all_of_us(405), state)
        reacted = 200 if published else 404
        yield Case("get", f"{story}reactions/", all_of_us(reacted), state)
        yield Case("post", f"{story}reactions/", all_of_us(405), state)
        # What hangs is changed by a new text that waits.
        opened = 200 if editable or published else 302
        yield Case("get", f"{story}edit/", row(readers=404, author=opened, moderators=404), state)
        saved = 302 if editable or published else 409
        yield Case("post", f"{story}edit/", row(readers=404, author=saved, moderators=404), state, "text")
        if state in LOOKED_AT:
            yield from (Case("get", f"{story}{action}/", all_of_us(405), state) for action in ACTIONS)
        for action in ("submit", "withdraw", "stand-by", "own-words", "take-down", "put-back", "delete"):
            not_theirs = {200: 403, 404: 404}
            done = 409 if action == "stand-by" and state not in ANSWERED else 302
            expected = row(readers=not_theirs[readers], author=done, moderators=not_theirs[moderators])
            yield Case("post", f"{story}{action}/", expected, state, "words")
        reported = {200: 302, 404: 404}
        expected = row(readers=reported[readers], author=403, moderators=reported[moderators])
        yield Case("post", f"{story}report/", expected, state, "words")
        for action in ("uplift", "react"):
            answered = {200: 302, 404: 404}
            expected = row(readers=answered[readers], author=302, moderators=answered[moderators])
            yield Case("post", f"{story}{action}/", expected, state, "kind")
        for action, from_states in FROM.items():
            decided = 404 if draft else 302 if state in from_states else 409
            yield Case("post", f"{story}{action}/", row(readers=403, author=403, moderators=decided), state, "decision")


# The desk, beside its page: what moderators do there with no story in particular, and with one in each state.
QUEUE_PAGES = [
    *(
        Case("get", f"/harbour-team/moderation/{page}/", row(everybody=403, author=403, moderators=200))
        for page in LIVE
    ),
    *(Case("post", f"/harbour-team/moderation/{page}/", all_of_us(405)) for page in LIVE),
    *(Case("get", f"/harbour-team/moderation/{action}/", all_of_us(405)) for action in ("bulk", "undo")),
    # Nothing is ticked; and to undo nothing leads back to the desk.
    Case("post", "/harbour-team/moderation/bulk/", row(everybody=403, author=403, moderators=422)),
    Case("post", "/harbour-team/moderation/bulk/letter/", row(everybody=403, author=403, moderators=200)),
    Case("post", "/harbour-team/moderation/undo/", row(everybody=403, author=403, moderators=302)),
]


def desk_cases() -> Iterator[Case]:
    for state in map(str, State):
        decided = {action: 302 if state in states else 409 for action, states in AT_THE_DESK.items()}
        waiting = 302 if state == "pending" else 404
        expected = {**decided, "letter": 200, "claim": 302, "hand": waiting}
        for action, status in expected.items():
            path = f"/harbour-team/stories/{{pk}}/{action}/"
            if state in LOOKED_AT:
                yield Case("get", path, all_of_us(405), state)
            moderators = 404 if state == "draft" else status
            yield Case("post", path, row(readers=403, author=403, moderators=moderators), state, "desk")


READ_BY_ALL = (
    *("/harbour-team/", "/harbour-team/live/", "/harbour-team/live/missed/", "/harbour-team/stories/{pk}/"),
    *("/harbour-team/filters/", "/harbour-team/archive/", "/harbour-team/arrivals/"),
    "/harbour-team/feed/",
)


def of_a_public_team(case: Case) -> Case:
    """Return the case for a team whose wall is public: people outside read what is published, and nothing else changes.

    The pages that have a public twin are asked for by everybody. The others only by people outside: for the team
    itself they are the views of the case before, which know nothing of the public wall.
    """
    if case.path not in READ_BY_ALL:
        return replace(case, public=True, expected={name: case.expected[name] for name in OUTSIDE})
    reading = 200 if case.state in ("", "published") else 404
    outside = dict.fromkeys(OUTSIDE, reading if case.method == "get" else 405)
    return replace(case, public=True, expected=case.expected | outside)


# Nobody in this cast is staff, so that the whole admin is closed to all of them.
ENTRANCE = [
    Case("get", "/", for_all(302) | {"visitor": 200, "stranger": 200}),
    Case("post", "/", for_all(405)),
    Case("get", "/healthz/", for_all(200)),
    Case("post", "/healthz/", for_all(405)),
    Case("get", "/robots.txt", for_all(200)),
    Case("post", "/robots.txt", for_all(405)),
    Case("get", "/sitemap.xml", for_all(200)),
    Case("post", "/sitemap.xml", for_all(405)),
    Case("get", "/me/notices/stop/nonsense/", for_all(404)),
    Case("post", "/me/notices/stop/nonsense/", for_all(404)),
    Case("get", "/admin/", for_all(302)),
    Case("get", "/admin/stories/story/", for_all(302)),
    Case("get", "/admin/accounts/user/", for_all(302)),
    Case("get", "/accounts/login/", for_visitors(200)),
    Case("get", "/accounts/signup/", for_visitors(200)),
    Case("get", "/accounts/logout/", signed_in_only(200)),
    Case("get", "/accounts/inactive/", for_all(200)),
    Case("get", "/accounts/reauthenticate/", signed_in_only(200)),
    Case("get", "/accounts/email/", signed_in_only(200)),
    Case("get", "/accounts/confirm-email/", for_all(200)),
    Case("get", "/accounts/confirm-email/nonsense/", for_all(200)),
    Case("get", "/accounts/password/change/", signed_in_only(200)),
    Case("get", "/accounts/password/set/", signed_in_only(302)),
    Case("get", "/accounts/password/reset/", for_all(200)),
    Case("get", "/accounts/password/reset/done/", for_all(200)),
    Case("get", "/accounts/password/reset/key/1-nonsense/", for_all(200)),
    Case("get", "/accounts/password/reset/key/done/", for_all(200)),
    Case("get", "/accounts/login/code/confirm/", for_all(302)),
    # A link that opens nothing looks alike to everybody.
    *(Case(method, f"/{way}/nonsense/", for_all(404)) for way in ("join", "invitations") for method in ("get", "post")),
    # Its secret stands for the membership, so that it makes no difference who is signed in.
    Case("get", "/harbour-team/feed/nonsense/", for_all(404)),
    Case("post", "/harbour-team/feed/nonsense/", for_all(405)),
    # The second factor. Its changes ask first again who it is, which is a redirect to be confirmed.
    Case("get", "/accounts/2fa/", signed_in_only(200)),
    Case("get", "/accounts/2fa/authenticate/", for_all(302)),
    Case("get", "/accounts/2fa/reauthenticate/", for_all(302)),
    Case("get", "/accounts/2fa/totp/activate/", for_all(302)),
    Case("get", "/accounts/2fa/totp/deactivate/", signed_in_only(404)),
    Case("get", "/accounts/2fa/recovery-codes/", signed_in_only(404)),
    Case("get", "/accounts/2fa/recovery-codes/generate/", for_all(302)),
    Case("get", "/accounts/2fa/recovery-codes/download/", signed_in_only(404)),
    Case("get", "/accounts/2fa/webauthn/", signed_in_only(200)),
    Case("get", "/accounts/2fa/webauthn/add/", for_all(302)),
    Case("get", "/accounts/2fa/webauthn/login/", for_all(302)),
    Case("get", "/accounts/2fa/webauthn/reauthenticate/", for_all(302)),
    Case("get", "/accounts/2fa/webauthn/keys/1/edit/", for_all(302)),
    Case("get", "/accounts/2fa/webauthn/keys/1/remove/", for_all(302)),
    Case("get", "/accounts/sessions/", signed_in_only(200)),
    Case("get", "/accounts/sessions/1/end/", signed_in_only(405)),
    Case("post", "/accounts/sessions/1/end/", signed_in_only(404)),
    # Accounts from elsewhere. No provider is set up here, so none is there.
    Case("get", "/accounts/sso/", signed_in_only(200)),
    Case("get", "/accounts/sso/signup/", for_all(302)),
    Case("get", "/accounts/sso/login/cancelled/", for_all(200)),
    *(
        Case(method, f"/accounts/sso/{provider}/login/{callback}", for_all(404))
        for provider in ("oidc", "google", "microsoft", "github")
        for callback in ("", "callback/")
        for method in ("get", "post")
    ),
]

# What is mine is each one's own. The picture is Mia's, and the team is hers: those outside know nothing of them.
ME = [
    Case("get", "/me/", signed_in_only(200)),
    Case("post", "/me/", signed_in_only(422)),
    Case("get", "/me/address/confirm/", signed_in_only(405)),
    Case("post", "/me/address/confirm/", signed_in_only(404)),
    Case("get", "/me/unsent/", signed_in_only(302)),
    Case("post", "/me/unsent/", signed_in_only(405)),
    Case("get", "/me/picture/", signed_in_only(405)),
    Case("post", "/me/picture/", signed_in_only(422)),
    Case("get", "/me/picture/remove/", signed_in_only(405)),
    Case("post", "/me/picture/remove/", signed_in_only(302)),
    Case("get", "/me/notices/", signed_in_only(200)),
    # Nothing is ticked; to moderators the form also offers a pace.
    Case("post", "/me/notices/", signed_in_only(302) | dict.fromkeys(("moderator", "owner", "foreign_owner"), 422)),
    Case("get", "/me/notices/pause/end/", signed_in_only(405)),
    Case("post", "/me/notices/pause/end/", signed_in_only(302)),
    Case("get", "/me/teams/", signed_in_only(200)),
    Case("post", "/me/teams/", signed_in_only(405)),
    Case("get", "/me/teams/{team}/parting/", signed_in_only(405)),
    Case("post", "/me/teams/{team}/parting/", all_of_us(302)),
    Case("get", "/notices/", signed_in_only(200)),
    Case("post", "/notices/", signed_in_only(405)),
    Case("get", "/notices/unread/", signed_in_only(200)),
    Case("post", "/notices/unread/", signed_in_only(405)),
    Case("get", "/notices/read/", signed_in_only(405)),
    Case("post", "/notices/read/", signed_in_only(302)),
    Case("get", "/people/{picture}.webp", all_of_us(200)),
    Case("post", "/people/{picture}.webp", signed_in_only(405)),
]

# Taking data out and in. What hands something over, or takes something away for good, asks first again who it is.
ARCHIVES = [
    Case("get", "/me/data/", signed_in_only(200)),
    Case("post", "/me/data/", signed_in_only(405)),
    Case("get", "/me/data/export/", signed_in_only(405)),
    Case("post", "/me/data/export/", signed_in_only(302)),
    Case("get", "/me/data/download/", signed_in_only(405)),
    Case("post", "/me/data/download/", signed_in_only(302)),
    Case("get", "/me/data/delete/", signed_in_only(302)),
    Case("post", "/me/data/delete/", signed_in_only(302)),
    Case("get", "/me/data/keep/", signed_in_only(405)),
    Case("post", "/me/data/keep/", signed_in_only(302)),
    # For whoever runs the installation, who is nobody of these.
    Case("get", "/teams/import/", signed_in_only(403)),
    Case("post", "/teams/import/", signed_in_only(403)),
    Case("get", "/harbour-team/settings/export/", owners_alone(200)),
    Case("post", "/harbour-team/settings/export/", owners_alone(302)),
    Case("get", "/harbour-team/settings/export/download/", all_of_us(405)),
    Case("post", "/harbour-team/settings/export/download/", owners_alone(302)),
]

TEAMS = [
    # There are people, so nobody comes to the first page any more.
    Case("get", "/setup/", for_all(404)),
    Case("post", "/setup/", for_all(404)),
    Case("get", "/setup/nonsense/", for_all(404)),
    Case("post", "/setup/nonsense/", for_all(404)),
    Case("get", "/teams/", signed_in_only(200)),
    Case("post", "/teams/", signed_in_only(405)),
    Case("get", "/teams/new/", signed_in_only(200)),
    Case("post", "/teams/new/", signed_in_only(422)),
]

OF_A_TEAM: dict[str, list[Case]] = {
    "the team's pages": TEAM_PAGES,
    "the desk": [*DESK_PAGES, *QUEUE_PAGES],
    "people": PEOPLE_PAGES,
    "settings": SETTINGS_PAGES,
}
for one in (*story_cases(), *desk_cases()):
    OF_A_TEAM.setdefault(f"a story: {one.state}", []).append(one)
TABLES: dict[str, list[Case]] = {
    **OF_A_TEAM,
    **{f"{name}, of a public team": list(map(of_a_public_team, cases)) for name, cases in OF_A_TEAM.items()},
    "teams": TEAMS,
    "oneself": ME,
    "archives": ARCHIVES,
    "the entrance": ENTRANCE,
}
CASES = [case for cases in TABLES.values() for case in cases]


@dataclass(frozen=True)
class Everybody:
    """The cast, Ada who writes the stories, and what their browsers know them by."""

    cast: Cast
    author: Membership
    cookies: dict[str, SimpleCookie]

    def client(self, name: str) -> Client:
        """A browser as after signing in: what an answer before this has set in it is forgotten."""
        client = Client()
        client.cookies.load(self.cookies[name].output(header="", sep=";"))
        return client


@pytest.fixture
def everybody(cast: Cast) -> Everybody:
    author = make_member(team=cast.team, name="Ada Author")
    cast.member.user.set_picture(b"A small square picture.")
    people = {name: getattr(cast, name, None) for name in PEOPLE} | {"author": author}
    return Everybody(cast, author, {name: signed_in(person).cookies for name, person in people.items()})


@pytest.mark.parametrize("table", TABLES)
def test_everybody_gets_what_the_table_says(everybody: Everybody, table: str) -> None:
    """Each request begins from the same rows: what it changes is taken back, and all wrong answers are named."""
    cases = TABLES[table]
    if cases[0].public:
        everybody.cast.team.change(by=everybody.cast.owner, visibility="public")
    moderator = everybody.cast.second_moderator
    state = cases[0].state
    story = make_story(author=everybody.author, moderator=moderator, state=state) if state else None
    wrong = [
        f"{case} as {name}: {status}, not {case.expected[name]}"
        for case in cases
        for name, status in statuses(everybody, case, story).items()
        if status != case.expected[name]
    ]
    assert not wrong, "\n".join(wrong)


def statuses(everybody: Everybody, case: Case, story: Story | None) -> dict[str, int]:
    member = everybody.cast.member.user
    picture = f"{member.pk}/{member.picture_digest}"
    path = case.path.format(pk=story.pk if story else "", team=everybody.cast.team.pk, picture=picture)
    forget()  # what earlier requests have used up of a limit, and pages drawn of rows that were taken back

    def status(name: str) -> int:
        send: Callable[..., Any] = getattr(everybody.client(name), case.method)
        with transaction.atomic():
            response = send(path, data_for(case.data, story) if case.method == "post" else None)
            transaction.set_rollback(True)
        if name in ("owner", "visitor") and response.get("Content-Type", "").startswith("text/html"):
            parse_html(response.content.decode())  # fails where an element is closed that is not open
        return int(response.status_code)

    return {name: status(name) for name in case.expected if is_told_apart(case, name)}


def is_told_apart(case: Case, name: str) -> bool:
    """Whether the state may matter: a form from outside is refused by the team, before any view knows of a story."""
    return name not in OUTSIDE or case.method == "get" or case.state in ("", *LOOKED_AT)


def patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        else:
            assert isinstance(pattern, URLPattern)
            yield route


def test_the_table_names_every_address() -> None:
    """The admin counts as one: AdminSite closes it as a whole, to everybody who is not staff."""
    concrete = [case.path.format(pk=1, team=1, picture="1/0").lstrip("/") for case in CASES]
    covered = {get_resolver().resolve(f"/{path}").route for path in concrete}
    routes = {route.replace("/^", "/") for route in patterns(get_resolver())}
    covered = {route.replace("/^", "/") for route in covered}
    assert {route for route in routes if not route.startswith("admin/")} == {
        route for route in covered if not route.startswith("admin/")
    }
    assert any(route.startswith("admin/") for route in covered)


def test_the_table_names_everybody_for_every_address() -> None:
    assert all(case.expected.keys() == set(PEOPLE) for case in CASES if not case.public)
    public = [case for case in CASES if case.public]
    assert all(case.expected.keys() >= set(OUTSIDE) for case in public)
    assert {(case.path, case.state) for case in public if case.path in READ_BY_ALL} == {
        (case.path, case.state) for case in public if case.expected.keys() == set(PEOPLE)
    }
    assert len(public) == sum(map(len, OF_A_TEAM.values()))


def test_every_address_of_a_team_is_in_the_table_for_every_state() -> None:
    for state in State:
        for action in ACTIONS:
            posted = [case for case in CASES if case.method == "post" and case.path.endswith(f"/{action}/")]
            assert state in {case.state for case in posted}, (state, action)
