"""The machine on which the figures were measured."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path


def described() -> str:
    """Cores, processor, memory and load, in one line."""
    cores = len(os.sched_getaffinity(0))
    model = found_in("/proc/cpuinfo", r"model name\s*:\s*(.+)") or platform.machine()
    memory = int(found_in("/proc/meminfo", r"MemTotal:\s*(\d+)") or 0) / 2**20
    return f"{cores} cores of {model}, {memory:.0f} GB; load {os.getloadavg()[0]:.1f} before"


def software() -> str:
    names = ("uvicorn", "uvloop", "httptools")
    return f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names)


def found_in(path: str, pattern: str) -> str:
    found = re.search(pattern, Path(path).read_text())
    return found[1].strip() if found else ""
