# Two ways in: `make demo` shows the main job, `make test` runs everything. Both do all set-up by themselves.
# Needs Rust, Python >= 3.10, Node >= 20 and make; everything else is installed below this folder.
PYTHON ?= python3
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

BUILD := .build
VENV := .venv
PY := $(abspath $(VENV)/bin/python)
# What a build depends on: the sources of the crates, and of the face that is built.
RUST := Cargo.toml Cargo.lock $(shell find core sandbox -name '*.rs' -o -name Cargo.toml -o -path '*/inspector/*')
PYTHON_SOURCES := pyproject.toml README.md $(shell find bindings-python -name '*.rs' -o -name '*.py' -o -name '*.pyi' -o -name Cargo.toml)
NODE_SOURCES := package.json README.md $(shell find bindings-node -path '*/dist' -prune -o -path '*/node_modules' -prune -o -type f -print)

.PHONY: help demo test lint test-rust test-python test-node test-browser build clean
.PHONY: test-examples test-examples-python test-examples-node test-examples-nextjs

help:
	@sed -n 's/^# \(Two ways.*\)/\1/p' Makefile
	@echo 'Also: make lint test-rust test-python test-node test-browser test-examples build clean'

demo: build
	PYTHONUNBUFFERED=1 $(PY) demo/demo.py

test: lint test-rust test-python test-node test-browser

build: $(BUILD)/python $(BUILD)/node

$(BUILD):
	mkdir -p $@

# The tools of the Python side, in an environment of their own.
$(BUILD)/venv: tests/python/requirements.txt | $(BUILD)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or later is needed; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

# The wheel as users get it, installed.
$(BUILD)/python: $(BUILD)/venv $(RUST) $(PYTHON_SOURCES)
	rm -rf $(BUILD)/wheel
	VIRTUAL_ENV=$(abspath $(VENV)) $(VENV)/bin/maturin build --release --locked --quiet --out $(BUILD)/wheel
	$(PY) -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps --no-index $(BUILD)/wheel/*.whl
	touch $@

# The tools of the Node side.
$(BUILD)/npm: package.json package-lock.json | $(BUILD)
	npm ci --no-audit --no-fund
	touch $@

# The npm package as users get it: built, and packed.
$(BUILD)/node: $(BUILD)/npm $(RUST) $(NODE_SOURCES)
	npm run --silent build
	rm -rf $(BUILD)/tarball && mkdir -p $(BUILD)/tarball
	npm pack --silent --ignore-scripts --pack-destination $(BUILD)/tarball
	touch $@

lint: $(BUILD)/venv
	cargo fmt --check
	cargo clippy --workspace --exclude paywelcome-node --all-targets --locked --quiet -- -D warnings
	cargo clippy --package paywelcome-node --locked --quiet -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --locked --quiet -p paywelcome -p paywelcome-sandbox
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/ruff format --quiet --check .
	$(PY) tests/vectors/make.py --check
	$(PY) tests/house.py

test-rust:
	cargo test --workspace --locked --quiet

test-python: $(BUILD)/python
	PAYWELCOME_WHEEL=$$(ls $(abspath $(BUILD))/wheel/*.whl) $(PY) -m pytest

test-node: $(BUILD)/node
	PAYWELCOME_TARBALL=$$(ls $(abspath $(BUILD))/tarball/*.tgz) npm test

# The sandbox's page, in the system's Chromium; says so loudly where there is none.
test-browser: $(BUILD)/node
	node --test tests/browser/*.test.mjs

# The examples of docs/guides: installed as users would, served for real, and driven over HTTP.
EXAMPLES := $(BUILD)/examples
NODE_EXAMPLES := node-refunds express fastify nestjs

test-examples: test-examples-python test-examples-node

$(EXAMPLES)/venv/installed: tests/examples/requirements.txt $(BUILD)/python
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index $(BUILD)/wheel/*.whl
	touch $@

# Below the build folder, so that no example finds this project's own packages.
$(EXAMPLES)/node/installed: $(wildcard tests/examples/node/*.json examples/*/package.json) $(BUILD)/node
	rm -rf $(@D) && mkdir -p $(@D)
	cp -r tests/examples/node/. $(NODE_EXAMPLES:%=examples/%) $(@D)
	cp $(BUILD)/tarball/*.tgz $(@D)/paywelcome.tgz
	npm ci --prefix $(@D) --no-audit --no-fund --loglevel=error
	cd $(@D) && node -e "import('./shop.mjs').then((shop) => shop.makeTemplate())"
	touch $@

test-examples-python: $(EXAMPLES)/venv/installed
	$(EXAMPLES)/venv/bin/python tests/examples/guides.py
	cd tests/examples && $(abspath $(EXAMPLES))/venv/bin/python -m pytest

test-examples-node: $(EXAMPLES)/node/installed
	cp -r tests/examples/node/*.mjs $(NODE_EXAMPLES:%=examples/%) $(<D)
	cd $(<D)/nestjs && npx --no tsc
	cd $(<D) && node --test *.test.mjs

# By itself, since it installs 370 MB and builds for most of a minute.
test-examples-nextjs: $(BUILD)/node
	rm -rf $(EXAMPLES)/nextjs && mkdir -p $(EXAMPLES)/nextjs
	cp -r tests/examples/nextjs/. tests/examples/node/*.mjs examples/node-refunds examples/nextjs $(EXAMPLES)/nextjs
	rm $(addprefix $(EXAMPLES)/nextjs/,express.test.mjs fastify.test.mjs nestjs.test.mjs node-refunds.test.mjs)
	cp $(BUILD)/tarball/*.tgz $(EXAMPLES)/nextjs/paywelcome.tgz
	npm ci --prefix $(EXAMPLES)/nextjs --no-audit --no-fund --loglevel=error
	cd $(EXAMPLES)/nextjs && node -e "import('./shop.mjs').then((shop) => shop.makeTemplate())"
	cd $(EXAMPLES)/nextjs/nextjs && NEXT_TELEMETRY_DISABLED=1 npx --no next build
	cd $(EXAMPLES)/nextjs && NEXT_TELEMETRY_DISABLED=1 node --test *.test.mjs

clean:
	rm -rf $(BUILD) $(VENV) node_modules target bindings-node/dist
