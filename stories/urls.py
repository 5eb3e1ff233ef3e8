"""A team's addresses of its stories, below /<team>/. AccessMiddleware turns the slug into the view's membership."""

from django.urls import path

from stories.views import composer, live, mine, own_stories, reactions, reports, story, wall

urlpatterns = [
    path("", wall.wall, name="wall"),
    path("filters/", wall.filters, name="wall-filters"),
    path("archive/", wall.archive, name="archive"),
    path("arrivals/", wall.arrivals, name="arrivals"),
    path("live/", live.live, name="live"),
    path("live/missed/", live.missed, name="live-missed"),
    path("introduction/dismiss/", wall.dismiss_introduction, name="dismiss_introduction"),
    path("keys/", wall.single_keys, {"back_to": "wall"}, name="wall-keys"),
    path("share/", composer.share, name="share"),
    path("reactions/", reactions.own, name="own-reactions"),
    path("mine/", mine.mine, name="mine"),
    path("mine/undo-delete/", own_stories.undo_delete, name="undo-delete"),
    path("stories/<int:pk>/", story.story, name="story"),
    path("stories/<int:pk>/edit/", composer.edit, name="edit"),
    path("stories/<int:pk>/submit/", story.submit, name="submit"),
    path("stories/<int:pk>/withdraw/", story.withdraw, name="withdraw"),
    path("stories/<int:pk>/stand-by/", story.stand_by, name="stand-by"),
    path("stories/<int:pk>/take-down/", own_stories.take_down, name="take-down"),
    path("stories/<int:pk>/put-back/", own_stories.put_back, name="put-back"),
    path("stories/<int:pk>/delete/", own_stories.delete_story, name="delete-story"),
    path("stories/<int:pk>/own-words/", story.own_words, name="own-words"),
    path("stories/<int:pk>/report/", reports.report, name="report"),
    path("stories/<int:pk>/uplift/", reactions.uplift, name="uplift"),
    path("stories/<int:pk>/react/", reactions.react, name="react"),
    path("stories/<int:pk>/reactions/", reactions.people, name="reactions"),
]
