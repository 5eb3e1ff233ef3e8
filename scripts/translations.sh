#!/bin/sh
# Gather every text that people read into locale/*/LC_MESSAGES/django.po, and compile what is translated there.
# Languages to add can be named: scripts/translations.sh fr. Both files of a language are committed.
set -eu
cd "$(dirname "$0")/.."

scripts/install.sh --dev
if ! command -v xgettext >/dev/null && ! why=$(scripts/provision.sh gettext); then
    echo "GNU gettext is needed for this: $why." >&2
    exit 1
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export KINDWALL_LOCAL=on SECRET_KEY=translations DATA_DIR="$scratch"

mkdir -p locale
languages=$({ ls locale && printf '%s\n' "$@"; } | sort -u)
if [ -z "$languages" ]; then
    echo "There is no language in locale/ yet. Name one: scripts/translations.sh de"
    exit
fi
set --
for language in $languages; do set -- "$@" --locale "$language"; done

# A text that is gone goes, and one that moves within its file changes nothing.
.venv/bin/python manage.py makemessages "$@" --no-obsolete --no-wrap --add-location file \
    --ignore .venv --ignore build --ignore data --ignore tests --ignore bench
# The day on which it was gathered would be a change of its own each time.
for language in $languages; do
    catalog=locale/$language/LC_MESSAGES/django.po
    sed '/^"POT-Creation-Date: /d' "$catalog" >"$scratch/catalog"
    cp "$scratch/catalog" "$catalog"
done
.venv/bin/python manage.py compilemessages "$@"
