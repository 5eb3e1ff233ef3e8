#!/bin/sh
# Install Debian packages where that can be done without asking anybody. Fails, with the reason, where it cannot.
set -eu

if ! command -v apt-get >/dev/null; then
    echo "there is no apt-get here to install $* with"
    exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
    if ! sudo -n true 2>/dev/null; then
        echo "installing it takes root: sudo apt-get install $*"
        exit 1
    fi
fi

echo "Installing $* with apt-get" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update -qq &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    echo "apt-get could not install $*"
    exit 1
fi
