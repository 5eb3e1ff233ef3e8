#!/bin/sh
# Print the path of a Python that can run Kindwall. PYTHON=/path/to/python chooses one.
set -eu
cd "$(dirname "$0")/.."

fits() {
    "$1" -c '
import ensurepip, ssl, sqlite3, sys, venv
if sys.version_info < (3, 12) or sqlite3.sqlite_version_info < (3, 37):
    sys.exit(1)
print(sys.executable)
' 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" && exit
    echo "PYTHON=$PYTHON is no Python 3.12 or newer with venv, ssl and sqlite3; name another, or leave PYTHON out." >&2
    exit 1
fi

pyenv=${PYENV_ROOT:-${HOME:-/root}/.pyenv}/versions
preferred=$(cat .python-version)
for candidate in "python$preferred" "$pyenv/$preferred"*/bin/python \
    python3.14 python3.13 python3.12 python3 \
    "$pyenv"/3.14*/bin/python "$pyenv"/3.13*/bin/python "$pyenv"/3.12*/bin/python; do
    fits "$candidate" && exit
done
echo "Kindwall needs Python 3.12 or newer with venv, ssl and sqlite3: install one" \
    "(apt install python3 python3-venv, brew install python, pyenv install $preferred) and run this again." >&2
exit 1
