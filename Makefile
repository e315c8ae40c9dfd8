# Every target sets up what it needs: a virtual environment in .venv, and for the tests a browser
# and LibreOffice where this is Debian or Ubuntu and we are root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test figures samples check lint format bench golden clean

demo: $(VENV)/.installed
	$(BIN)/kplan simulate scenarios/knowledge-base.kplan.yaml -o - \
	  -o reports/knowledge-base.html -o reports/knowledge-base.xlsx
	@echo "The page:     $(CURDIR)/reports/knowledge-base.html"
	@echo "The workbook: $(CURDIR)/reports/knowledge-base.xlsx"

test: $(VENV)/.installed-dev
	sh tests/install-programs.sh
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered
	PYTHONPATH=tests $(BIN)/python -m published.tally

figures: $(VENV)/.installed-dev
	PYTHONPATH=tests $(BIN)/python -m published.tally

samples: $(VENV)/.installed-dev
	PYTHONPATH=tests $(BIN)/python -m gallery.make
	PYTHONPATH=tests $(BIN)/python -m gallery.pictures

check: lint test

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev
	$(BIN)/pip install --quiet duckdb litellm polars tokencost
	$(BIN)/python tests/benchmarks/bench.py

golden: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --update-golden

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/pip install --quiet --group dev
	touch $@

clean:
	rm -rf $(VENV) build dist .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
