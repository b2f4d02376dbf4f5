# Everything a developer or user starts. `make help` lists it. Meson and ninja do the building.

.DEFAULT_GOAL := help
.PHONY: help packages build sandbox sandbox-down test test-unit test-threads test-fuzz test-peers release static \
        stress simulate fields mutations coverage format check-format analyze bench bench-peers bench-docs profile check-instructions clean

BUILD := build
NINJA = ninja -C
# Jobs at a time when building.
JOBS ?= $(shell nproc)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages: ## install the Debian packages that building needs (root or sudo)
	@tools/install-packages build

$(BUILD)/build.ninja: meson.build meson_options.txt | packages
	@[ -f $@ ] || meson setup $(BUILD) -Dtests=false >/dev/null

build: packages $(BUILD)/build.ninja ## build the programs into build/: operator, sandbox, plugin of kubectl
	@$(NINJA) $(BUILD) -j $(JOBS) --quiet

sandbox: build ## start the sandbox and the operator, form a three-server cluster, say what to try
	@$(BUILD)/neo4j-sandbox start --detach --operator $(BUILD)/neo4j-operator --apply examples/quickstart.yaml --wait

sandbox-down: ## stop the sandbox and the operator, leave nothing behind
	@if [ -x $(BUILD)/neo4j-sandbox ]; then $(BUILD)/neo4j-sandbox stop; else echo "The sandbox is not built, so it does not run."; fi

test: test-unit test-threads test-fuzz ## all that needs Debian packages only

test-packages:
	@tools/install-packages test

test-unit: test-packages ## unit tests and scenarios under AddressSanitizer and UBSan
	@[ -f build-asan/build.ninja ] || meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
	@$(NINJA) build-asan -j $(JOBS) --quiet
	@meson test -C build-asan --no-rebuild --no-suite peers --print-errorlogs

test-threads: test-packages ## what has threads, under ThreadSanitizer
	@[ -f build-tsan/build.ninja ] || meson setup build-tsan -Db_sanitize=thread -Db_lundef=false >/dev/null
	@$(NINJA) build-tsan -j $(JOBS) --quiet
	@meson test -C build-tsan --no-rebuild --print-errorlogs base kube bolt neo4j webhook manager
	@echo "The operator and the sandbox under ThreadSanitizer, which ends a program at its first report:"
	@TSAN_OPTIONS=halt_on_error=1 SCENARIO_BUILD=$(CURDIR)/build-tsan /usr/bin/python3 tests/scenarios/formation.py three_servers somebody
	@SCENARIO_BUILD=$(CURDIR)/build-tsan /usr/bin/python3 tests/scenarios/stress.py --minutes 0.5 --clusters 1

# How long wishes and faults go on, on how many clusters, and what chooses them.
MINUTES ?= 10
CLUSTERS ?= 2
SEED ?= 1
stress: test-packages ## MINUTES of wishes and faults on operators and sandbox with their real threads, under ThreadSanitizer
	@[ -f build-tsan/build.ninja ] || meson setup build-tsan -Db_sanitize=thread -Db_lundef=false >/dev/null
	@$(NINJA) build-tsan -j $(JOBS) --quiet neo4j-operator neo4j-sandbox
	@SCENARIO_BUILD=$(CURDIR)/build-tsan /usr/bin/python3 tests/scenarios/stress.py --minutes $(MINUTES) --clusters $(CLUSTERS) --seed $(SEED)

test-fuzz: test-packages ## every fuzz target for a bounded number of executions
	@[ -f build-fuzz/build.ninja ] || CC="ccache clang" meson setup build-fuzz -Dfuzz=true -Dtests=false -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
	@$(NINJA) build-fuzz -j $(JOBS) --quiet
	@meson test -C build-fuzz --no-rebuild --suite fuzz --print-errorlogs

# Seeds of a campaign, and schedules of each.
RUNS ?= 60
BRANCHES ?= 1
simulate: build ## RUNS x BRANCHES schedules of wishes and faults in virtual time (docs/simulation.md)
	@tests/simulate/campaign.py $(BUILD)/neo4j-simulate $(RUNS) $(BRANCHES)

EVERY ?= 1
SEED ?= 0
fields: build ## changes each field of the API, there and back, in virtual time; or every EVERY-th, from SEED
	@$(BUILD)/neo4j-simulate --fields --every $(EVERY) --seed $(SEED)

mutations: build ## deliberate bugs, one at a time, that the simulation must find
	@tests/simulate/mutations.py $(BUILD)

test-peers: build ## against real peers: Kubernetes, Neo4j Community, official drivers (needs Go 1.26)
	@tools/install-packages peers
	@tests/peers/run

static: packages ## the operator as one static program, as shipped: build-static/neo4j-operator
	@[ -f build-static/build.ninja ] || meson setup build-static -Dstatic=true -Dtests=false -Dbuildtype=minsize -Ddebug=false -Dstrip=true >/dev/null
	@$(NINJA) build-static -j $(JOBS) --quiet
	@strip build-static/neo4j-operator

release: static ## the same as static: what is shipped

coverage: test-packages ## line coverage of the unit tests: build-coverage/coverage.txt
	@[ -f build-coverage/build.ninja ] || meson setup build-coverage -Db_coverage=true >/dev/null
	@$(NINJA) build-coverage -j $(JOBS) --quiet
	@meson test -C build-coverage --no-rebuild --no-suite peers --quiet
	@gcovr --root . --filter src/ build-coverage --txt build-coverage/coverage.txt && tail -3 build-coverage/coverage.txt

analyze: test-packages ## gcc's static analyzer over the sources
	@tools/analyze

format: ## clang-format all sources
	@git ls-files '*.[ch]' | xargs clang-format -i

check-format: ## fail if clang-format would change something
	@git ls-files '*.[ch]' | xargs clang-format --dry-run -Werror

bench: build static ## figures in the sandbox, those of webhooks too
	@bench/run

bench-peers: build static ## figures on a real kube-apiserver, beside another operator if told (OTHER='--other-command …'); takes 15 minutes
	@tools/install-packages peers
	@bench/peers/run --json $(BUILD)/figures.json $(OTHER)

bench-docs: ## what the documents say of figures, from what bench-peers measured
	@bench/peers/docs $(BUILD)/figures.json

build-profile/bench/bench_reconcile: test-packages
	@[ -f build-profile/build.ninja ] || meson setup build-profile -Dtests=false -Dbench=true >/dev/null
	@$(NINJA) build-profile -j $(JOBS) --quiet bench/bench_reconcile

profile: build build-profile/bench/bench_reconcile ## where memory goes, by folder of the sources, and instructions of reconcile passes
	@bench/profile/heap
	@bench/profile/instructions

check-instructions: build-profile/bench/bench_reconcile ## fail if a reconcile pass takes more instructions than bench/profile/instructions.md says
	@bench/profile/instructions --check

clean: ## remove what was built
	@rm -rf build build-asan build-tsan build-fuzz build-static build-coverage build-bench build-profile
