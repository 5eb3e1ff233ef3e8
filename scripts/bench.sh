#!/bin/sh
# Measure. N and V, from the environment or from `make bench N=… V=…`, reach the module as they are.
set -eu
cd "$(dirname "$0")/.."

scripts/install.sh --dev
exec .venv/bin/python -m bench
