"""The kinds of notices about stories and people. Apps that own another subject register theirs themselves."""

from accounts.notice_kinds import NoticeKind
from notices.kinds.author import DECISION, REACTIONS
from notices.kinds.moderators import (
    ASSIGNED,
    NOTE,
    OVERDUE,
    REPORTED,
    RESUBMITTED,
    SECOND_OPINION,
    WAITING,
)
from notices.kinds.owners import JOINED
from notices.kinds.readers import NEW_STORIES, REPORT_OUTCOME

# In the order in which people choose among them.
KINDS: tuple[NoticeKind, ...] = (
    *(DECISION, REACTIONS, REPORT_OUTCOME, NEW_STORIES),
    *(WAITING, RESUBMITTED, SECOND_OPINION, ASSIGNED, NOTE, REPORTED, OVERDUE),
    JOINED,
)
