"""A moderator works the queue with one key: from the press to the next story before them."""

import re
import time

from bench.clients import Browser, Connection
from bench.server import Server
from bench.team import SeededTeam

PUBLISH = re.compile(r'hx-post="(?P<address>[^"]+/publish/)".*?name="revision" value="(?P<revision>\d+)"', re.DOTALL)
WORKED = 200  # stories answered one after another


async def work_the_queue(server: Server, team: SeededTeam) -> list[float]:
    """Publish one story after another, each as it comes with the answer before: milliseconds for each.

    Ends the bench when an answer does not bring the next story.
    """
    moderator = Browser(await Connection.open(server.port))
    await moderator.sign_in(team.moderator, team.password)
    page = await moderator.get(team.desk)
    waits: list[float] = []
    for _ in range(WORKED):
        found = PUBLISH.search(page.text)
        if page.status != 200 or found is None:
            raise SystemExit(f"The desk answered {page.status} without a story to publish.")
        fields = {"revision": found["revision"], "csrfmiddlewaretoken": moderator.token}
        began = time.perf_counter()
        page = await moderator.connection.ask(moderator.form(found["address"], fields, hx_request="true"))
        waits.append((time.perf_counter() - began) * 1000)
    moderator.connection.close()
    return waits
