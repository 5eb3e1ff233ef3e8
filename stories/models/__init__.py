from accounts.models import Refused
from stories.models.audit import AuditEntry
from stories.models.outbox import OutboxEvent
from stories.models.response import Reaction, Uplift
from stories.models.story import Overtaken, Story
from stories.models.words import Action, Kind, Quality, ReactionKind, State

__all__ = [
    "Action",
    "AuditEntry",
    "Kind",
    "OutboxEvent",
    "Overtaken",
    "Quality",
    "Reaction",
    "ReactionKind",
    "Refused",
    "State",
    "Story",
    "Uplift",
]
