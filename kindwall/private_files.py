"""Make the files of DATA_DIR private: they contain password hashes, sessions, mails and keys."""

import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

FOLDER, FILE = 0o700, 0o600
NAMES = ("secret-key", "demo-password", "mail", ".writable")
DATABASE = "kindwall.sqlite3"  # and files whose name begins with it: -wal, -shm, and an operator's copies


def make_private() -> list[str]:
    """Remove the rights of other users, which earlier versions granted, and return sentences for the operator.

    DATA_DIR itself is not changed where it also contains other files: it may be another user's folder.
    """
    changed, refused, shared = [], [], not holds_only_ours(settings.DATA_DIR)
    for path in (*([] if shared else [settings.DATA_DIR]), *ours_in(settings.DATA_DIR)):
        try:
            if make_one_private(path):
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


def make_one_private(path: Path) -> bool:
    """Remove the rights of others, and return whether there were any. Raises OSError where that is refused."""
    if excess := rights_of_others(path):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~excess)
    return bool(excess)


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
