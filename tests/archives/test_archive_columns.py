"""Tests that every column and model of a team is exported or left out on purpose."""

from typing import Any

import pytest

from accounts.models import DepartureChoice, FormerSlug, Membership, Reason, Team, TeamEntry
from accounts.models.team_domain import TeamDomain
from archives import fields
from archives.rows import column_of
from stories.models import (
    Assignment,
    AuditEntry,
    ModeratorNote,
    Reaction,
    ReactionKind,
    Report,
    Story,
    Uplift,
)

LEFT_OUT = {
    Team: {"id"},
    Reason: {"id", "team", "user"},
    TeamDomain: {"id", "team"},
    # The person is exported by name; who imports a team has a wall that is new to its people.
    Membership: {"id", "team", "user", "introduction_dismissed_at", "desk_introduction_dismissed_at", "wall_seen_at"},
    DepartureChoice: {"id", "team", "user", "choice"},  # exported with the person
    FormerSlug: {"id", "team", "slug"},  # exported as a list
    AuditEntry: {"id", "story", "actor", "undoes", "batch"},
    Uplift: {"id", "story", "user"},
    Reaction: {"id", "story", "user"},
    Report: {"id", "story", "reporter", "decision"},
    # An assignment that a decision has ended is left out.
    Assignment: {"id", "story", "moderator", "assigned_by", "decision"},
    ModeratorNote: {"id", "story", "moderator"},
    TeamEntry: {"id", "team", "actor", "subject"},
    # Counts, warmth, the words of the search, and since when a look is missing are computed by the import. The others
    # matter only while the story is edited or a decision can be undone.
    Story: {
        *("id", "team", "author", "edit_of", "created_by_editor", "saved_by_editor", "save_sequence", "settles_at"),
        *("words", "warmth", "unreviewed_since", "uplift_count", *(kind.counter for kind in ReactionKind)),
    },
}
STORY_MODELS = {"AuditEntry", "Uplift", "Reaction", "Report", "Assignment", "ModeratorNote"}
EXPORTED: dict[type, tuple[str, ...]] = {
    Team: fields.TEAM_ARCHIVE_COLUMNS,
    Reason: fields.REASON,
    TeamDomain: fields.DOMAIN,
    Membership: fields.MEMBERSHIP,
    DepartureChoice: (),
    FormerSlug: (),
    AuditEntry: fields.AUDIT,
    Uplift: fields.UPLIFT_COLUMNS,
    Reaction: fields.REACTION,
    Report: fields.REPORT,
    Assignment: fields.ASSIGNMENT,
    ModeratorNote: fields.NOTE_COLUMNS,
    TeamEntry: fields.LOG,
    Story: fields.STORY_ARCHIVE_COLUMNS,
}


@pytest.mark.parametrize("model", EXPORTED)
def test_every_column_is_exported_or_left_out_on_purpose(model: Any) -> None:
    columns = {field.name for field in model._meta.concrete_fields}
    assert columns == set(map(column_of, EXPORTED[model])) | LEFT_OUT[model]


def test_every_model_of_a_team_is_exported_or_left_out_on_purpose() -> None:
    """Links, invitations, outbox events and exports belong to the installation, notices to each person.

    A channel holds secrets of other services, and another installation has to be connected anew. The database itself
    counts a wall's kinds and qualities.
    """
    relations: list[Any] = Team._meta.get_fields(include_hidden=True)
    of_a_team = {field.related_model.__name__ for field in relations if field.one_to_many}
    own = {"JoinLink", "Invitation", "OutboxEvent", "Export", "Notice", "Channel", "WallCount"}
    assert of_a_team == {model.__name__ for model in EXPORTED} - {"Team"} - STORY_MODELS | own


def test_every_model_of_a_story_is_exported_or_left_out_on_purpose() -> None:
    """Claims lapse, notices belong to each person, and edits are stories themselves."""
    relations: list[Any] = Story._meta.get_fields(include_hidden=True)
    of_a_story = {field.related_model.__name__ for field in relations if field.auto_created and not field.concrete}
    assert of_a_story == STORY_MODELS | {"Claim", "Notice", "Story"}
