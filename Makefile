# Two commands are all a newcomer needs: `make run` and `make test`. Both install what is missing (Debian).

SWIFT ?= swift
BINARY = .build/release/meta-supervisor
HEADERS = /usr/include/sqlite3.h /usr/include/zlib.h

# Swift's own libraries go into the program where the toolchain brings them along: it starts in a third of the time, and
# runs where no Swift is installed. What the linker says of mktemp is about Foundation's own code.
TOOLCHAIN := $(dir $(realpath $(shell command -v $(SWIFT))))..
STATIC := $(if $(wildcard $(TOOLCHAIN)/lib/swift_static/linux/libFoundation.a),--static-swift-stdlib)

.PHONY: run build daemon test test-debug test-release instructions record-instructions bench bench-growth \
	speed-benchmark bench-kernels bench-quality tools valgrind lint clean

## Build the supervisor and supervise the demonstration fleet.
run: build
	@$(BINARY) demo

## The release binary.
build: tools
	@META_SUPERVISOR_CORE=1 $(SWIFT) build -c release --product meta-supervisor $(STATIC)

## The daemon, in release: the network libraries take about ten minutes the first time.
daemon: tools
	@$(SWIFT) build -c release --product meta-supervisord --scratch-path .build-daemon
	@echo ".build-daemon/release/meta-supervisord" >&2

## Every test: in debug with and without random hashing from one build, then in release; then how much work it is.
test: test-debug test-release
	@$(MAKE) --no-print-directory instructions

test-debug: tools
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build
	SWIFT_DETERMINISTIC_HASHING=1 $(SWIFT) test --skip-build

# A folder of its own: tests of a release build need other compiler flags, and `make run` should not be built anew.
# The daemon's network libraries take twelve minutes more in release; its tests run in debug, twice.
test-release: tools
	META_SUPERVISOR_CORE=1 $(SWIFT) test -c release --scratch-path .build-test-release

## Whether small fixed work takes the program more than 15 % more instructions than on record; about a minute.
instructions: build valgrind
	@scripts/instruction_counts.sh $(BINARY)

## Puts today's counts on record, after a change that is worth its cost or a gain that should stay.
record-instructions: build valgrind
	@scripts/instruction_counts.sh $(BINARY) --record

## The table of docs/PERFORMANCE.md: whole processes beside their peers, in Markdown. About a quarter of an hour on two
## cores and ten gigabytes of disk (kept under .build-benchmarks until `make clean`); OPTIONS="--quick", "--row 1" and
## the like for less. Peers that are not installed are skipped: PEERS_PYTHON names a Python with DuckDB and Polars,
## ORACLE the seed's own program.
PEERS_PYTHON ?= $(shell command -v python3)
ORACLE ?= ../shared/oracle/confidence_decay.py
SPEED = .build-benchmarks/release/speed-benchmark
bench: speed-benchmark
	@$(SPEED) table --program $(BINARY) --python $(PEERS_PYTHON) --oracle $(ORACLE) $(OPTIONS)

## How cost grows with rows, outcomes, agents, years and symbols, as a table; half an hour. PLOT=docs/performance.svg
## draws the plot of docs/PERFORMANCE.md anew.
bench-growth: speed-benchmark
	@$(SPEED) growth --program $(BINARY) $(if $(PLOT),--svg $(PLOT)) $(OPTIONS)

speed-benchmark: build
	@META_SUPERVISOR_CORE=1 META_SUPERVISOR_BENCHMARKS=1 $(SWIFT) build -c release \
		--scratch-path .build-benchmarks --product speed-benchmark >&2

## The inner loops by themselves.
bench-kernels: tools
	@META_SUPERVISOR_CORE=1 META_SUPERVISOR_BENCHMARKS=1 $(SWIFT) package --scratch-path .build-benchmarks \
		--disable-sandbox benchmark --target kernel-benchmark $(OPTIONS)

## What the decisions reach where the truth is known: the table of docs/METHODS.md, in Markdown, seeds fixed. About a
## quarter of an hour on two cores; OPTIONS="--quick", "--row 4", "--set allocation.prior=equal" and the like for less.
## Recorded prices are used where they are; without them rows say that they are skipped.
RECORDED ?= ../shared/data
bench-quality: tools
	@META_SUPERVISOR_CORE=1 META_SUPERVISOR_BENCHMARKS=1 $(SWIFT) build -c release \
		--scratch-path .build-benchmarks --product quality-benchmark >&2
	@.build-benchmarks/release/quality-benchmark --recorded $(RECORDED) $(OPTIONS)

## The C libraries and headers the build needs, installed only where they are missing.
tools:
	@command -v $(SWIFT) > /dev/null || { echo "Swift 6.2 or later is needed: see swift.org/install" >&2; exit 1; }
	@missing=; for header in $(HEADERS); do [ -e $$header ] || missing=1; done; \
	if [ -n "$$missing" ]; then \
		echo "Installing libsqlite3-dev and zlib1g-dev" >&2; \
		if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq libsqlite3-dev zlib1g-dev; \
	fi

# Where it cannot be had, the counts are skipped, in words.
valgrind:
	@command -v valgrind > /dev/null || { \
		echo "Installing valgrind" >&2; \
		if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq valgrind; \
	} || true

## The formatter's opinion, for information.
lint:
	$(SWIFT) format lint --recursive Sources Tests || true

clean:
	rm -rf .build .build-daemon .build-test-release .build-benchmarks
