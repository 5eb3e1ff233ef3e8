#!/bin/sh
# Set everything up and serve. --reload: for development, restarting when a file changes.
set -eu
cd "$(dirname "$0")/.."

scripts/install.sh
export KINDWALL_LOCAL="${KINDWALL_LOCAL:-on}"
if [ "${1:-}" = --reload ]; then
    export DEBUG="${DEBUG:-on}"
    exec .venv/bin/python -m scripts.dev
fi
exec .venv/bin/python -m scripts.start
