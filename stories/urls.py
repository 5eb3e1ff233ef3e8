"""A team's addresses, below /<team>/. AccessMiddleware turns the slug into the view's membership."""

from django.urls import path

from stories.views import (
    answers,
    composer,
    decisions,
    figures,
    live,
    log,
    mine,
    moderation,
    moderator,
    phrases,
    story,
    wall,
)

urlpatterns = [
    path("", wall.wall, name="wall"),
    path("live/", live.live, name="live"),
    path("share/", composer.share, name="share"),
    path("mine/", mine.mine, name="mine"),
    path("moderation/", moderation.moderation, name="moderation"),
    path("moderation/log/", log.decision_log, name="decision-log"),
    path("moderation/log.csv", log.decision_log_csv, name="decision-log-csv"),
    path("moderation/figures/", figures.figures, name="figures"),
    path("moderation/phrases/", phrases.phrases, name="phrases"),
    path("moderation/phrases/<int:pk>/drop/", phrases.drop_phrase, name="drop-phrase"),
    path("moderation/away/", moderator.away, name="away"),
    path("moderation/keys/", moderator.single_keys, name="single-keys"),
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
]
