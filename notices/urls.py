from django.urls import path

from notices.views import notices, preferences

urlpatterns = [
    path("notices/", notices.notices, name="notices"),
    path("notices/unread/", notices.unread, name="unread-notices"),
    path("notices/read/", notices.mark_read, name="mark-notices-read"),
    path("me/notices/", preferences.preferences, name="notice_preferences"),
    path("me/notices/pause/end/", preferences.end_pause, name="end_notice_pause"),
]
