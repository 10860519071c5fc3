# The same checks as `.ci/run`, in this checkout's own environment.

RUN := .venv/bin

.PHONY: check demo proof setup test

setup: .venv/.done

.venv/.done: pyproject.toml
	python3 -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.venv/bin/python -m pip install --quiet --editable . --group dev
	touch $@

# From nothing to a project whose own tests have passed
demo: setup
	rm -rf build/demo
	$(RUN)/fastkit startdemo fastapi-async-crud --project-name async-todo-api \
	  --author 'Developer Kim' --author-email developer@example.com \
	  --description 'Asynchronous todo management API' --output build/demo --yes
	cd build/demo/async-todo-api && $(CURDIR)/$(RUN)/uv run pytest

check: setup
	$(RUN)/ruff format --check generator tests
	$(RUN)/ruff check generator tests
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/pytest -n auto

test: setup
	$(RUN)/pytest -n auto

# Thousands of cases, hundreds of kills and interrupts, and the benchmarks; an hour
proof: setup
	FASTKIT_PROOF=1 $(RUN)/pytest -n auto
	$(RUN)/python tests/benchmarks/generator.py
	$(RUN)/python tests/benchmarks/interactive.py
	$(RUN)/python tests/benchmarks/sources.py
	$(RUN)/python tests/benchmarks/updates.py
	$(RUN)/python -m tests.benchmarks.store
