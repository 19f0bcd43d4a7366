# make demo: set up and run the whole product on real data.   make test: set up and run all tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test faults lint check clean

demo: $(VENV)/demo.stamp
	$(BIN)/smc demo demo

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m "not planted" --numprocesses auto --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

faults: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m planted --numprocesses auto $(PYTEST_ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

$(VENV)/bin/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"

$(VENV)/demo.stamp: pyproject.toml requirements.lock $(VENV)/bin/uv
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --constraint requirements.lock --editable ".[report,demo]"
	touch $@

$(VENV)/dev.stamp: pyproject.toml requirements.lock $(VENV)/bin/uv
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --constraint requirements.lock --editable ".[report,demo,dev]"
	touch $@ $(VENV)/demo.stamp

clean:
	rm -rf $(VENV) demo
