"""The access tables outside of a team: the entrance, one's own pages, archives, teams."""

from tests.access_cases import Case, all_of_us, for_all, for_visitors, owners_alone, signed_in_only

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
