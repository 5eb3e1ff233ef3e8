#!/bin/sh
# Print the path of a Chromium for the journeys: $CHROMIUM, the system's, or one that Playwright has installed.
# The headless shell comes first: it draws the same pages with half the processor time of the whole browser.
set -eu
cd "$(dirname "$0")/.."

for candidate in "${CHROMIUM:-}" chromium-headless-shell /usr/bin/chromium chromium chromium-browser \
    google-chrome google-chrome-stable; do
    # Ubuntu's chromium-browser may be a mere hint to install something else: it has to answer.
    if [ -n "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then
        command -v "$candidate"
        exit
    fi
done

.venv/bin/python - 2>/dev/null <<'PYTHON'
import os, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    path = playwright.chromium.executable_path
if not os.access(path, os.X_OK):
    sys.exit(1)
print(path)
PYTHON
