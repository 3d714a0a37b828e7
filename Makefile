# Two commands on a fresh machine: `make report` and `make test`. Everything else is convenience.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: report test lint notebooks validation figures bench clean

report: $(READY)
	$(BIN)/skykey run micius-2016 -o out/micius-2016

# The environment is rebuilt when a dependency file changes, and only then.
$(READY): pyproject.toml constraints.txt
	rm -rf .venv
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "skykey needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt setuptools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	touch $(READY)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: lint
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

notebooks: $(READY)
	$(BIN)/python notebooks/execute.py

validation: $(READY)
	$(BIN)/python -m pytest -q tests --validation-page design/validation.md -m validation

# The picture in the README: the report of a real run, as Chromium shows it.
figures: report
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1120,1310 \
	  --screenshot=design/micius-2016.png out/micius-2016/report.html

bench: $(READY)
	$(BIN)/python -m benchmarks.run

clean:
	rm -rf .venv out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info
