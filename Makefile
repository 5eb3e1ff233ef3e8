# The whole vocabulary. Each word is a script in scripts/, and each sets itself up first.

.PHONY: run dev test lint format bench translations

run:     # The wall on http://127.0.0.1:8000. HOST, PORT and DATA_DIR change where.
	@KINDWALL_LOCAL="$${KINDWALL_LOCAL:-on}" scripts/run.sh

dev:     # The same with DEBUG, restarting when a file changes.
	@KINDWALL_LOCAL="$${KINDWALL_LOCAL:-on}" scripts/run.sh --reload

test:    # Everything, on SQLite and on PostgreSQL. ARGS="-k wall" goes to pytest, SKIP=forbid skips nothing.
	@scripts/test.sh $(ARGS)

lint:    # Style and types.
	@scripts/lint.sh

format:  # Mends what can be mended.
	@scripts/lint.sh --fix

translations:  # Gathers the texts into locale/ and compiles what is translated there.
	@scripts/translations.sh $(ARGS)

bench:   # The numbers in docs/development.md. N and V are handed on.
	@scripts/bench.sh
