"""A team's addresses, below /<team>/. AccessMiddleware turns the slug into the view's membership."""

from django.urls import path

from stories.views import (
    answers,
    bulk,
    claims,
    composer,
    decisions,
    letters,
    live,
    mine,
    moderation,
    story,
    undoing,
    wall,
)

urlpatterns = [
    path("", wall.wall, name="wall"),
    path("live/", live.live, name="live"),
    path("share/", composer.share, name="share"),
    path("mine/", mine.mine, name="mine"),
    path("moderation/", moderation.moderation, name="moderation"),
    path("moderation/news/", moderation.news, name="desk-news"),
    path("moderation/live/", live.desk_live, name="desk-live"),
    path("moderation/bulk/", bulk.bulk, name="bulk"),
    path("moderation/undo/", undoing.undo, name="undo"),
    path("stories/<int:pk>/", story.story, name="story"),
    path("stories/<int:pk>/edit/", composer.edit, name="edit"),
    path("stories/<int:pk>/submit/", story.submit, name="submit"),
    path("stories/<int:pk>/withdraw/", story.withdraw, name="withdraw"),
    path("stories/<int:pk>/uplift/", answers.uplift, name="uplift"),
    path("stories/<int:pk>/react/", answers.react, name="react"),
    path("stories/<int:pk>/publish/", decisions.publish, name="publish"),
    path("stories/<int:pk>/return/", decisions.return_story, name="return"),
    path("stories/<int:pk>/decline/", decisions.decline, name="decline"),
    path("stories/<int:pk>/remove/", decisions.remove, name="remove"),
    path("stories/<int:pk>/restore/", decisions.restore, name="restore"),
    path("stories/<int:pk>/spam/", decisions.spam, name="spam"),
    path("stories/<int:pk>/not-spam/", decisions.not_spam, name="not-spam"),
    path("stories/<int:pk>/keep/", decisions.keep, name="keep"),
    path("stories/<int:pk>/fix/", decisions.fix, name="fix"),
    path("stories/<int:pk>/letter/", letters.preview, name="preview-letter"),
    path("stories/<int:pk>/claim/", claims.claim, name="claim"),
    path("stories/<int:pk>/hand/", claims.hand, name="hand"),
]
