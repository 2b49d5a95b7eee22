# Two ways in: `make demo` shows the main job, `make test` runs everything. Both do all set-up by themselves.
# Needs Rust, Python >= 3.10, Node >= 20 and make; everything else is installed below this folder.
PYTHON ?= python3
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

BUILD := .build
# Each test has a time limit, and what holds a file open after its last test; a file as a whole half an hour.
NODE_TESTS := node --import $(abspath tests/limits.mjs) --test --test-timeout=1800000
VENV := .venv
PY := $(abspath $(VENV)/bin/python)
# What a build depends on: the sources of the crates, and of the face that is built.
RUST := Cargo.toml Cargo.lock $(shell find core refunds loopback rehearsal sandbox cli -name '*.rs' -o -name '*.sql' -o -name Cargo.toml -o -path '*/inspector/*' -o -name '*.css' -o -name '*.svg')
PYTHON_SOURCES := pyproject.toml README.md $(shell find bindings-python -name '*.rs' -o -name '*.py' -o -name '*.pyi' -o -name '*.html' -o -name '*.css' -o -name Cargo.toml)
NODE_SOURCES := package.json README.md $(shell find bindings-node -path '*/dist' -prune -o -path '*/node_modules' -prune -o -type f -print)

# What is missing is left out of `make build` and `make demo`, which say so.
HAS_PYTHON := $(shell command -v $(PYTHON))
HAS_NODE := $(and $(shell command -v node),$(shell command -v npm))
left-out = @echo 'left out: the $(2) half, since there is no $(1) on the PATH' >&2

# With ARGS, a runner runs only what they pick; without a file among them, it looks in all of its own.
pick = $(ARGS) $(if $(findstring tests/,$(ARGS)),,$(1))

##@ Start here
help: ## Shows these commands
demo: ## Shows the main job against a sandbox, in a minute; no money moves
test: ## Runs everything
build: ## Builds the wheel and the npm packages as users get them, in .build/
clean: ## Removes what was built and installed

##@ While you work
format: ## Formats Rust and Python, and mends what ruff can mend
check: ## The part of lint that takes seconds; what the pre-commit hook runs
lint: ## Formatting, lints and the rules of the house
docs: ## Builds the site in .build/site; fails on a broken link

##@ One runner, and of it what ARGS pick
test-rust: ## cargo test, such as ARGS='-p paywelcome amount'
test-python: ## pytest, such as ARGS='tests/python/test_wait.py -k late'
test-node: ## node --test, such as ARGS='--test-name-pattern=late tests/node/waits.test.mjs'
test-stores: ## The stores of refunds in Python, on real databases; ARGS as for pytest
test-stores-node: ## The same in Node.js; ARGS name files
test-django: ## The Django app in a project; ARGS as for pytest
test-matrix: ## Every fault in every circumstance, such as ARGS='-k "stall and node"'
test-rehearse: ## Rehearsals with gateways that are odd: DRAWN=60 SEED=1; ARGS as for pytest
test-refunds: ## Workers that are killed, and storms of them; ARGS as for pytest, FULL=1 for all
test-tutorial: ## docs/tutorial.md as a reader plays it, in both languages; ARGS as for pytest
test-browser: ## The sandbox's page and the site in Chromium; ARGS name files
test-packages: ## The packages in fresh folders; ARGS name files
test-examples: ## All examples but Next.js, served and driven over HTTP
test-examples-python: ## Those in Python; ARGS as for pytest
test-examples-node: ## Those in Node.js
test-examples-nextjs: ## Next.js, which installs 370 MB
test-docs: ## As make docs

##@ For longer
check-refunds: ## What can become of refunds, in every interleaving; FULL=1 for one more try
soak: ## The matrix at random: MINUTES=1 SEED=1 ONLY=3
storm: ## Storms of refunds: MINUTES=1 SEED=1 ONLY=bullmq
batch: ## A batch from a file to its last won: ROWS=100000
fuzz: ## Bytes that break a reader: MINUTES=1
bench: ## Side by side with other HTTP clients; FULL=1 for longer
bench-full: ## As make bench FULL=1
bench-refunds: ## Only the refunds of the bench
bench-micro: ## What each step of a call costs, without a network
bench-budget: ## Instructions of a call, held to a budget

