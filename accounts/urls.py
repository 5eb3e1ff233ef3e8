from django.urls import path

from accounts.views import addresses, home, join, me, setup, teams, unsent

urlpatterns = [
    path("", home.home, name="home"),
    path("setup/", setup.setup, name="setup"),
    path("setup/<str:token>/", setup.setup, name="setup_by_link"),
    path("teams/", teams.teams, name="teams"),
    path("teams/new/", teams.start, name="start_team"),
    path("join/<str:token>/", join.join_by_link, name="join_by_link"),
    path("invitations/<str:token>/", join.join_by_invitation, name="join_by_invitation"),
    path("me/", me.me, name="me"),
    path("me/address/confirm/", addresses.send_confirmation, name="send_confirmation"),
    path("me/unsent/", unsent.unsent, name="unsent_form"),
    path("me/picture/", me.set_picture, name="set_picture"),
    path("me/picture/remove/", me.remove_picture, name="remove_picture"),
    path("me/teams/", me.my_teams, name="my_teams"),
    path("me/teams/<int:pk>/parting/", me.choose_parting, name="choose_parting"),
    path("people/<int:pk>/<str:digest>.webp", me.picture, name="picture"),
]
