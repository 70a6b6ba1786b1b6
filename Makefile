# Every target sets up what it needs: Python 3.11 or newer, git and make are enough.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.made-from-pyproject
REPO ?= build/demo
ARGS ?=
N ?= 20000
SEED ?= $(shell date +%s)

.PHONY: help setup convert check test fuzz lint fmt bench live docs golden clean

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## the virtual environment with everything that development needs

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one with PYTHON=...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

convert: $(STAMP) ## convert REPO (a path or URL; default: the demo) onto a branch for review; ARGS for more options
ifeq ($(REPO),build/demo)
	@sh bench/demo.sh build/demo
endif
	@code=0; $(BIN)/transformer convert $(REPO) $(ARGS) || code=$$?; [ $$code -le 1 ] || exit $$code

check: $(STAMP) ## what would be left to do in REPO (exit 1 if anything)
	$(BIN)/transformer check $(REPO) $(ARGS)

test: $(STAMP) ## all tests, and which ten were the slowest
	$(BIN)/pytest -n auto --durations=10 --durations-min=0.5

fuzz: $(STAMP) ## N random CronJobs from SEED on, each through all laws; then as many broken files in whole runs (CORPUS=folder: also of these), then a twentieth as many Kustomize layers
	$(BIN)/python -m tests.fuzz $(N) $(SEED)
	$(BIN)/python -m tests.fuzz.whole $(N) $(SEED)
	$(BIN)/python -m tests.layers.random_layers $$(($(N) / 20)) $(SEED)
	$(BIN)/python -m tests.fuzz.foreign $(N) $(SEED)

lint: $(STAMP) ## style, types, import contracts, stale docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.docs --check

fmt: $(STAMP) ## format the code
	$(BIN)/ruff format .

bench: $(STAMP) ## speed, memory and noise, side by side with plain tools
	$(BIN)/python bench/run.py

docs: $(STAMP) ## write docs/passes from the passes
	$(BIN)/python -m tests.docs

golden: $(STAMP) ## write fixtures/*/after and plan.json anew; the diff is the review
	$(BIN)/python -m tests.golden

live: $(STAMP) ## real controllers against promise P6, and the commands of remedies: KUBECONFIG of a throw-away cluster, or ../shared/tools/cluster
	$(BIN)/python -m tests.live $(LIVE)
	$(BIN)/python -m tests.remedies

clean: ## everything that can be made again
	rm -rf .venv .venv-judges build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
