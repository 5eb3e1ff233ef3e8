from accounts.models import Refused
from stories.models.assignment import Assignment
from stories.models.audit import AuditEntry, Letter
from stories.models.choices import Action, Kind, Quality, ReactionKind, State
from stories.models.claim import Claim
from stories.models.moderator_note import ModeratorNote
from stories.models.outbox import OutboxEvent
from stories.models.reactions import Reaction, Uplift
from stories.models.report import Report
from stories.models.sent import SentStory, seen_by
from stories.models.story import Story
from stories.models.text import StoryText
from stories.models.transitions import Overtaken
from stories.models.wall_count import WallCount

__all__ = [
    "Action",
    "Assignment",
    "AuditEntry",
    "Claim",
    "Kind",
    "Letter",
    "ModeratorNote",
    "OutboxEvent",
    "Overtaken",
    "Quality",
    "Reaction",
    "ReactionKind",
    "Refused",
    "Report",
    "SentStory",
    "State",
    "Story",
    "StoryText",
    "Uplift",
    "WallCount",
    "seen_by",
]
