"""The files of DATA_DIR, which only the service itself may read: password hashes, sessions, mails, keys."""

import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

FOLDER, FILE = 0o700, 0o600
NAMES = ("secret-key", "demo-password", "mail", ".writable")
DATABASE = "kindwall.sqlite3"  # and what begins like it: its -wal and -shm, and an operator's copies


def close_to_others() -> list[str]:
    """Take from everybody else the rights that an earlier version left them; a sentence for each thing to know of it.

    DATA_DIR itself stays as it is where it also holds what is not Kindwall's: it may be somebody else's folder.
    """
    changed, refused, shared = [], [], not holds_only_ours(settings.DATA_DIR)
    for path in (*([] if shared else [settings.DATA_DIR]), *ours_in(settings.DATA_DIR)):
        try:
            if close_one(path):
                changed.append(path)
        except FileNotFoundError:
            continue  # SQLite has just removed its -wal
        except OSError:
            refused.append(path)
    found = []
    if changed:
        found.append(f"Others on this machine could read {summary(changed)}; from now on only this user can.")
    if refused:
        found.append(f"Others on this machine can read {summary(refused)}; take that right away with chmod.")
    if shared and rights_of_others(settings.DATA_DIR):
        found.append(f"DATA_DIR {settings.DATA_DIR} is open to others and holds files that are not Kindwall's.")
    return found


def close_one(path: Path) -> bool:
    """Whether there was anything to take away. Raises OSError where that is refused."""
    if too_much := rights_of_others(path):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~too_much)
    return bool(too_much)


def rights_of_others(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode) & ~(FOLDER if path.is_dir() else FILE)


def ours_in(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if is_ours(path) and not path.is_symlink() and path != settings.BUILD_DIR:
            yield path
    if settings.MAIL_DIR.is_dir():
        yield from (mail for mail in settings.MAIL_DIR.glob("*.log") if not mail.is_symlink())


def holds_only_ours(folder: Path) -> bool:
    return all(is_ours(path) for path in folder.iterdir())


def is_ours(path: Path) -> bool:
    return path.name in NAMES or path.name.startswith(DATABASE) or path == settings.BUILD_DIR


def summary(paths: list[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
