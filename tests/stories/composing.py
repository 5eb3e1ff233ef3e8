"""Texts as the composer's form sends them, and the helpers of its tests."""

import uuid
from typing import Any

from django.http import HttpResponseBase

from stories.models import Story

SHARE = "/harbour-team/share/"
# The longest emoji that people send: ten code points, 35 bytes, one character.
KISS = "👩🏽\u200d❤️\u200d💋\u200d👨🏿"


def typed(**fields: Any) -> dict[str, Any]:
    whole = {"kind": "given", "qualities": ["hope"], "body": "Held the lift.", "revision": "0", "action": "submit"}
    return whole | {"composer": str(uuid.uuid4())} | fields


def edit(story: Story) -> str:
    return f"/harbour-team/stories/{story.pk}/edit/"


def only_story() -> Story:
    return Story.objects.get()


def varies(response: HttpResponseBase) -> bool:
    return "HX-Request" in response.headers.get("Vary", "")
