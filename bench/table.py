"""The figures beside what we aim at."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    figure: str
    aim: str = ""
    met: bool | None = None  # None where nothing is aimed at


def printed(rows: list[Row]) -> str:
    lines = [("what", "measured", "aim", "")]
    lines += [(row.what, row.figure, row.aim, {True: "met", False: "missed", None: ""}[row.met]) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "\n".join(
        f"{what:<{widths[0]}}  {figure:>{widths[1]}}  {aim:<{widths[2]}}  {met}".rstrip()
        for what, figure, aim, met in lines
    )


def from_environment(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or int(value) < 1:
        raise SystemExit(f"{name} must be a whole number from 1 on, not “{value}”.")
    return int(value)
