from accounts.models.team import Membership, Team
from accounts.models.user import User

__all__ = ["Membership", "Team", "User"]
