# Two commands do everything on a fresh machine: `make train` and `make test`; `make demo` shows the clinic's page, `make
# docs` makes the documentation.
PYTHON ?= python3
WORK ?= work_dirs/multitask
BIN = .venv/bin

.PHONY: train test test-fast journeys lint docs demo

train: .venv/installed
	$(BIN)/python tools/train.py configs/multitask.py --work-dir $(WORK)
	$(BIN)/python tools/test.py configs/multitask.py $(WORK)/best.pth --out $(WORK)/metrics.json --show-dir $(WORK)/pictures

# The clinic's page with the built-in model and drawings: prints the address, a name and a password.
demo: .venv/installed
	test -f $(WORK)/best.pth || $(MAKE) train
	test -f $(WORK)/pack/pack.json || $(BIN)/lopm pack $(WORK) $(WORK)/pack
	$(BIN)/lopm web --pack $(WORK)/pack --folder $(WORK)/clinic --demo

test: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --durations=15 -m 'not journey'

# What takes under 5 seconds and starts no training: more than nine tests of ten.
test-fast: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -q -m 'not journey and not slow'

# A user's whole way, command after command, for every format: about as long as all other tests together.
journeys: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --durations=15 -m journey tests/journeys

lint: .venv/installed
	$(BIN)/ruff check .

# The pages of docs/ and the API as a site: docs/_build/index.html. A warning fails.
docs: .venv/documented
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build

.venv/documented: .venv/installed
	$(BIN)/pip install -q -c constraints.txt -e '.[docs]'
	touch $@

.venv/installed: setup.py constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --upgrade pip
	$(BIN)/pip install -c constraints.txt -e '.[tensorboard,base,weights,report,web,dev]'
	touch $@
