"""Saying no to an act, in words for the person who tried it."""

from django.core.exceptions import PermissionDenied


class Refused(PermissionDenied):
    """The act is against a rule of the house; the text says which, kindly."""
