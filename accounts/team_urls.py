"""Addresses of a team's people and settings, below /<team>/. AccessMiddleware gives the views a membership."""

from django.urls import URLPattern, path

from accounts.views import invitations, join, log, people, settings

urlpatterns: list[URLPattern] = [
    path("join/", join.join, name="join"),
    path("leave/", people.leave, name="leave"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/role/", people.change_role, name="change_role"),
    path("people/<int:pk>/remove/", people.remove_person, name="remove_person"),
    path("people/<int:pk>/hand-over/", people.hand_over, name="hand_over"),
    path("people/invite/", invitations.invite, name="invite"),
    path("people/invite/links/make/", invitations.make_link, name="make_link"),
    path("people/invite/links/<int:pk>/revoke/", invitations.revoke_link, name="revoke_link"),
    path("people/invite/send/", invitations.send_invitations, name="send_invitations"),
    path("people/invite/invitations/<int:pk>/resend/", invitations.send_again, name="resend_invitation"),
    path("people/invite/invitations/<int:pk>/revoke/", invitations.revoke_invitation, name="revoke_invitation"),
    path("settings/", settings.about, name="settings"),
    path("settings/overview/", settings.overview, name="settings_overview"),
    path("settings/wall/", settings.wall, name="settings_wall"),
    path("settings/joining/", settings.joining, name="settings_joining"),
    path("settings/joining/domains/add/", settings.add_domain, name="add_domain"),
    path("settings/joining/domains/<int:pk>/drop/", settings.drop_domain, name="drop_domain"),
    path("settings/moderation/", settings.moderation, name="settings_moderation"),
    path("settings/moderation/reasons/", settings.reasons, name="settings_reasons"),
    path("settings/mail/", settings.mail, name="settings_mail"),
    path("settings/security/", settings.security, name="settings_security"),
    path("settings/log/", log.log, name="settings_log"),
]
