"""The roles of a person in a team, and how far moderators trust their stories."""

from django.db import models
from django.utils.translation import gettext_lazy


class Role(models.TextChoices):
    """The roles, in order: each may do all that the one before it may."""

    MEMBER = "member", gettext_lazy("Member")
    MODERATOR = "moderator", gettext_lazy("Moderator")
    OWNER = "owner", gettext_lazy("Owner")


class Trust(models.TextChoices):
    """The trust in one person's stories. It takes precedence over the team's policy."""

    USUAL = "", gettext_lazy("According to the team’s rule")
    TRUSTED = "trusted", gettext_lazy("Trusted: their stories are published at once")
    ALWAYS = "always", gettext_lazy("Always review")
