# The same checks as `.ci/run`, in this checkout's own environment.

RUN := .venv/bin
PINS := .ci/constraints/fastkit.txt
TEST := -m pytest -n auto --dist loadgroup

.PHONY: check constraints demo docs proof setup test

setup: .venv/.done

# The versions that somebody has committed, also of pip and of what builds fastkit
.venv/.done: pyproject.toml $(PINS)
	python3 -m venv --clear .venv
	$(RUN)/python -m pip install --quiet --constraint $(PINS) pip
	$(RUN)/python -m pip install --quiet --constraint $(PINS) --build-constraint $(PINS) --editable . --group dev
	touch $@

# From nothing to a project whose own tests have passed
demo: setup
	rm -rf build/demo
	$(RUN)/fastkit startdemo fastapi-async-crud --project-name async-todo-api \
	  --author 'Developer Kim' --author-email developer@example.com \
	  --description 'Asynchronous todo management API' --output build/demo --yes
	cd build/demo/async-todo-api && $(CURDIR)/$(RUN)/uv run pytest

check: setup
	$(RUN)/ruff format --check docs generator tests
	$(RUN)/ruff check docs generator tests
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/python $(TEST)

test: setup
	$(RUN)/python $(TEST)

# The site, without the network, into build/site; any warning fails. The page of commands is written first
docs: setup
	$(RUN)/python -m tests.support.commands_page
	$(RUN)/python -m sphinx --fresh-env --fail-on-warning --keep-going --quiet docs build/site

# The newest versions of everything in .ci/constraints, and the `indirect_dependencies` that templates list:
# commit them once `make check` passes
constraints: setup
	$(RUN)/python -m tests.support.constraints

# With the newest releases of everything: thousands of cases, hundreds of kills and interrupts, and the
# benchmarks; an hour
proof: setup
	$(RUN)/uv venv --quiet --clear --python $(RUN)/python build/newest
	$(RUN)/uv pip install --quiet --upgrade --python build/newest/bin/python --editable . --group dev
	-FASTKIT_PROOF=1 build/newest/bin/python $(TEST)
	$(RUN)/python tests/benchmarks/generator.py
	$(RUN)/python tests/benchmarks/interactive.py
	$(RUN)/python tests/benchmarks/sources.py
	$(RUN)/python tests/benchmarks/updates.py
	$(RUN)/python -m tests.benchmarks.store
	$(RUN)/python tests/benchmarks/features.py
