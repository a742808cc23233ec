# Two commands do everything on a fresh machine with Python >= 3.11 and make:  make demo   and   make test.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test check test-real test-office bench bench-full samples clean

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m bookwright.engine.warm  # compiles the search, so that the first plan does not wait for it
	touch $@

demo: $(READY)  ## lay down a sample workbook and run the main job on it
	$(BIN)/bookwright demo demo

test: $(READY)  ## the tests that need Python alone
	$(BIN)/python -m pytest -n auto -m "not office and not real"

check: $(READY)  ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test-real: $(READY)  ## tests on data beside the repository: BOOKWRIGHT_DATA=folder
	$(BIN)/python -m pytest -m real

test-office: $(READY)  ## tests with LibreOffice and a PostgreSQL server; installs both where apt-get is there
	command -v soffice >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends libreoffice-calc poppler-utils fonts-dejavu-core; }
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; }
	$(BIN)/python -m pytest -m office

bench: $(READY)  ## minutes
	$(BIN)/python -m benchmarks.run

bench-full: $(READY)  ## an hour and more
	$(BIN)/python -m benchmarks.run --full

samples: $(READY)  ## make sample_inputs/ anew
	$(BIN)/python -m sample_inputs.make

clean:
	rm -rf $(VENV) demo dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
