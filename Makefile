# Zhiku. `make run` starts it, `make test` checks it; each sets up what it needs first.
#   make run ARGS="--port 8010"      arguments of `kb up`; KB_* variables pass through
#   make run MODEL=no                do not fetch torch in the background
#   make run DATA=/srv/kb            data folder, ./data unless told
#   make test PYTEST="tests/unit -k sniff"
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
DONE := .venv/.done
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
DATA ?= $(if $(KB_DATA),$(KB_DATA),data)
MODEL ?= yes
ARGS ?=
PYTEST ?=
export DATA MODEL

RUN_PACKAGES := tesseract-ocr tesseract-ocr-eng tesseract-ocr-chi-sim
TEST_PACKAGES := $(RUN_PACKAGES) redis-server postgresql chromium fonts-noto-cjk

.PHONY: help run setup test test-all lint bench model lock docs clean system-run system-test ui tools
help:
	@sed -n '1,6p' Makefile
	@echo "targets: run test test-all lint bench model lock docs clean"

# ---- what people use ---------------------------------------------------------------------------
run: setup
	@exec deploy/setup/run.sh $(ARGS)

setup:
	@$(MAKE) -j3 system-run $(DONE)/base ui

model: $(DONE)/model

test: tools system-test
	@$(MAKE) lint
	@$(BIN)/python deploy/setup/build_ui.py npm test
	$(BIN)/pytest -n 2 --dist loadfile $(PYTEST)

test-all: tools system-test
	@$(MAKE) lint
	@$(BIN)/python deploy/setup/build_ui.py npm test
	$(BIN)/pytest -n 2 --dist loadfile -m "slow or not slow" $(PYTEST)

# Fast first: a slip in the format is told within a second.
lint: tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/deptry .
	$(BIN)/shellcheck .ci/run $$(git ls-files '*.sh')
	@$(BIN)/python deploy/setup/build_ui.py npm run check

bench: $(DONE)/dev $(DONE)/model
	$(BIN)/python -m benchmarks.embedding
	$(BIN)/python -m benchmarks.freshness 25
	$(BIN)/python -m benchmarks.search_latency --models $(DATA)/models
	@echo "Those that need the collections: benchmarks/README.md"

docs: $(DONE)/dev
	PYTHONPATH=. $(BIN)/python docs/reference/generate.py

lock: $(DONE)/dev
	deploy/setup/lock.sh $(BIN)/pip-compile

clean:
	rm -rf .venv build dist web/static web/ui/node_modules .mypy_cache .ruff_cache .pytest_cache \
	  .import_linter_cache .hypothesis .coverage

# ---- what they stand on ------------------------------------------------------------------------
tools:
	@$(MAKE) -j2 $(DONE)/dev ui
	@$(MAKE) $(DONE)/model

system-run:
	@deploy/setup/system-packages.sh $(RUN_PACKAGES)

system-test:
	@deploy/setup/system-packages.sh $(TEST_PACKAGES)

$(DONE)/venv:
	@deploy/setup/venv.sh $(PYTHON) .venv
	@mkdir -p $(DONE) && touch $@

$(DONE)/base: $(DONE)/venv requirements/base.txt pyproject.toml
	@echo "Python packages (requirements/base.txt) …"
	@$(PIP) install --no-deps --require-hashes -r requirements/base.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

$(DONE)/dev: $(DONE)/base requirements/dev.txt
	@echo "Tools for the tests (requirements/dev.txt) …"
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

$(DONE)/model: $(DONE)/base requirements/model.txt
	@echo "torch and transformers (requirements/model.txt) …"
	@$(PIP) install -r requirements/model.txt
	@touch $@

$(DONE)/node: $(DONE)/venv requirements/node.txt
	@echo "Node.js as a wheel (requirements/node.txt) …"
	@$(PIP) install --no-deps --require-hashes -r requirements/node.txt
	@touch $@

# The page is built when its sources changed; the machine's Node serves when it is new enough.
ui: $(DONE)/venv
	@python=$(BIN)/python; ui=deploy/setup/build_ui.py; \
	if $$python $$ui is-stale; then \
	  $$python $$ui has-node || $(MAKE) $(DONE)/node; \
	  $$python $$ui; \
	fi
