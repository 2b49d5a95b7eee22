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

.PHONY: help demo test lint test-rust test-python test-node test-browser bench bench-full bench-micro bench-budget build clean

help:
	@sed -n 's/^# \(Two ways.*\)/\1/p' Makefile
	@echo 'Also: make lint test-rust test-python test-node test-browser bench bench-full bench-micro bench-budget build clean'

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

# The bench's peers, in environments of their own, beside the packages as users get them.
BENCH_PY := $(abspath $(BUILD))/bench-venv/bin/python
$(BUILD)/bench-peers: bench/requirements.txt bench/package.json bench/package-lock.json $(BUILD)/python $(BUILD)/node
	$(PYTHON) -m venv $(BUILD)/bench-venv
	$(BENCH_PY) -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	$(BENCH_PY) -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps --no-index $(BUILD)/wheel/*.whl
	cd bench && npm ci --silent --no-audit --no-fund
	cd bench && npm install --silent --no-save --no-package-lock --no-audit --no-fund $(abspath $(BUILD))/tarball/*.tgz
	touch $@

# Side by side with what a merchant would write instead: about two minutes; with FULL=1 about ten.
bench: $(BUILD)/bench-peers
	cargo build --release --locked --quiet -p paywelcome-bench
	$(BENCH_PY) bench/run.py $(if $(FULL),--full) --wheel $(BUILD)/wheel/*.whl --tarball $(BUILD)/tarball/*.tgz

bench-full:
	$(MAKE) bench FULL=1

# What each step of a call costs in time, without a network.
bench-micro:
	cargo bench --locked --quiet -p paywelcome --features internals --bench steps

# And in instructions, held to a budget; says so loudly where there is no valgrind.
bench-budget:
	cargo build --release --locked --quiet -p paywelcome-bench --features internals --bin bench-count
	$(PYTHON) bench/count.py

clean:
	rm -rf $(BUILD) $(VENV) node_modules bench/node_modules target bindings-node/dist
