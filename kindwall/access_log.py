"""The access log, without the secrets that addresses hold: links to set up, to join, to choose a new password."""

import logging
import re

# As long as no word of ours is, and shorter than every token.
TOKEN = re.compile(r"[\w:%=.-]{24,}")


class TokensHidden(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Write … for each token in the address; the third argument of a line of uvicorn's."""
        if isinstance(record.args, tuple) and len(record.args) > 2:
            client, method, address, *rest = record.args
            if not str(address).startswith("/static/"):
                record.args = (client, method, TOKEN.sub("…", str(address)), *rest)
        return True