.PHONY: $(shell awk -F: '/^[a-z-]+: \043\043 / {print $$1}' $(firstword $(MAKEFILE_LIST)))

help:
	@awk -F ': ## ' '/^# Two ways/ {print substr($$0, 3)} /^##@/ {print "\n" substr($$0, 5)} \
	/^[a-z-]+: ## / {printf "  make %-21s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: build
	$(if $(HAS_PYTHON),PYTHONUNBUFFERED=1 $(PY) demo/demo.py,node demo/alone.mjs)

test: lint test-docs test-rust test-python test-stores test-django test-node test-stores-node test-browser test-matrix test-rehearse test-refunds test-tutorial test-packages test-examples bench-budget

build: $(if $(HAS_PYTHON),$(BUILD)/python) $(if $(HAS_NODE),$(BUILD)/node)
	$(if $(HAS_PYTHON),,$(call left-out,$(PYTHON),Python))
	$(if $(HAS_NODE),,$(call left-out,node with npm,Node.js))
	$(if $(HAS_PYTHON)$(HAS_NODE),,@echo 'nothing was built: install Python 3.10 or later, or Node.js 20 or later' >&2; exit 1)

format: $(BUILD)/venv
	cargo fmt
	$(VENV)/bin/ruff check --quiet --fix .
	$(VENV)/bin/ruff format --quiet .

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
	VIRTUAL_ENV=$(abspath $(VENV)) $(VENV)/bin/maturin build --release --locked --quiet --compression-level 9 --out $(BUILD)/wheel
	$(PY) -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps --no-index $(BUILD)/wheel/*.whl
	touch $@

# The tools of the Node side.
$(BUILD)/npm: package.json package-lock.json | $(BUILD)
	npm ci --no-audit --no-fund
	touch $@

# The npm packages as users get them, the main one and this platform's: built, and packed.
$(BUILD)/node: $(BUILD)/npm $(RUST) $(NODE_SOURCES)
	npm run --silent build
	rm -rf $(BUILD)/tarball
	node bindings-node/pack.mjs $(BUILD)/tarball
	touch $@

check: $(BUILD)/venv
	cargo fmt --check
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/ruff format --quiet --check .
	$(PY) tests/vectors/make.py --check
	$(PY) tests/house.py
	$(PY) tests/circles.py
	$(PY) tests/words.py
	$(PY) tests/prose.py
	$(PY) bench/storms.py --check
	$(PY) sandbox/surface/make.py --check

lint: check
	cargo clippy --workspace --exclude paywelcome-node --all-targets --locked --quiet -- -D warnings
	cargo clippy --package paywelcome-node --locked --quiet -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --locked --quiet -p paywelcome -p paywelcome-refunds -p paywelcome-loopback -p paywelcome-rehearsal -p paywelcome-sandbox -p paywelcome-cli

# The site in .build/site: the pages in English and, below ko/, in Korean, with the API reference of Python and Node.js.
# Strictly, so that a link which leads nowhere ends it.
test-docs: $(BUILD)/docs-venv/installed $(BUILD)/typedoc/README.md
	$(BUILD)/docs-venv/bin/python docs/site/gather.py $(BUILD)
	cd $(BUILD) && docs-venv/bin/zensical build --clean --strict --config-file zensical.en.toml
	cd $(BUILD) && docs-venv/bin/zensical build --clean --strict --config-file zensical.ko.toml

# And with the documentation of the crates.
docs: test-docs
	cargo doc --no-deps --locked --quiet -p paywelcome -p paywelcome-refunds -p paywelcome-sandbox
	rm -rf $(BUILD)/site/rust
	cp -r target/doc $(BUILD)/site/rust

$(BUILD)/docs-venv/installed: docs/site/requirements.txt | $(BUILD)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

# With paths as from docs/site, which is as deep.
$(BUILD)/docs-node/installed: $(wildcard docs/site/*.json) | $(BUILD)
	rm -rf $(@D) && mkdir -p $(@D)
	cp $^ $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(BUILD)/typedoc/README.md: $(BUILD)/docs-node/installed $(wildcard bindings-node/lib/*.ts bindings-node/lib/*/*.ts)
	cd $(BUILD)/docs-node && node_modules/.bin/typedoc --out ../typedoc --logLevel Warn

