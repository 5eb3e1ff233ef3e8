#!/bin/sh
# Make .venv and install the requirements into it, where that is not done already. --dev: the tools as well.
set -eu
cd "$(dirname "$0")/.."

files=requirements.txt how=--compile
if [ "${1:-}" = --dev ]; then
    files="requirements.txt requirements-dev.txt"
    how=--no-compile # most of the tools' code is never imported, and the rest compiled when it is
fi

installed() {
    [ -x .venv/bin/python ] || return 1
    for file in $files; do cmp -s "$file" ".venv/installed-$file" || return 1; done
}
if installed; then exit; fi

if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
    python=$(scripts/python.sh)
    echo "Making .venv with $("$python" --version)"
    if ! said=$("$python" -m venv --clear .venv 2>&1); then
        echo "No .venv could be made with $python: $(echo "$said" | tail -n 1)" >&2
        exit 1
    fi
fi

echo "Installing $files"
if ! .venv/bin/python -m pip install -qq $how --disable-pip-version-check --no-input -r "${files##* }"; then
    echo "Not everything in $files could be installed; see above, and run this again." >&2
    exit 1
fi
for file in $files; do cp "$file" ".venv/installed-$file"; done
