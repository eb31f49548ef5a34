# poolshift. A bare `make` prints this help.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= python3

.PHONY: help demo demo-2025 test lint fmt docs-gen docs-check bench simulate fuzz conformance lock build clean

help: ## Print this help
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/.run: requirements/run.txt requirements/build.txt pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh run

$(VENV)/.dev: requirements/dev.txt requirements/build.txt pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh dev

demo: $(VENV)/.run ## Move the reference cluster's Windows pool on a local AKS, start to end
	@$(VENV)/bin/poolshift demo

demo-2025: $(VENV)/.run ## The second hop, Windows Server 2022 to 2025
	@$(VENV)/bin/poolshift demo --to Windows2025

test: $(VENV)/.dev ## Run all tests
	@scripts/system-packages.sh kubectl registry chromium || true
	@PYTHON="$(PYTHON)" scripts/clients.sh az sdk hcl || true
	@$(PY) -m pytest -n 2 --dist loadgroup

conformance: $(VENV)/.dev ## Only the tests that drive the local AKS with real clients
	@scripts/system-packages.sh kubectl || true
	@PYTHON="$(PYTHON)" scripts/clients.sh az sdk || true
	@$(PY) -m pytest -q -rs -m conformance --sweeps

lint: $(VENV)/.dev ## Format, lint, types, import contracts, docs
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/pyright
	@$(VENV)/bin/lint-imports --no-logo
	@$(MAKE) --no-print-directory docs-check

fmt: $(VENV)/.dev ## Format the code
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

docs-gen: $(VENV)/.dev ## Write the generated pages anew
	@$(PY) scripts/docs_rules.py
	@$(PY) scripts/docs_reference.py

docs-check: $(VENV)/.dev ## Fail when a generated page is not as it would be written
	@$(PY) scripts/docs_rules.py --check
	@$(PY) scripts/docs_reference.py --check

bench: $(VENV)/.dev ## Figures: help time, ticks, world events, memory, real az against the local AKS
	@$(PY) scripts/bench.py

simulate: $(VENV)/.dev ## Kill the engine at every point of a run, in process, over many seeds
	@$(PY) -m pytest -q tests/engine -m slow --simulate-seeds 20

fuzz: $(VENV)/.dev ## Hostile requests, five minutes for each face of the local AKS (FUZZ_SECONDS, FUZZ_SEED)
	@$(PY) -m pytest -q -s tests/sim/kube/test_fuzz.py tests/sim/arm/test_fuzz.py \
		--fuzz-seconds $(or $(FUZZ_SECONDS),300) --fuzz-requests 0 --fuzz-seed $(or $(FUZZ_SEED),$(shell date +%s))

lock: ## Write requirements/*.txt anew (needs uv)
	@scripts/lock.sh

build: $(VENV)/.dev ## Build the wheel
	@$(PY) -m hatchling build

clean: ## Remove what make made
	rm -rf $(VENV) dist