test-rust:
	cargo test --config "target.'cfg(all())'.runner = ['$(PYTHON)', '$(abspath tests/limit.py)']" \
	$(if $(filter -p% --package%,$(ARGS)),,--workspace) $(if $(ARGS),,--lib --bins --tests) --locked --quiet $(ARGS)
	$(if $(ARGS),,TEST_LIMIT_SECONDS=600 $(PYTHON) tests/limit.py cargo test --workspace --exclude paywelcome-node --exclude paywelcome-python --doc --locked --quiet)

# What can become of refunds, in every interleaving: part of test-rust; with FULL=1 one more try, in minutes and gigabytes.
check-refunds:
	$(if $(FULL),FULL=1) cargo test --locked --quiet -p paywelcome-refunds --test check
	cat $(if $(FULL),target/tmp/check-refunds.txt,refunds/tests/golden.txt)

test-python: $(BUILD)/python
	PAYWELCOME_WHEEL=$$(ls $(abspath $(BUILD))/wheel/*.whl) $(PY) -m pytest $(ARGS)

# The stores of refunds, with the drivers in an environment of their own, on real engines; says so loudly where one is missing.
test-stores: $(BUILD)/stores-venv/installed
	PYTEST_ADDOPTS='-o faulthandler_timeout=900' $(BUILD)/stores-venv/bin/python -m pytest $(call pick,tests/stores)

$(BUILD)/stores-venv/installed: tests/stores/requirements.txt $(BUILD)/python
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps --no-index $(BUILD)/wheel/*.whl
	touch $@

# The Django app, in a project of its own, on the same engines and in the system's Chromium.
test-django: $(BUILD)/stores-venv/installed $(BUILD)/npm
	$(BUILD)/stores-venv/bin/python -m pytest $(call pick,tests/django_app)

test-node: $(BUILD)/node
	PAYWELCOME_TARBALLS=$(abspath $(BUILD))/tarball $(NODE_TESTS) $(call pick,tests/node/*.test.mjs)

# The stores of paywelcome/refunds with the real drivers, and with databases of the tests' own; says so loudly where one is missing.
test-stores-node: $(BUILD)/node $(BUILD)/stores-node
	PYTHON=$(PYTHON) $(NODE_TESTS) $(call pick,tests/stores/node/*.test.mjs)

$(BUILD)/stores-node: tests/stores/node/package.json tests/stores/node/package-lock.json $(wildcard tests/stores/node/prisma/*) | $(BUILD)
	cd tests/stores/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd tests/stores/node && npm rebuild better-sqlite3 --loglevel=error || echo 'could not be built: better-sqlite3'
	cd tests/stores/node && for schema in prisma/*.prisma; do PRISMA_SCHEMA_ENGINE_BINARY=/bin/true npx --no prisma generate --schema $$schema >/dev/null; done
	touch $@

# The sandbox's page, in the system's Chromium; says so loudly where there is none.
test-browser: $(BUILD)/node $(BUILD)/stores-node test-docs
	$(NODE_TESTS) $(call pick,tests/browser/*.test.mjs)

# Every fault in every circumstance, judged against the ledger: thousands of calls from both languages, in about a minute.
# They are played before the first is judged, each with a limit of its own.
test-matrix: $(BUILD)/python $(BUILD)/node
	$(PY) -m pytest $(call pick,tests/matrix) --quiet -o timeout=900 -o faulthandler_timeout=1200

# Rehearsals in both languages, with odd gateways, and killed or unanswered at each request. They are played before the first is
# judged, each with limits of its own.
test-rehearse: $(BUILD)/python $(BUILD)/node
	SEED=$(or $(SEED),1) DRAWN=$(or $(DRAWN),60) $(PY) -m pytest $(call pick,tests/rehearse) --quiet -o timeout=900 -o faulthandler_timeout=1200

# The same at random, for as long as you like: SEED makes it again, ONLY=n one case of it.
soak: $(BUILD)/python $(BUILD)/node
	$(PY) tests/matrix/soak.py --minutes $(or $(MINUTES),1) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

# Workers that are killed between any two statements of a refund's life, and storms of them; with FULL=1 every combination.
# They are played before the first is judged, each with a limit of its own.
test-refunds: $(BUILD)/stores-venv/installed $(BUILD)/node $(BUILD)/stores-node
	FULL=$(FULL) $(BUILD)/stores-venv/bin/python -m pytest $(call pick,tests/refunds) --quiet -o timeout=$(if $(FULL),7200,900) -o faulthandler_timeout=$(if $(FULL),7500,1200)

# docs/tutorial.md as a reader plays it: its files, its commands and what they print.
test-tutorial: $(BUILD)/python $(BUILD)/node $(BUILD)/stores-node
	$(PY) -m pytest $(call pick,tests/tutorial)

# A batch of 100,000 refunds from a file to its last won: paused, crashed, and stopped by its error budget; ROWS for another size.
batch: $(BUILD)/stores-venv/installed $(BUILD)/node $(BUILD)/stores-node
	$(BUILD)/stores-venv/bin/python tests/refunds/concert.py --rows $(or $(ROWS),100000)

# Storms one after the other, for as long as you like: SEED draws them again.
storm: $(BUILD)/stores-venv/installed $(BUILD)/node $(BUILD)/stores-node
	$(BUILD)/stores-venv/bin/python tests/refunds/storms.py --minutes $(or $(MINUTES),1) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only '$(ONLY)')

# The packages in fresh folders: by every installer, in bundles, with types, and when they do not load; the workflows and licences.
# What they run and build has limits of its own.
test-packages: $(BUILD)/python $(BUILD)/node $(BUILD)/package-tools
	$(if $(findstring .py,$(ARGS)),,$(NODE_TESTS) $(call pick,tests/packages/*.test.mjs))
	$(if $(findstring .mjs,$(ARGS)),,PAYWELCOME_WHEEL=$$(ls $(abspath $(BUILD))/wheel/*.whl) $(PY) -m pytest $(call pick,tests/packages) -o timeout=900 -o faulthandler_timeout=1200)

$(BUILD)/package-tools: tests/packages/requirements.txt tests/packages/package.json tests/packages/package-lock.json $(BUILD)/venv
	$(PY) -m pip install --quiet --disable-pip-version-check -r $<
	cd tests/packages && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

# Bytes that break the reader of answers, amounts, requests or the sandbox's own reader; needs cargo-fuzz.
fuzz:
	for target in amount reply request wire; do mkdir -p fuzz/found/$$target; \
	(cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir . -s none $$target found/$$target corpus/$$target -- \
	-max_total_time=$$(($(or $(MINUTES),1)*60)) -max_len=2048); done

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
	$(BENCH_PY) bench/run.py $(if $(FULL),--full) --wheel $(BUILD)/wheel/*.whl --tarballs $(BUILD)/tarball/*.tgz

bench-full:
	$(MAKE) bench FULL=1

# Only the refunds that are recorded, into the kept results.
bench-refunds: $(BUILD)/bench-peers
	cargo build --release --locked --quiet -p paywelcome-bench
	$(BENCH_PY) bench/refunds.py $(if $(FULL),--full)

# What each step of a call costs in time, without a network.
bench-micro:
	cargo bench --locked --quiet -p paywelcome --features internals --bench steps

# And in instructions, held to a budget; says so loudly where there is no valgrind.
bench-budget:
	cargo build --release --locked --quiet -p paywelcome-bench --features internals --bin bench-count
	$(PYTHON) bench/count.py

# The examples of docs/guides: installed as users would, served for real, and driven over HTTP.
EXAMPLES := $(BUILD)/examples
NODE_EXAMPLES := bullmq express fastify nestjs pg-boss

# The platform's package, which a registry would add by itself.
add-platform = for packed in $(BUILD)/tarball/paywelcome-native-*.tgz; do \
	folder=$(1)/node_modules/$$(tar -xzOf $$packed package/package.json | node -p 'JSON.parse(fs.readFileSync(0)).name'); \
	mkdir -p $$folder; tar -xzf $$packed -C $$folder --strip-components=1; done

# Examples, without what was installed in their folders, and with the built package in place of this clone.
copy-examples = tar -C examples --exclude=node_modules --exclude=dist --exclude=.next -cf - $(1) | tar -C $(2) -xf - ; \
	for each in $(1:%=$(2)/%/package.json); do sed 's|"file:../.."|"0.1.0"|' $$each >$$each.new; mv $$each.new $$each; done

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
	cp -r tests/examples/node/. $(@D)
	$(call copy-examples,$(NODE_EXAMPLES),$(@D))
	cp $(BUILD)/tarball/paywelcome-[0-9]*.tgz $(@D)/paywelcome.tgz
	npm ci --prefix $(@D) --no-audit --no-fund --loglevel=error
	$(call add-platform,$(@D))
	touch $@

# Django 6 asks for Python 3.12; where there is none, its example is skipped, and said so.
PYTHON_3_12 := $(shell for python in $(PYTHON) python3.14 python3.13 python3.12 ~/.pyenv/versions/3.1[2-9].*/bin/python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && command -v $$python && break; done)
DJANGO_6 := $(if $(PYTHON_3_12),$(EXAMPLES)/django-6/installed)

