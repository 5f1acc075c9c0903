# Everything a user or developer types. Needs Python >= 3.11 and make; `make env` installs the rest into a venv.
PYTHON ?= python3
# The first interpreter gets .venv; another one, asked for by PYTHON=python3.13, a folder of its own: .venv-3.13.
MINOR = import sys; print("%d.%d" % sys.version_info[:2])
ifneq ($(origin PYTHON),file)
  ASKED := $(shell $(PYTHON) -c '$(MINOR)')
  FOUND := $(shell .venv/bin/python -c '$(MINOR)' 2>/dev/null)
endif
VENV ?= .venv$(if $(FOUND),$(patsubst %,-%,$(filter-out $(FOUND),$(ASKED))))
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: env reports test numeric lab lint format docs bench wheel wheel-check lock lock-check data notebooks clean
.DEFAULT_GOAL := reports

env: $(READY)  ## environment from the lock, every hash checked

# uv (its own hash is in the lock too) installs in a fraction of pip's time; where it cannot reach what pip can, pip does it.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	awk '/^uv==/{on=1} on{print} on&&!/\\$$/{exit}' requirements.lock > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps --compile-bytecode -r requirements.lock \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q lib reports
	touch $(READY)

reports: env  ## every report of the example study, into reports/site
	$(BIN)/tme run

test: env  ## unit, property and reference tests; notebooks through nbval; the site in a browser
	$(BIN)/python -m pytest -n auto --dist loadfile tests
	$(BIN)/python -m pytest -n auto --dist loadfile -p tests.nbval_numbers --nbval-lax --nbval-sanitize-with tests/nbval.cfg --nbval-current-env notebooks

numeric: env  ## every report and the numeric tests again as other machines compute: same results?
	$(BIN)/python -m tests.machines

lab: env  ## JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=.

lint: env  ## format, rules and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: env  ## what lint would ask for
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

wheel: env  ## dist/*.whl, which carries notebooks, data and lock
	rm -rf dist
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

wheel-check: wheel  ## that wheel in a venv and an empty folder of its own: the example without HOME, git and checkout
	.ci/wheel $(BIN) dist/*.whl

docs: env  ## build/docs/index.html: reference, lesson and formats, to open without a server; ends where a link leads nowhere
	$(BIN)/python -m docs.build

bench: env  ## measured speeds, one JSON object
	@$(BIN)/python -m tests.bench

data: env  ## the example study's inputs again, and the dictionary of columns
	$(BIN)/python data/example/simulate.py
	$(BIN)/python -m reports.dictionary

lock: env  ## resolve pyproject.toml again; then commit requirements.lock and environment.yml
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra cluster --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock
	$(BIN)/python -m reports.environment > environment.yml

# These three are pure Python and publish no wheel; all else must come as one, on the newest Python that we name.
SOURCE_ONLY := autograd-gamma docopt flowio
lock-check: env  ## the lock resolves for Python 3.13 without a compiler
	$(BIN)/uv pip install --quiet --dry-run --python-version 3.13 --only-binary :all: $(SOURCE_ONLY:%=--no-binary %) \
	  --require-hashes --no-deps --target build/none -r requirements.lock

notebooks: env  ## execute every notebook for commit: text and tables kept, pictures stripped
	$(BIN)/python -m reports.run.commit notebooks/*.ipynb

clean:  ## everything generated
	rm -rf .venv .venv-* reports/site build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
