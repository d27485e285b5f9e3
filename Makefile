# Everything a newcomer needs, each target with its own set-up. Python >= 3.11 and make are enough.
#   make demo            four institutions on this machine, the whole story; ARGS=--once stops at the end
#   make test            all tests
#   make lint            ruff, mypy --strict
#   make bench           evidence of a large register; throughput, latency, proofs, memory: last line JSON
#   make soak            long campaigns; prints counts and seeds
#   make mutants         breaks the consensus rules one by one; each must be caught by a named test
PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint bench soak mutants clean
.DEFAULT_GOAL := demo

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "datadeed needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing datadeed and what it needs into $(VENV) (once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(READY)
	$(BIN)/datadeed-node demo $(ARGS)

# Tests that watch real nodes by the clock come last, two at a time, the heaviest one after the other; all others share
# the machine, three at a time because browsers and processes let a core wait. With ARGS, exactly those are run.
CLOCK := tests/node/test_node.py tests/node/test_seams.py tests/cluster
test: $(READY)
ifeq ($(strip $(ARGS)),)
	$(BIN)/python -m pytest -n 3 --dist loadfile $(addprefix --ignore=,$(CLOCK))
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(CLOCK)
else
	$(BIN)/python -m pytest $(ARGS)
endif

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m bench.register
	$(BIN)/python -m bench $(ARGS)

soak: $(READY)
	DATADEED_HYPOTHESIS=soak $(BIN)/python -m pytest tests/ledger -q
	$(BIN)/python -m pytest -m soak --override-ini=timeout=0 $(ARGS)

mutants: $(READY)
	$(BIN)/python tests/simulation/mutants.py

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
