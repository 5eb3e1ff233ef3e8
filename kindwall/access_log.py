"""A filter that hides the secret tokens of links (to set up, to join, to reset a password) in the access log."""

import logging
import re

# Longer than every word in our addresses, and shorter than every token.
TOKEN_IN_PATH = re.compile(r"[\w:%=.-]{24,}")


class TokenFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Replace each token with … in the address, which is the third argument of uvicorn's log line."""
        if isinstance(record.args, tuple) and len(record.args) > 2:
            client, method, address, *rest = record.args
            if not str(address).startswith("/static/"):
                record.args = (client, method, TOKEN_IN_PATH.sub("…", str(address)), *rest)
        return True
