"""English dates as most of the world writes them: “3 November 2026”, “14:05”."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
