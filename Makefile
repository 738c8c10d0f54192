# Every target but help sets up .venv by itself, once. PYTHON=python3.12 chooses the interpreter.

BIN := .venv/bin
# Two processes: a grader that waits for its submission leaves a core to the other. A file's tests stay together, and
# share what its fixtures made; tests/conftest.py puts the longest files first.
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder
export PYTHON
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help setup demo lab test test-all lint build build-check reproduce
.DEFAULT_GOAL := help

help:
	@echo "make setup        make .venv and install the pinned packages (every other target does so by itself)"
	@echo "make demo         check week 1 and its solution, grade a class of sample submissions"
	@echo "make lab WEEK=2   copy a week's assignment to work/ and open its lab in JupyterLab"
	@echo "make test         run the tests (make test-all: the slow ones too)"
	@echo "make lint         ruff and mypy"
	@echo "make build        make assignments/ again from solutions/ (make build-check: say what would change)"
	@echo "make reproduce    train the networks, attack them, and write the tables and figures to results/reproduce"
	@echo "$(BIN)/autograder --help   the commands for students, teaching assistants and instructors"

setup:
	@sh tools/set_up.sh

demo: setup
	@echo "== Instructor: is assignments/ what solutions/ makes? (one or two minutes)"
	@$(BIN)/autograder build --check week01 || { [ $$? -eq 1 ] && \
		echo "See above: somebody's work in solutions/ or assignments/? The demo goes on."; }
	@echo "== Student: check my week01.py (here: the solution)"
	@$(BIN)/autograder check week01 solutions/week01/week01.py
	@echo "== Teaching assistant: grade a class"
	@$(BIN)/autograder grade week01 demo/submissions --out results/demo

# In a copy: assignments/ is made again by every build.
WEEK ?= 1
FOLDER = $(shell echo "$(WEEK)" | sed 's/^week//; s/^0*//; s/^.$$/0&/; s/^/week/')
lab: setup
	@[ -d assignments/$(FOLDER) ] || { echo "There is no assignments/$(FOLDER). Say which week: make lab WEEK=1"; exit 1; }
	@$(BIN)/python -c "import jupyterlab" 2>/dev/null || { echo "Installing JupyterLab, once: one or two minutes."; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-lab.txt; }
	@mkdir -p work; [ -d work/$(FOLDER) ] || cp -r assignments/$(FOLDER) work/
	@echo "Write your functions in work/$(FOLDER)/$(FOLDER).py; the lab imports them."
	@cd work/$(FOLDER) && PATH="$(CURDIR)/$(BIN):$$PATH" jupyter lab lab.ipynb

test: setup
	@$(PYTEST) -m "not slow"

test-all: setup
	@$(PYTEST)

lint: setup
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Some files are not formatted: run .venv/bin/ruff format"; exit 1; }
	@$(BIN)/mypy --no-error-summary

build: setup
	@$(BIN)/autograder build

build-check: setup
	@$(BIN)/autograder build --check

reproduce: setup
	@$(BIN)/python -m solutions.reproduce
