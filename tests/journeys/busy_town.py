"""A town with much in it, made by the stage hands (`stage.py`)."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Invitation, JoinLink, Membership, Reason, Team, TeamDomain, TeamEntry, User
from accounts.models.reason import ReasonLetter
from accounts.models.tokens import digest, new_token
from kindwall import clock
from stories.models import Report, Story
from syndication.models import Delivery
from tests.factories import make_channel, make_edit, make_member, make_story, make_team, make_user

ROLES = {"from": "member", "to": "moderator"}


def busy_town() -> dict[str, int | str]:
    """A team with much in it, an open one, an empty one and one that asks for a second factor.

    Their people are busy.owner and so on; what is returned are the numbers and tokens that addresses need.
    """

    def member(team: Team, who: str, name: str, role: str = "member") -> Membership:
        return make_member(team=team, name=name, role=role, email=f"busy.{who}@kindwall.example")

    made = make_team(name="The Lantern Makers of Saint-Étienne-du-Bois", slug="busy")
    owner = member(made, "owner", "Odile Quénet-Raffarin", "owner")
    moderator = member(made, "moderator", "Aurélien de la Rochefoucauld-Doudeauville", "moderator")
    someone = member(made, "member", "Mireille Longuet-Desmoulins")
    leaver = member(made, "leaver", "Léa Partante")
    make_user(name="Oto Outside", email="busy.outsider@kindwall.example")
    make_story(author=leaver, moderator=moderator, body="Lit the lamp in the hall for whoever comes last.")
    returned: dict[str, Any] = {"author": leaver, "moderator": moderator, "state": "returned"}
    make_story(**returned, body="Left a lantern burning where the path turns, and said nothing of it to anybody.")
    Reason.save_own(ReasonLetter("One word", "Thank you for seeing it. One word stands in its way."), by=moderator)
    make_story(author=someone, state="pending", body="Left the last of the oil for the lamp at the gate.")
    made.change(by=owner, tagline="Small lights for long evenings, and hands to carry them.")
    # Without passwords, which take a while to make.
    crowd = User.objects.bulk_create(
        User(name=f"Person Number {number}", email=f"crowd{number}.with-a-long-address@lanterns.kindwall.example")
        for number in range(55)
    )
    Membership.objects.bulk_create(Membership(team=made, user=one, role="member") for one in crowd)
    for _one in range(52):
        TeamEntry.write(made, owner.user, TeamEntry.Action.ROLE, subject=someone.user, detail=ROLES)
    TeamDomain.add("kindwall.example", automatic=True, by=owner)
    _link, token = JoinLink.make(by=owner, role="member", expires_at=None, most_uses=20)
    soon = timezone.now() + timedelta(days=1)
    gone, run_out = JoinLink.make(by=owner, role="moderator", expires_at=soon, most_uses=None)
    JoinLink.objects.filter(pk=gone.pk).update(expires_at=timezone.now())
    # As after they were sent: sending one gives it another token.
    letter, now = new_token(), timezone.now()
    Invitation.objects.bulk_create(
        Invitation(
            team=made,
            email=f"invited{number}@lanterns.kindwall.example",
            invited_by=owner.user,
            sent_at=now,
            expires_at=now if number > 50 else soon,
            **({"digest": digest(letter)} if not number else {}),
        )
        for number in range(55)
    )

    channel = make_channel(by=owner, name="Lamp at the gate")
    channel.stop("failing")
    for event, status in (("story.published", "waiting"), ("story.removed", "failed"), ("test", "delivered")):
        waits, done = (now if status == "waiting" else None), (now if status == "delivered" else None)
        number = None if event == "test" else 1
        Delivery.objects.create(
            channel=channel,
            event=event,
            status=status,
            source=event,
            story_id=number,
            next_attempt_at=waits,
            delivered_at=done,
        )

    told = everything_told(someone, moderator, member(made, "second", "Sabine Deuxième", "moderator"), leaver)
    unlocked = make_team(name="The Open Wall", slug="open")
    by = Membership.objects.create(team=unlocked, user=owner.user, role="owner")
    unlocked.change(by=by, visibility="public", joining="open")
    Membership.objects.create(team=make_team(name="Empty", slug="empty"), user=owner.user, role="owner")
    guarded = make_team(name="The Guarded Room", slug="guarded")
    member(guarded, "guard", "Gil Guard", "moderator")
    Team.objects.filter(pk=guarded.pk).update(two_factor_required=True)
    return {
        "owner": owner.pk,
        "member": someone.pk,
        "channel": channel.pk,
        "token": token,
        "run_out": run_out,
        "letter": letter,
        **told,
    }


def everything_told(author: Membership, moderator: Membership, second: Membership, other: Membership) -> dict[str, int]:
    """Stories of the author in every state there is something to tell of, and one of another's to report."""

    def made(state: str, body: str = "Carried the long ladder for the lamplighter.") -> Story:
        return make_story(author=author, moderator=moderator, state=state, body=body)

    states = {state: made(state).pk for state in ("pending", "returned", "declined", "aside", "removed")}
    stood_by, final = made("returned"), made("declined")
    for story in (stood_by, final):
        story.stand_by(by=author, message="She asked me to tell it with her name.")
    with clock.at(timezone.now() - timedelta(minutes=1)):
        Story.objects.filter(pk=final.pk).update(settles_at=None)
        final.decline(by=second, revision=final.revision, message="Two of us have read it now.", talk_to="Sabine.")
    hung, hung_too = made("published"), made("published")
    edit, returned = (make_edit(story, author=author, body="Carried the ladder.") for story in (hung, hung_too))
    with clock.at(timezone.now() - timedelta(minutes=1)):
        returned.return_for_change(by=moderator, revision=returned.revision, message="Say whose.", saw="Its warmth.")
    fixed = made("pending", "Carried teh ladder.")
    fixed.publish(by=moderator, revision=fixed.revision, fixed="Carried the ladder.")
    others = [make_story(author=other, moderator=moderator) for _number in range(2)]
    Report.make(others[1], by=author, reason="private", words="Perhaps.")
    more = {"stood_by": stood_by, "final": final, "edited": hung, "edit": edit, "returned_edit": returned}
    more |= {"fixed": fixed, "others": others[0], "reported": others[1]}
    return states | {name: story.pk for name, story in more.items()}
