"""That this installation has been set up, once."""

from typing import ClassVar

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models.membership import Membership
from accounts.models.refusal import Refused
from accounts.models.team import Team
from accounts.models.user import User


class Installation(models.Model):
    """One row, made by the first person. Of two who press at once, the database lets one."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    set_up_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="installation_once")]

    def __str__(self) -> str:
        return f"set up at {self.set_up_at:%Y-%m-%d %H:%M}"

    @classmethod
    def awaits(cls, user: User | None) -> bool:
        """Whether this visitor (None) or signed-in person may set it up.

        A visitor only while nobody is here at all. Somebody who came in by single sign-on
        while nobody runs the place yet may as well.
        """
        if user is None:
            return not User.objects.exists() and not cls.objects.exists()
        operated = User.objects.filter(is_superuser=True).exclude(pk=user.pk).exists()
        return not operated and not Team.objects.exists() and not cls.objects.exists()

    @classmethod
    def set_up(cls, user: User, *, team: str, slug: str) -> Membership:
        """Make this person, saved or not, the operator, and the owner of the first team.

        Raises Refused when somebody else was faster.
        """
        try:
            with transaction.atomic():
                cls.objects.create(id=1)
                user.is_staff = user.is_superuser = True
                user.save()
                return Team.start(by=user, name=team, slug=slug)
        except IntegrityError:
            raise Refused("Kindwall has been set up a moment ago.") from None
