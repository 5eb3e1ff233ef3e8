#!/usr/bin/env python3
"""Django's command line, with mistakes in the settings told in one sentence."""

import sys

from django.core.management import execute_from_command_line

from kindwall.command_line import run


def main() -> None:
    run(lambda: execute_from_command_line(sys.argv))


if __name__ == "__main__":
    main()
