"""Hints on a letter that is being written. They never prevent it from being sent."""

import re

from django.utils.translation import gettext

from stories.models import Letter

# All languages are searched, because a moderator may write in any of them.
ABOUT_THE_PERSON = re.compile(
    r"\byou (are|were|always|never|clearly|obviously|failed|seem)\b|\byou[’']re (being|too|so|not)\b"
    r"|\b(rude|careless|selfish|lazy|unprofessional|childish|disappointing)\b"
    r"|\bdu (bist|warst|hast nie|machst immer)\b|\bsie sind (zu|so|immer)\b"
    r"|\b(unhöflich|unprofessionell|egoistisch|kindisch|faul|rücksichtslos)\w*\b",
    re.IGNORECASE,
)
APOLOGIES = re.compile(
    r"\b(sorry|unfortunately|afraid|regret\w*|apolog\w+)\b"
    r"|\b(leider|entschuldig\w*|bedauer\w*|verzeih\w*)\b|\btut (mir|uns) leid\b",
    re.IGNORECASE,
)
FEWEST_WORDS = 3


def hints(letter: Letter) -> list[str]:
    """Return the hints on this letter, each a sentence."""
    text = " ".join([letter.get("saw", ""), letter["message"], letter.get("next_step", "")])
    found = []
    if ABOUT_THE_PERSON.search(text):
        found.append(gettext("Part of it is about the person. Say what the story does instead."))
    if APOLOGIES.search(text):
        found.append(gettext("It apologises for the rule. A clear reason is kinder."))
    if len(letter.get("next_step", "").split()) < FEWEST_WORDS:
        found.append(gettext("It does not say yet what happens next."))
    return found
