#!/bin/sh
# Run everything: checks, then the whole suite, journeys in a browser included, on SQLite; and on PostgreSQL what
# another database could change.
# What has to be left out is named at the end; with SKIP=forbid it is a failure.
set -eu
cd "$(dirname "$0")/.."

began=$(date +%s)
find_firefox() { command -v "${FIREFOX:-firefox-esr}" || command -v firefox; }
# What the system lacks comes while Python's packages do. What could not be had is asked for again below, one by one,
# and named with the reason.
lacking=""
scripts/chromium.sh >/dev/null 2>&1 || lacking="$lacking chromium-headless-shell"
find_firefox >/dev/null || lacking="$lacking firefox-esr"
scripts/postgres.sh >/dev/null || lacking="$lacking postgresql"
command -v xgettext >/dev/null || lacking="$lacking gettext"
[ -z "$lacking" ] || scripts/provision.sh $lacking >/dev/null &
provisioning=$!
scripts/install.sh --dev
python=$PWD/.venv/bin/python
scratch=$(mktemp -d)
beside=""
cleanup() {
    # What runs beside has a session of its own, where there is `setsid`, and is ended as a whole.
    [ -z "$beside" ] || for child in $(pgrep -P "$beside"); do kill -- "-$child" 2>/dev/null || true; done
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The suite brings settings of its own; what is set for a wall on this machine stays out of it.
unset KINDWALL_LOCAL KINDWALL_DEMO DEBUG HOST PORT THREADS DATA_DIR BUILD_DIR SECRET_KEY SECRET_KEY_FILE ALLOWED_HOSTS \
    HTTPS HSTS_SECONDS DATABASE_URL DATABASE_URL_FILE MAIL_URL MAIL_URL_FILE MAIL_FROM \
    LOG_LEVEL FORWARDED_ALLOW_IPS ACCESS_LOG DJANGO_SETTINGS_MODULE
# Dozens of processes start in a run, and each would compile everything anew.
unset PYTHONDONTWRITEBYTECODE

skipped="" failed="" passed=""
skip() {
    echo "Skipped: $1"
    skipped="$skipped$1; "
}

production() {
    KINDWALL_LOCAL=off ALLOWED_HOSTS=wall.example.org MAIL_URL=smtp://localhost DATA_DIR="$scratch/data" \
        SECRET_KEY="$(head -c 45 /dev/urandom | base64)" "$python" manage.py "$@"
}

step() {
    name=$1
    shift
    echo "== $name"
    if "$@"; then passed="$passed$name, "; else failed="$failed$name, "; fi
}

suite() {
    database=$1 within=$2 workers=$3 marks=$4
    shift 4
    status=0
    $within env OUTCOMES="$scratch/$database" "$python" -m pytest -p scripts.outcomes -q -n "$workers" \
        --dist loadfile --no-loadscope-reorder -m "$marks" "$@" || status=$?
    [ $status = 0 ] || { [ $status = 5 ] && [ $# -gt 0 ]; }  # 5: of these arguments, none is for this database
}

# Wait for what runs beside, show what it wrote to a file, and end as it has ended.
finished() {
    status=0
    wait "$1" || status=$?
    cat "$2"
    return $status
}

# In a fresh clone pytest rewrites the assertions of all tests. Done here, it is done once and not by every worker.
[ $# -gt 0 ] || [ -d tests/__pycache__ ] || "$python" -m pytest --collect-only -qq >/dev/null 2>&1 &
rewriting=$!
# Each is busy with starting, on one processor of several.
production check --deploy --fail-level WARNING >"$scratch/deployment" 2>&1 &
deployment=$!
step "model changes have migrations" production makemigrations --check --dry-run
step "fit for production" finished "$deployment" "$scratch/deployment"

wait "$provisioning" "$rewriting" || true
journeys=
if ! CHROMIUM=$(scripts/chromium.sh); then
    why=$(scripts/provision.sh chromium-headless-shell || scripts/provision.sh chromium) || true
    if ! CHROMIUM=$(scripts/chromium.sh); then
        skip "journeys (no Chromium: $why)"
        journeys=" and not journey"
    fi
fi
export CHROMIUM
if [ -z "$journeys" ] && ! find_firefox >/dev/null; then
    why=$(scripts/provision.sh firefox-esr) || true
    if ! find_firefox >/dev/null; then
        skip "journeys in Firefox (no Firefox: $why)"
        journeys=" and not firefox"
    fi
fi
# Collected files are the same on both databases.
export KINDWALL_TESTS_PREPARED="$scratch/prepared"
mkdir "$KINDWALL_TESTS_PREPARED"
[ "${SKIP:-}" != forbid ] || export KINDWALL_TESTS_NO_SKIP=1  # the journeys ask for it

# The texts are gathered with it, to see that none is missing from a catalog.
command -v xgettext >/dev/null || scripts/provision.sh gettext || true

if ! postgres=$(scripts/postgres.sh); then
    why=$(scripts/provision.sh postgresql) || true
    postgres=$(scripts/postgres.sh) || skip "PostgreSQL (15 or newer is not here: $why)"
fi

# Both databases at once: a processor has other work while a journey waits for its page, or one database for its last
# file. Two workers for two processors, and one more for the smaller part.
if [ -n "$postgres" ]; then
    suite postgresql "$(command -v setsid || true) scripts/postgres.sh" 1 "not once$journeys" "$@" >"$scratch/postgresql-output" 2>&1 &
    beside=$!
fi
step "SQLite" suite sqlite "" 2 "not postgresql$journeys" "$@"
if [ -n "$postgres" ]; then
    step "PostgreSQL $postgres" finished "$beside" "$scratch/postgresql-output"
    beside=""
    # A test may be for one database alone; skipped on both, it has run nowhere.
    touch "$scratch/sqlite.skipped" "$scratch/postgresql.skipped"
    for test in $(comm -12 "$scratch/sqlite.skipped" "$scratch/postgresql.skipped" | tr ' ' '?'); do skip "$test"; done
fi

echo "=="
for database in sqlite postgresql; do
    [ ! -s "$scratch/$database.failed" ] || sed "s/^/Failed on $database: /" "$scratch/$database.failed"
done
[ -z "$passed" ] || echo "Passed: ${passed%, }."
[ -z "$skipped" ] || echo "Skipped: ${skipped%; }."
[ -z "$failed" ] || echo "Failed: ${failed%, }."
echo "$(($(date +%s) - began)) seconds."
[ -z "$failed" ] || exit 1
if [ -n "$skipped" ] && [ "${SKIP:-}" = forbid ]; then
    echo "SKIP=forbid counts what was skipped as a failure."
    exit 1
fi
