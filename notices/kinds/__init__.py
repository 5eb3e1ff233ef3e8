"""The kinds of notices about stories and people. Apps that own another subject register theirs themselves."""

from accounts.notice_kinds import NoticeKind
from notices.kinds.author import DECISION, REACTIONS
from notices.kinds.moderators import (
    ASSIGNED,
    NOTE_KIND,
    OVERDUE,
    REPORTED_KIND,
    RESUBMITTED_KIND,
    SECOND_OPINION_KIND,
    WAITING_KIND,
)
from notices.kinds.owners import JOINED_KIND
from notices.kinds.readers import NEW_STORIES, REPORT_OUTCOME

# In the order in which people choose among them.
KINDS: tuple[NoticeKind, ...] = (
    *(DECISION, REACTIONS, REPORT_OUTCOME, NEW_STORIES),
    *(WAITING_KIND, RESUBMITTED_KIND, SECOND_OPINION_KIND, ASSIGNED, NOTE_KIND, REPORTED_KIND, OVERDUE),
    JOINED_KIND,
)
