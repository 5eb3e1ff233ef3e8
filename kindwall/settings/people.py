"""Accounts: signing in, single sign-on, second factors, and limits on what people send."""

from kindwall import single_sign_on
from kindwall.settings.installation import HTTPS, LOCAL

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backend.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.signup.NameForm"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.entrance.SignupForm",
    "login": "accounts.forms.entrance.LoginForm",
    "reset_password": "accounts.forms.entrance.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.entrance.ResetPasswordKeyForm",
}
# Except for members, and for people who come by a link or an invitation (accounts/login_stages.py).
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = True
# Beside allauth's own.
ACCOUNT_RATE_LIMITS = {
    # accounts/views/entrance.py has these two, for people who come by a link or an invitation and for others.
    "signup": None,
    "login": None,
    "sign_up": "20/m/ip",
    "sign_up_by_link": "300/10m/key",
    "sign_up_by_invitation": "20/m/key",
    "sign_in": "30/m/ip",
    "sign_in_by_link": "300/10m/key",
    "sign_in_by_invitation": "20/m/key",
    # Whole archives of one's own or of a team; each costs a while of work.
    "export": "3/h/user",
    # Texts that an address leaves behind to be given back after signing in.
    "keep_unsent_form": "30/m/ip",
    # Presses on the way into a team by one link or invitation.
    "join": "600/10m/key",
    # Links that open nothing.
    "guess_token": "20/m/ip",
    # Stories that one person reports.
    "report": "60/h/user",
    # Saves of what one person writes: the composer sends one each second and a half at most.
    "save": "120/m/user",
    # Uplifts and reactions of one person.
    "press": "240/m/user",
    # Addresses that one person invites.
    "invite": "300/h/user",
    # Letters that one address gets, from whomever.
    "invite_address": "10/d/key",
    "resend_invitation": "1/5m/key",
    # Teams that one person starts.
    "start_team": "10/d/user",
    # Pictures that one person has made small: they take their turns.
    "picture": "20/5m/user",
}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"

# With an account from elsewhere. A provider that has confirmed an address is believed about whose it is, as a mail to
# it would be: that person is let in to the account here which has the address. One that has not is never believed.

SOCIALACCOUNT_ADAPTER = "accounts.sso.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = single_sign_on.provider_settings(local=LOCAL)
SSO_ONLY = single_sign_on.only_way_in(SOCIALACCOUNT_PROVIDERS)
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

# A second factor, and passkeys, which are both factors at once. Where single sign-on is the only way in, so it is.

MFA_ADAPTER = "accounts.two_factor.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "accounts.two_factor.AddWebAuthnForm",
    "edit_webauthn": "accounts.two_factor.EditWebAuthnForm",
    "login_webauthn": "accounts.two_factor.LoginWebAuthnForm",
    "authenticate_webauthn": "accounts.two_factor.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "accounts.two_factor.ReauthenticateWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Kindwall"
MFA_TOTP_TOLERANCE = 1  # of a telephone's clock, in periods of 30 seconds
MFA_PASSKEY_LOGIN_ENABLED = not SSO_ONLY
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL
