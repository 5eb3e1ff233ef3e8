"""How readers answer a story on the wall: uplifts, reactions, and reports."""

from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext

from accounts.models import Membership, Refused
from stories.models.deciding import Deciding
from stories.models.moving import Overtaken
from stories.models.outbox import OutboxEvent
from stories.models.response import Reaction, Uplift
from stories.models.words import Action, ReactionKind, State


class Answering(Deciding):
    class Meta(Deciding.Meta):
        abstract = True

    def toggle_uplift(self, *, by: Membership) -> bool:
        """Give an uplift or take it back; True when it is given now."""
        if self.author_id == by.user_id:
            raise Refused(gettext("This story is yours. Uplifts are for others to give."))
        return self._toggle(by, Uplift.objects.filter(story=self.pk, user=by.user), Uplift(), "uplift_count")

    def toggle_reaction(self, kind: ReactionKind, *, by: Membership) -> bool:
        """React or take it back; True when the reaction is there now."""
        mine = Reaction.objects.filter(story=self.pk, user=by.user, kind=kind)
        return self._toggle(by, mine, Reaction(kind=kind), kind.counter)

    def _toggle(self, by: Membership, mine: models.QuerySet[Any], new: Uplift | Reaction, counter: str) -> bool:
        if by.team_id != self.team_id:
            raise Overtaken(self._as_it_is())
        with transaction.atomic():
            # The story's row is the lock: two presses at once are one after the other.
            self._only_on_the_wall()
            taken_back, _ = mine.delete()
            if not taken_back:
                new.story, new.user = self._itself, by.user
                new.save(force_insert=True)
            self._rows().update(**{counter: F(counter) + (-1 if taken_back else 1)})
            self.refresh_from_db(fields=[counter])
            OutboxEvent.announce(self._itself, OutboxEvent.Kind.COUNTS)
        return not taken_back

    @transaction.atomic
    def set_aside(self) -> bool:
        """Take it off the wall until a moderator has looked: the team's rule, after enough reports."""
        return self._move(None, Action.ASIDE, (State.PUBLISHED,), State.ASIDE)

    def _only_on_the_wall(self) -> None:
        """Hold the story's row for the rest of the transaction. Raises Overtaken where it does not hang."""
        if not self._rows(state=State.PUBLISHED).select_for_update().values_list("pk"):
            raise Overtaken(self._as_it_is())
