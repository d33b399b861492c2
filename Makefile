# make demo: set everything up and open the demo.  make test: set everything up and run every check.  make help: the rest.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8400
PEOPLE ?= 10000
SEED ?= 1
DEMO ?= workspaces
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo serve test test-slow lint types layers docs bench coverage oracles screenshots lighthouse assets lock wheel clean

help:
	@echo "make demo       install, prepare both demo workspaces, serve them on http://127.0.0.1:$(PORT)"
	@echo "make test       install what tests need, run linters, types, layers, docs and all tests"
	@echo "make test-slow  coverage simulations, long faults, large data, laws with many examples"
	@echo "make bench      speed, side by side with peers;  make oracles: answers, side by side with peers and R"
	@echo "make coverage   how often each interval holds the truth, simulated anew: docs/reference/coverage.md"
	@echo "make lighthouse how heavy and how fast the pages are, anew: docs/reference/page-speed.md;  make screenshots: its pictures"
	@echo "make docs       build the handbook to docs/_build/html;  make assets: rebuild the vendored web files"
	@echo "make lock       resolve the lock files again;  make wheel: build the package;  make clean: remove what was built"

# One environment; each stamp remembers the lock file it was made from, so a second run downloads nothing.
.venv/.created:
	scripts/need.sh $(PYTHON)=python3,python3-venv
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Touchpath needs Python 3.11 or newer, this is " + sys.version)'
	$(PYTHON) -m venv .venv || { scripts/need.sh ensurepip=python3-venv && $(PYTHON) -m venv .venv; }
	touch $@

.venv/.run: .venv/.created requirements/run.lock pyproject.toml
	$(BIN)/python -m pip install -q --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: .venv/.run requirements/dev.lock
	$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.lock
	touch $@

.venv/.bench: .venv/.dev requirements/bench.lock
	$(BIN)/python -m pip install -q --require-hashes -r requirements/bench.lock
	touch $@

web-assets/node_modules/.installed: web-assets/package-lock.json
	scripts/need.sh node=nodejs npm=npm
	cd web-assets && npm ci --no-audit --no-fund --silent
	touch $@

# The published tracking clients that tests/clients drives. Two environments, because the old Segment client pins what the others cannot use.
.venv-clients/.current: requirements/clients.lock | .venv/.created
	rm -rf .venv-clients/current && $(PYTHON) -m venv .venv-clients/current
	.venv-clients/current/bin/python -m pip install -q --require-hashes -r $<
	touch $@

.venv-clients/.old: requirements/clients-old.lock | .venv/.created
	rm -rf .venv-clients/old && $(PYTHON) -m venv .venv-clients/old
	.venv-clients/old/bin/python -m pip install -q --require-hashes -r $<
	touch $@

tests/clients/node_modules/.installed: tests/clients/package-lock.json
	scripts/need.sh node=nodejs npm=npm
	cd tests/clients && npm ci --no-audit --no-fund --silent
	touch $@

CLIENTS := .venv-clients/.current .venv-clients/.old tests/clients/node_modules/.installed

# Lighthouse, in a folder of its own: nothing of it is in the wheel.
tests/lighthouse/node_modules/.installed: tests/lighthouse/package-lock.json
	scripts/need.sh node=nodejs npm=npm
	cd tests/lighthouse && npm ci --no-audit --no-fund --silent --ignore-scripts
	touch $@

demo: .venv/.kernels
	$(BIN)/touchpath demo --folder $(DEMO) --people $(PEOPLE) --seed $(SEED)
	$(BIN)/touchpath serve $(DEMO)/company $(DEMO)/households --port $(PORT)

serve: .venv/.kernels
	$(BIN)/touchpath serve $(DEMO)/company $(DEMO)/households --port $(PORT)

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

layers: .venv/.dev
	$(BIN)/lint-imports

docs: .venv/.dev
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

# A compiled kernel is kept by its own file's date, but may hold code inlined from another: after any change all are compiled anew.
.venv/.kernels: .venv/.run $(wildcard src/touchpath/timelines/*.py)
	find src -name '*.nbi' -delete -o -name '*.nbc' -delete
	$(BIN)/touchpath warm --quiet
	touch $@

test: .venv/.dev .venv/.kernels web-assets/node_modules/.installed $(CLIENTS)
	scripts/need.sh chromium=chromium java=default-jre-headless '/usr/lib/postgresql/*/bin/initdb=postgresql'
	$(MAKE) --no-print-directory -j2 -Otarget types docs lint layers
	scripts/in_memory.sh $(BIN)/pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m "not slow"

test-slow: .venv/.dev .venv/.kernels web-assets/node_modules/.installed tests/lighthouse/node_modules/.installed $(CLIENTS)
	scripts/need.sh chromium=chromium java=default-jre-headless '/usr/lib/postgresql/*/bin/initdb=postgresql'
	scripts/in_memory.sh $(BIN)/pytest -q -m "slow or hypothesis" --hypothesis-profile long

# What the scripts of tests/oracles ask, as Debian packs it.
R_PACKAGES = exactRankTests jsonlite metafor psych sandwich survey survival

oracles: .venv/.bench .venv/.kernels
	$(BIN)/python bench/folds.py --people 20000 --runs 1
	$(BIN)/pytest -q tests/timelines tests/stats -m "not slow"
	scripts/need.sh Rscript=r-base-core $(foreach p,$(R_PACKAGES),'/usr/lib/R/*/$(p)=r-cran-$(shell echo $(p) | tr A-Z a-z)')
	$(BIN)/python tests/oracles/rerun.py

bench: .venv/.bench .venv/.kernels
	scripts/need.sh wrk=wrk
	$(BIN)/python bench/run.py

coverage: .venv/.dev
	$(BIN)/python bench/coverage_table.py --rounds 10000 --seed 1

# The pictures in README and handbook, taken from the demo workspace in a browser.
screenshots: .venv/.kernels
	scripts/need.sh chromium=chromium
	$(BIN)/touchpath demo --folder $(DEMO) --people $(PEOPLE) --seed $(SEED)
	$(BIN)/python scripts/screenshots.py $(DEMO)/company docs/images

lighthouse: .venv/.kernels tests/lighthouse/node_modules/.installed
	scripts/need.sh chromium=chromium
	$(BIN)/touchpath demo --only company --folder $(DEMO) --people $(PEOPLE) --seed $(SEED)
	$(BIN)/python scripts/page_speed.py $(DEMO)/company docs/reference/page-speed.md

assets: web-assets/node_modules/.installed
	cd web-assets && node build.mjs

wheel: .venv/.dev
	$(BIN)/python -m pip wheel -q --no-deps --no-build-isolation -w dist .

lock:
	$(BIN)/python -m pip install -q uv
	scripts/lock.sh $(BIN)/uv

clean:
	rm -rf .venv .venv-clients web-assets/node_modules tests/clients/node_modules tests/lighthouse/node_modules docs/_build dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
