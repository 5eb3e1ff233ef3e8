"""The columns that a team's archive contains. A test compares them with the models, so that none is forgotten."""

from stories.models.text import STORY_COLUMNS, TEXT_PARTS

FORMAT = "kindwall-team"
VERSION = 2
KNOWN_VERSIONS = (1, 2)
# Columns that version 1 did not have.
ADDED = frozenset(
    {
        "trust",
        "rounds",
        "saw",
        "next_step",
        "talk_to",
        "watching",
        "edited_at",
        "wall_digest",
        "trust_told_at",
        "watch_words",
        "letter_hints",
    }
)

# Columns that have another name in archives than in the database; archives keep it in every version.
ARCHIVE_NAMES = {"rounds": "submission_count"}

TEAM_ARCHIVE_COLUMNS = (
    *("name", "slug", "tagline", "accent", "visibility", "indexed", "joining", "policy", "newcomer_until"),
    *("answer_hours", "set_aside_after", "watch_words", "two_factor_required", "created_at", "wall_digest"),
    "letter_hints",
)
REASON = ("position", "name", "words", "saw", "next_step", "talk_to")
DOMAIN = ("domain", "automatic", "created_at")
PERSON_COLUMNS = ("name",)
MEMBERSHIP = ("role", "joined_at", "role_changed_at", "trust", "trust_changed_at", "trust_told_at", "away_until")
STORY_ARCHIVE_COLUMNS = (
    *(*STORY_COLUMNS, "signature", "state", "revision"),
    *("created_at", "updated_at", "submitted_at", "decided_at", "published_at", "stood_by_at", "rounds"),
    "edited_at",
)
AUDIT = (
    *("action", "from_state", "to_state", "reason", "saw", "message", "next_step", "talk_to", "watching"),
    *("revision", *TEXT_PARTS, "created_at"),
)
UPLIFT_COLUMNS = ("created_at",)
REACTION = ("kind", "created_at")
REPORT = ("reason", "words", "created_at")
ASSIGNMENT = ("note", "created_at")
NOTE_COLUMNS = ("text", "created_at")
LOG = ("action", "detail", "created_at")
