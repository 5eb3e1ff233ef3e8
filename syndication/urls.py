"""A team's addresses of channels, below /<team>/. AccessMiddleware gives the views a membership."""

from django.urls import URLPattern, path

from syndication.views import channels, deliveries

urlpatterns: list[URLPattern] = [
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/connect/<str:kind>/", channels.connect, name="connect_channel"),
    path("settings/channels/<int:pk>/", channels.channel, name="channel"),
    path("settings/channels/<int:pk>/start/", channels.start, name="start_channel"),
    path("settings/channels/<int:pk>/disconnect/", channels.disconnect, name="disconnect_channel"),
    path("settings/channels/<int:pk>/secret/", channels.secret, name="channel_secret"),
    path("settings/channels/<int:pk>/secret/change/", channels.change_secret, name="change_channel_secret"),
    path("settings/channels/<int:pk>/test/", deliveries.test, name="test_channel"),
    path("settings/channels/<int:pk>/deliveries/", deliveries.deliveries, name="deliveries"),
    path("settings/channels/deliveries/<int:pk>/replay/", deliveries.replay, name="replay_delivery"),
]
