from accounts.models.departure import DepartureChoice
from accounts.models.installation import Installation, SetupLink
from accounts.models.invitation import Invitation
from accounts.models.join_link import JoinLink
from accounts.models.log import TeamEntry
from accounts.models.membership import Membership, Role, Trust
from accounts.models.reason import Reason
from accounts.models.refusal import Refused
from accounts.models.team import Accent, FormerSlug, Joining, Policy, Team, Visibility
from accounts.models.team_domain import TeamDomain
from accounts.models.user import Picture, User

__all__ = [
    "Accent",
    "DepartureChoice",
    "FormerSlug",
    "Installation",
    "Invitation",
    "JoinLink",
    "Joining",
    "Membership",
    "Picture",
    "Policy",
    "Reason",
    "Refused",
    "Role",
    "SetupLink",
    "Team",
    "TeamDomain",
    "TeamEntry",
    "Trust",
    "User",
    "Visibility",
]
