"""The exception for acts that a rule forbids."""

from django.core.exceptions import PermissionDenied


class Refused(PermissionDenied):
    """Raised when a rule forbids the act. Its text is shown to the person."""
