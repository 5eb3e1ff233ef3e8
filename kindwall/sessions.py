"""Sessions whose key can be replaced while other requests of the same browser are under way."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

OLD_KEY_GRACE = timedelta(seconds=60)  # for which a replaced key still opens its session
SUCCESSOR = "successor"  # all that the row of a replaced key holds


class SessionStore(db.SessionStore):
    """A session in the database. After `rotate`, a browser that sends the old key gets the new one."""

    def load(self) -> dict[str, Any]:
        held: dict[str, Any] = super().load()
        while successor := held.get(SUCCESSOR):
            self._session_key = successor
            held = super().load()
            # The cookie is sent again: the response that brought the new key may have been lost.
            self.modified = self.session_key is not None
        return held

    def save(self, must_create: bool = False) -> None:
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        with transaction.atomic():
            self._lock()
            super().save()

    def rotate(self) -> None:
        """Replace the key. Of several requests at once only the first does, and the others use its new key."""
        before = self.session_key
        self.keys()  # load the data, so that the new row contains it
        with transaction.atomic():
            row = self._lock()
            if row is not None and self.session_key == before:
                self.create()
                row.session_data = self.encode({SUCCESSOR: self.session_key})
                row.expire_date = timezone.now() + OLD_KEY_GRACE
                row.save()
        self.modified = True

    def _lock(self) -> Any:
        """Lock the session's row under its current key until the transaction ends. Return None if it was deleted."""
        while row := self.model.objects.select_for_update().filter(session_key=self.session_key).first():
            successor = self.decode(row.session_data).get(SUCCESSOR)
            if successor is None:
                break
            self._session_key = successor
        return row


class SessionMiddleware(DjangoSessionMiddleware):
    """Deletes the cookie of a session that this request has ended, and no other.

    A key that opens nothing may belong to a request that was under way when the browser got another: deleting the
    cookie in its response would sign the browser out.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = request.session
        if session.modified or not session.is_empty():
            return super().process_response(request, response)
        if session.accessed:
            patch_vary_headers(response, ["Cookie"])
        return response
