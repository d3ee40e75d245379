# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PROCESSES ?= 2

.DEFAULT_GOAL := help

help: ## what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.run: requirements.lock pyproject.toml
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing (first time only) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need (first time only) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/.run ## the main job: a gateway, sample traffic through it, decoded events (ARGS=--once to stop after it)
	@$(BIN)/clearplane demo $(ARGS)

$(VENV)/.engine: engine/Cargo.toml engine/Cargo.lock $(wildcard engine/src/*.rs engine/src/*/*.rs) $(VENV)/.run
	@$(BIN)/python -m tools.engine
	@touch $@

engine: $(VENV)/.engine ## the compiled engine, where cargo is installed: the same events from 837 and 835 files and HL7 v2 messages, several times faster

test: $(VENV)/.dev $(VENV)/.engine ## every test; set CLEARPLANE_CORPORA to the folder of sample messages to run those too
	@test -n "$$CLEARPLANE_CORPORA" || echo "CLEARPLANE_CORPORA is not set: the tests on public sample messages do not run."
	@$(BIN)/python -m pytest -q -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.dev ## style, types, import directions, generated files, everything in deploy/
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy -p tools -p bench
	@$(BIN)/lint-imports
	@$(BIN)/python -m schemas.export --check
	@$(BIN)/python -m tools.deploy_lint

bench: $(VENV)/.dev $(VENV)/.engine ## speed and memory beside other software, as one table
	@$(BIN)/python -m bench $(ARGS)

torture: $(VENV)/.dev ## long kill, fault and corruption runs, three brokers among them
	@$(BIN)/python -m tests.fault.log_torture --kills 1000 --flips 2000
	@$(BIN)/python -m tests.fault.gateway_kill --kills 20 --claims 50000
	@$(BIN)/python -m tests.fault.answers_kill
	@for log in embedded kafka; do $(BIN)/python -m tests.fault.mllp_kill --log $$log && $(BIN)/python -m tests.fault.routes_kill --log $$log || exit 1; done
	@$(BIN)/python -m tests.fault.kafka_faults --claims 100000

fuzz: $(VENV)/.dev ## coverage-guided fuzzing, ten minutes a target (SECONDS_EACH=600)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
	@$(BIN)/python -m tests.fuzz $(ARGS)

lock: ## write the lock files anew from pyproject.toml
	@$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements.lock pyproject.toml
	@$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --extra dev --extra deep --extra cluster --extra sftp -o requirements-dev.lock pyproject.toml
	@$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --extra cluster --extra sftp -o requirements-cluster.lock pyproject.toml
	@$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --extra fuzz -o requirements-fuzz.lock pyproject.toml

.PHONY: help run engine test lint bench torture fuzz lock
