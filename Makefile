# Two commands do everything on a fresh machine: `make train` and `make test`.
PYTHON ?= python3
WORK ?= work_dirs/multitask
BIN = .venv/bin

.PHONY: train test journeys lint

train: .venv/installed
	$(BIN)/python tools/train.py configs/multitask.py --work-dir $(WORK)
	$(BIN)/python tools/test.py configs/multitask.py $(WORK)/best.pth --out $(WORK)/metrics.json --show-dir $(WORK)/pictures

test: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup --durations=15 -m 'not journey'

# A user's whole way, command after command, for every format: about as long as all other tests together.
journeys: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --durations=15 -m journey tests/journeys

lint: .venv/installed
	$(BIN)/ruff check .

.venv/installed: setup.py constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --upgrade pip
	$(BIN)/pip install -c constraints.txt -e '.[tensorboard,base,weights,dev]'
	touch $@
