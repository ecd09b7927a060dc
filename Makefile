# Everything that is done here is done by one of these. `make` lists them.
# Needs python3.11 or newer with pip, and nothing else; what it brings stays in .tools and .venv.

PORT ?= 8000
# How the suite is spread over the cores; `make test TESTS="tests/domain -k totals"` runs a part.
SPREAD ?= -n auto --dist loadgroup
TESTS ?=
# Of the faults: short, or full as in the documentation. Several at once, for most of the time is waited.
SIZE ?= short
FAULT_SPREAD ?= -n 3 --dist loadfile

PYTHON_ANY = $(shell for python in python3.11 python3 python3.12 python3.13 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$python && break; done)
PYTHON = .venv/bin/python
# When make was typed: `make run` says how long the way to GraphiQL was.
STARTED := $(shell date +%s)
# uv keeps what it downloads in its own cache, or here where HOME cannot be written.
UV_CACHE = $(shell mkdir -p "$${UV_CACHE_DIR:-$${XDG_CACHE_HOME:-$$HOME/.cache}/uv}" 2>/dev/null || echo "UV_CACHE_DIR=.tools/cache")
UV = UV_PYTHON_DOWNLOADS=never $(UV_CACHE) .tools/bin/uv

.DEFAULT_GOAL := help
.PHONY: help setup run test faults fuzz check format lint types drift schema docs site lock bench clients breaking clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/synced ## what everything else needs: .venv with the locked dependencies

run: setup ## the server with an embedded database and demo data on http://127.0.0.1:8000
	@STARTED=$(STARTED) $(PYTHON) -m server serve --demo --port $(PORT)

test: setup ## the whole test suite but for the faults
	@$(PYTHON) -m pytest $(SPREAD) $(TESTS)

faults: setup ## everything goes wrong under 64 clients; SIZE=full WRITE=1 writes docs/reliability.md
	@$(PYTHON) -m pytest -m faults tests/faults --size=$(SIZE) $(if $(WRITE),--write,$(FAULT_SPREAD)) $(TESTS)

# How many of each; the suite tries a few hundred, always the same ones.
EXAMPLES ?= 2000
fuzz: setup ## hostile input by chance: documents, bodies, values; EXAMPLES=20000 tries so many of each
	@EXAMPLES=$(EXAMPLES) $(PYTHON) -m pytest $(SPREAD) tests/fuzz

check: setup lint types drift site test ## format, lint, types, schema, site and the suite

lint: setup ## format, style and names
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .

types: setup
	@.venv/bin/mypy

drift: setup
	@$(PYTHON) -m server schema | diff - schema/schema.graphql \
		&& echo "schema/schema.graphql is what the code says" \
		|| { echo "schema/schema.graphql is not what the code says: make schema"; exit 1; }

format: setup ## the code as the formatter wants it
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

schema: setup ## schema/schema.graphql from the code
	@$(PYTHON) -m server schema > .venv/schema.graphql && mv .venv/schema.graphql schema/schema.graphql

docs: setup ## the tables of the documentation from the code
	@$(PYTHON) -m docs.tables

site: setup ## the documentation as a site in build/site, every link checked
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict --quiet
	@echo "build/site/README.html is the first page"

bench: setup ## the benchmarks, each as a ratio measured side by side
	@$(PYTHON) -m bench

lock: .tools/bin/uv ## the dependencies of pyproject.toml resolved anew and pinned by hash
	$(UV) pip compile --quiet --upgrade --universal --generate-hashes pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --upgrade --universal --generate-hashes --group dev \
		-c requirements.lock pyproject.toml -o requirements-dev.lock

clients: tests/clients/node_modules/.package-lock.json ## GraphQL's clients from npm, which `make test` runs once they are there

# What a release promised is kept; before the first one there is nothing to keep.
BASE ?= $(shell git describe --tags --abbrev=0 --match 'v*' 2>/dev/null)
breaking: clients ## what the schema breaks of the newest release's; BASE=main compares with another commit's
	@if [ -z "$(BASE)" ]; then echo "No release yet, so no promise of the schema to break (BASE=<commit> compares)"; else \
		git show "$(BASE):schema/schema.graphql" | node tests/clients/breaking.js /dev/stdin schema/schema.graphql \
		&& echo "schema/schema.graphql keeps what $(BASE) promised"; fi

clean: ## the checkout as it came, but for the data in .data
	rm -rf .venv .tools build tests/clients/node_modules .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/synced: requirements-dev.lock .tools/bin/uv
	@$(UV) venv --quiet --allow-existing --python "$(PYTHON_ANY)" .venv
	@echo "Installing the locked dependencies into .venv …"
	@$(UV) pip sync --quiet --require-hashes --python .venv/bin/python requirements-dev.lock
	@touch $@

# --target needs neither venv (which Debian packs apart) nor a system that lets pip install into it.
.tools/bin/uv: requirements-uv.lock
	@test -n "$(PYTHON_ANY)" || { echo "python3.11 or newer is needed"; exit 1; }
	@rm -rf .tools && echo "Installing uv into .tools …"
	@PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
		"$(PYTHON_ANY)" -m pip install --quiet --no-warn-script-location --target .tools \
		--require-hashes -r requirements-uv.lock
	@touch $@

tests/clients/node_modules/.package-lock.json: tests/clients/package-lock.json
	@node -e 'const [major, minor] = process.versions.node.split("."); process.exit(+(+major + minor / 100 < 20.19))' \
		|| { echo "node 20.19 or newer is needed, with npm"; exit 1; }
	@echo "Installing the clients into tests/clients/node_modules …"
	@cd tests/clients && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
