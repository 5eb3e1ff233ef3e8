"""The access tables of a team's pages: wall, desk, people, settings."""

from tests.access_cases import Case, all_of_us, moderators_alone, owners_alone, row

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
    Case("get", "/harbour-team/keys/", all_of_us(405)),
    Case("post", "/harbour-team/keys/", all_of_us(400)),
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
    Case("post", "/harbour-team/moderation/phrases/", moderators_alone(422)),
    Case("get", "/harbour-team/moderation/away/", all_of_us(405)),
    Case("post", "/harbour-team/moderation/away/", moderators_alone(302)),
    Case("get", "/harbour-team/moderation/introduction/dismiss/", all_of_us(405)),
    Case("post", "/harbour-team/moderation/introduction/dismiss/", moderators_alone(302)),
    Case("get", "/harbour-team/moderation/keys/", all_of_us(405)),
    Case("post", "/harbour-team/moderation/keys/", moderators_alone(400)),
]

LIVE = ("news", "live")

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
