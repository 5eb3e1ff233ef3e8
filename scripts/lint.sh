#!/bin/sh
# Style and types. --fix mends what can be mended instead of naming it.
set -eu
cd "$(dirname "$0")/.."

scripts/install.sh --dev
bin=.venv/bin
templates() { find templates -name '*.html' -exec "$@" {} +; }

if [ "${1:-}" = --fix ]; then
    $bin/ruff check --fix --quiet . || true
    $bin/ruff format .
    templates $bin/djade --target-version 6.1
    exit
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=
check() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed $name"
}

# mypy's plugin reads the settings, which want somewhere to be.
export KINDWALL_LOCAL=on SECRET_KEY=lint DATA_DIR="$scratch"
check ruff $bin/ruff check --quiet .
check format $bin/ruff format --check --quiet .
check djade templates $bin/djade --target-version 6.1 --check
check mypy $bin/python -m mypy .
check floors $bin/lint-imports --no-cache
[ -z "$failed" ] || { echo "Not in order:$failed. \`make format\` mends what it can." && exit 1; }
echo "All in order."