$(EXAMPLES)/django-6/installed: examples/django-tasks/requirements.txt $(BUILD)/python
	rm -rf $(@D)
	$(PYTHON_3_12) -m venv $(@D)
	grep -v '^\.\./\.\.' $< | $(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r /dev/stdin
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index $(BUILD)/wheel/*.whl
	touch $@

test-examples-python: $(EXAMPLES)/venv/installed $(DJANGO_6) $(BUILD)/package-tools
	$(EXAMPLES)/venv/bin/python tests/examples/guides.py
	cd tests/examples && $(if $(DJANGO_6),PYTHON_DJANGO_6=$(abspath $(EXAMPLES))/django-6/bin/python) $(abspath $(EXAMPLES))/venv/bin/python -m pytest $(ARGS)

test-examples-node: $(EXAMPLES)/node/installed
	cp -r tests/examples/node/*.mjs tests/stores/node/engine.mjs $(<D)
	$(call copy-examples,$(NODE_EXAMPLES),$(<D))
	cp -r tests/engines $(BUILD)
	cd $(<D)/nestjs && npx --no tsc
	cd $(<D) && PYTHON=$(PYTHON) $(NODE_TESTS) *.test.mjs

# By itself, since it installs 370 MB and builds for most of a minute.
test-examples-nextjs: $(BUILD)/node
	rm -rf $(EXAMPLES)/nextjs && mkdir -p $(EXAMPLES)/nextjs
	cp -r tests/examples/nextjs/. tests/examples/node/every-refund.mjs tests/examples/node/shop.mjs tests/stores/node/engine.mjs \
		$(EXAMPLES)/nextjs
	$(call copy-examples,nextjs,$(EXAMPLES)/nextjs)
	cp -r tests/engines $(BUILD)
	cp $(BUILD)/tarball/paywelcome-[0-9]*.tgz $(EXAMPLES)/nextjs/paywelcome.tgz
	npm ci --prefix $(EXAMPLES)/nextjs --no-audit --no-fund --loglevel=error
	$(call add-platform,$(EXAMPLES)/nextjs)
	cd $(EXAMPLES)/nextjs/nextjs && NEXT_TELEMETRY_DISABLED=1 npx --no next build
	cd $(EXAMPLES)/nextjs && NEXT_TELEMETRY_DISABLED=1 PYTHON=$(PYTHON) $(NODE_TESTS) *.test.mjs

clean:
	rm -rf $(BUILD) $(VENV) node_modules tests/packages/node_modules tests/stores/node/node_modules bench/node_modules target bindings-node/dist
