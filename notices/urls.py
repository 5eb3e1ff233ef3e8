from django.urls import path

from notices.views import notices

urlpatterns = [
    path("notices/", notices.notices, name="notices"),
    path("notices/unread/", notices.unread, name="unread-notices"),
    path("notices/read/", notices.mark_read, name="mark-notices-read"),
]
