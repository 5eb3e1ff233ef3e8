#!/bin/sh
# Set everything up and serve: for production, unless KINDWALL_LOCAL=on asks for a wall on one's own machine.
# --reload: for development, restarting when a file changes.
set -eu
cd "$(dirname "$0")/.."

scripts/install.sh
if [ "${1:-}" = --reload ]; then
    export DEBUG="${DEBUG:-on}"
    exec .venv/bin/python -m scripts.dev
fi
exec .venv/bin/python -m scripts.start
