"""The server's own number of open streams, which the journeys' server gives at an address of its own."""

import json
from collections import Counter
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from stories.live.hub import hub

PATH = "/open-streams/"


def open_streams(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Respond with the number of streams by kind; as a middleware, because it is no page of the product."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path != PATH:
            return get_response(request)
        kinds = Counter("desk" if viewer.audience.desk else "wall" for viewer in list(hub.viewers))
        return HttpResponse(json.dumps(kinds), content_type="application/json")

    return middleware
