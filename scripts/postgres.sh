#!/bin/sh
# Run a command with DATABASE_URL naming a PostgreSQL of its own, made for it and removed after it.
# Without a command: print PostgreSQL's version, or fail where there is none that will do (15 or newer).
set -eu

bin="" newest=14
for candidate in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin \
    "$(pg_config --bindir 2>/dev/null || true)"; do
    [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ] || continue
    version=$("$candidate/initdb" --version | grep -oE '[0-9]+' | head -n 1)
    if [ "$version" -gt "$newest" ]; then
        bin=$candidate newest=$version
    fi
done
[ -n "$bin" ] || exit 1
if [ $# = 0 ]; then
    echo "$newest"
    exit
fi

# PostgreSQL refuses to run as root.
as_owner() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    owner=postgres
    id "$owner" >/dev/null 2>&1 || owner=nobody
    as_owner() { setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups "$@"; }
fi

here=$PWD
home=$(mktemp -d /tmp/kindwall-postgres.XXXXXX)
[ "$(id -u)" != 0 ] || chown "$owner" "$home"
cd "$home"
remove() {
    as_owner "$bin/pg_ctl" stop -D "$home/data" -m immediate -s >/dev/null 2>&1 || true
    cd /
    rm -rf "$home"
}
trap remove EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

locale=$(locale -a 2>/dev/null | grep -ixE -m 1 'c\.utf-?8' || echo C)
port=$("$here/.venv/bin/python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
options="-c listen_addresses=127.0.0.1 -p $port -k $home -c max_connections=200
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
if ! as_owner "$bin/initdb" -D data -U kindwall -A trust -E UTF8 --locale="$locale" --no-sync >setup.log 2>&1 ||
    ! as_owner "$bin/pg_ctl" start -D data -l "$home/server.log" -w -s -o "$options" >>setup.log 2>&1; then
    echo "PostgreSQL $newest did not start:" >&2
    cat setup.log server.log 2>/dev/null | tail -n 5 >&2
    exit 1
fi

cd "$here"
export DATABASE_URL="postgres://kindwall@127.0.0.1:$port/postgres"
"$@"
