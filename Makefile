# make run   bring the product up and open the chat      (make run ARGS="--port 9000 --no-browser")
# make test  set up all that the tests need and run them (make test ARGS="-k evidence")
# make infra-test  Terraform, deploy scripts and image files against a simulated AWS
# make check style, types, layers, sizes, documents
SHELL := /bin/bash
BIN := .venv/bin
ARGS ?=

.PHONY: help setup run test infra-test check format lock bench faults clean

help:
	@sed -n 's/^# make/make/p' Makefile

setup:
	@scripts/setup

run: setup
	@exec $(BIN)/omc up $(ARGS)

test: setup
	@scripts/browser
	@scripts/test $(ARGS)

infra-test: setup
	@scripts/infra-test $(ARGS)

check: setup
	@scripts/check

format: setup
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format -q .

bench: setup
	@$(BIN)/python -m benchmarks $(ARGS)

faults: setup
	@$(BIN)/python -m pytest tests/faults --full-faults $(ARGS)

lock: setup
	@scripts/lock

clean:
	rm -rf .venv .venv-infra .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage*
