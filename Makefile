# `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DATA ?= ../shared/data

# Compiled modules are kept: the dashboard starts in half the time, and tests start a hundred processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo serve test-fast test test-systems test-all fuzz check format docs train bench bench-score bench-comparison bench-ui screenshots clean

help: ## List what can be made.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(READY) ## Set up everything in .venv, nothing else on the machine.

$(READY): pyproject.toml constraints.txt
	@command -v uv >/dev/null || test -x $(BIN)/uv || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet uv; }
	@uv=$$(command -v uv || echo $(BIN)/uv); \
	test -x $(BIN)/python || "$$uv" venv --quiet --python $(PYTHON) .venv; \
	echo "Installing the packages of Lungline into .venv (about 7 GB, once) …"; \
	"$$uv" pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY) ## A ward of synthetic patients at http://localhost:8501, scored while you watch.
	@echo "Starting Lungline …"
	@$(BIN)/lungline demo

serve: $(READY) ## The dashboard and its worker on the configured database.
	$(BIN)/lungline serve

# One process more than there are cores: tests in the browser wait half of their time.
WORKERS := $(shell echo $$(( $$(nproc 2>/dev/null || echo 1) + 1 )))

# Each process works through its part of the list, and takes from another's when it is done: what a module or a process
# makes once (a browser, a prepared site, an encoded film, torch loaded) is made once.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-fast: $(READY) ## The inner loop: core, database and services on SQLite; tests/tiers.py says what it leaves out.
	$(PYTEST) -m 'not (slow or browser or systems or release or postgresql)' \
	  tests/core/films tests/core/trend tests/db tests/dashboard/services

test: $(READY) ## All of the product; tests/tiers.py says what is left to test-all, and why.
	$(PYTEST) -m 'not (systems or release)'

test-systems: $(READY) ## With real programs of others: DCMTK, GDCM.
	$(PYTEST) -m systems tests

# Coverage is that of core and database by their own tests; the rest runs unmeasured, a quarter quicker.
OWN := tests/core tests/db tests/contracts tests/research

test-all: $(READY) ## Everything: PostgreSQL twins, every theme and width, research, long crash runs. Before a release.
	$(PYTEST) --cov --cov-report=term:skip-covered --cov-fail-under=90 $(OWN)
	$(PYTEST) $(addprefix --ignore=,$(OWN))

fuzz: $(READY) ## 2,000 damaged films, pictures and tables through the reading path.
	$(BIN)/python -W ignore tests/benchmarks/fuzz.py

check: $(READY) ## Lint, format, types, layers.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Put the code into its form.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## The documents as pages, in build/docs. To search in them: python -m http.server -d build/docs.
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

bench: $(READY) ## Where the time goes: a film's steps, a large ward's board.
	$(BIN)/python tests/benchmarks/bench.py

bench-score: $(READY) ## Scoring against the published pipeline: steps, ratios, memory, first score.
	$(BIN)/python tests/benchmarks/bench_score.py $(BENCH_OPTIONS)

bench-comparison: $(READY) ## Two films of 2,000 pixels in the browser: until they are seen, and while they are windowed.
	$(BIN)/python tests/benchmarks/bench_comparison.py

bench-ui: $(READY) ## A ward of 300 patients in the browser: pages, refreshes of twenty open boards, memory.
	$(BIN)/python tests/benchmarks/bench_ui.py

screenshots: $(READY) ## The pictures of README and docs, from the synthetic ward.
	$(BIN)/python tests/browser/screenshots.py

train: $(READY) ## Train the embedded scorer anew from the films in DATA.
	$(BIN)/python -m core.research.training --data $(DATA)

clean: ## Remove the environment and what tools left behind.
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage* *.egg-info
