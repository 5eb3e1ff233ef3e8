"""A team's addresses of moderation, below /<team>/: the desk, the decisions on a story, the log and the figures."""

from django.urls import path
from django.views.decorators.http import require_POST

from accounts.access import moderators_only
from moderation.views import (
    assignments,
    authors,
    availability,
    bulk,
    claims,
    decisions,
    desk,
    figures,
    letters,
    log,
    own_reasons,
    removal,
    undo,
)
from stories.views import live
from stories.views.wall import single_keys

urlpatterns = [
    path("moderation/", desk.moderation, name="moderation"),
    path("moderation/news/", desk.news, name="desk-news"),
    path("moderation/live/", live.desk_live, name="desk-live"),
    path("moderation/bulk/", bulk.bulk, name="bulk"),
    path("moderation/bulk/letter/", letters.preview_to_several, name="preview-letter-to-several"),
    path("moderation/undo/", undo.undo, name="undo"),
    path("moderation/log/", log.decision_log, name="decision-log"),
    path("moderation/log.csv", log.decision_log_csv, name="decision-log-csv"),
    path("moderation/figures/", figures.figures, name="figures"),
    path("moderation/people/<int:pk>/", authors.author, name="author"),
    path("people/<int:pk>/trust/", authors.trust, name="trust"),
    path("moderation/reasons/", own_reasons.own_reasons, name="own-reasons"),
    path("moderation/reasons/<int:pk>/delete/", own_reasons.delete_own_reason, name="delete-own-reason"),
    path("moderation/phrases/", own_reasons.phrases, name="phrases"),
    path("moderation/away/", availability.away, name="away"),
    path("moderation/introduction/dismiss/", availability.dismiss_introduction, name="dismiss-desk-introduction"),
    path("moderation/keys/", require_POST(moderators_only(single_keys)), {"back_to": "moderation"}, name="single-keys"),
    path("stories/<int:pk>/publish/", decisions.publish, name="publish"),
    path("stories/<int:pk>/return/", decisions.return_story, name="return"),
    path("stories/<int:pk>/decline/", decisions.decline, name="decline"),
    path("stories/<int:pk>/remove/", removal.remove, name="remove"),
    path("stories/<int:pk>/removal/", removal.removal, name="removal"),
    path("stories/<int:pk>/restore/", decisions.restore, name="restore"),
    path("stories/<int:pk>/spam/", decisions.spam, name="spam"),
    path("stories/<int:pk>/not-spam/", decisions.not_spam, name="not-spam"),
    path("stories/<int:pk>/keep/", decisions.dismiss_reports, name="keep"),
    path("stories/<int:pk>/review/", decisions.review, name="review"),
    path("stories/<int:pk>/fix/", decisions.fix, name="fix"),
    path("stories/<int:pk>/letter/", letters.preview, name="preview-letter"),
    path("stories/<int:pk>/claim/", claims.claim, name="claim"),
    path("stories/<int:pk>/assign/", assignments.assign, name="assign"),
    path("stories/<int:pk>/hand/", assignments.assign, name="hand"),  # the former address of the same form
    path("stories/<int:pk>/give-back/", assignments.give_back, name="give-back"),
    path("stories/<int:pk>/notes/", assignments.add_note, name="add-note"),
    path("stories/<int:pk>/notes/delete/", assignments.delete_note, name="delete-note"),
]
