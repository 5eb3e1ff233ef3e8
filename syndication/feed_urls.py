"""Addresses of the feed of a wall. AccessMiddleware turns <team> into the membership of the view."""

from django.urls import path

from syndication.views import feed

urlpatterns = [
    path("<slug:team>/feed/", feed.feed, name="feed"),
    path("<slug:team>/feed/make/", feed.make_feed_address, name="make_feed_address"),
    path("<slug:team>/feed/revoke/", feed.revoke_feed_address, name="revoke_feed_address"),
    # Not <team>: programs that nobody signs in read it, and the secret stands for the membership.
    path("<slug:slug>/feed/<str:secret>/", feed.private_feed, name="private_feed"),
]
