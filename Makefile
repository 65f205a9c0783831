# Two commands are all a newcomer needs: `make run` and `make test`. Both install what is missing (Debian).

SWIFT ?= swift
BINARY = .build/release/meta-supervisor
HEADERS = /usr/include/sqlite3.h /usr/include/zlib.h

.PHONY: run build daemon test test-debug test-release bench-quality tools lint clean

## Build the supervisor and supervise the demonstration fleet.
run: build
	@$(BINARY) demo

## The release binary.
build: tools
	@META_SUPERVISOR_CORE=1 $(SWIFT) build -c release --product meta-supervisor

## The daemon, in release: the network libraries take about ten minutes the first time.
daemon: tools
	@$(SWIFT) build -c release --product meta-supervisord --scratch-path .build-daemon
	@echo ".build-daemon/release/meta-supervisord" >&2

## Every test: in debug with and without random hashing from one build, then in release.
test: test-debug test-release

test-debug: tools
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build
	SWIFT_DETERMINISTIC_HASHING=1 $(SWIFT) test --skip-build

# A folder of its own: tests of a release build need other compiler flags, and `make run` should not be built anew.
# The daemon's network libraries take twelve minutes more in release; its tests run in debug, twice.
test-release: tools
	META_SUPERVISOR_CORE=1 $(SWIFT) test -c release --scratch-path .build-test-release

## What the decisions reach where the truth is known: the table of docs/METHODS.md, in Markdown, seeds fixed. About a
## quarter of an hour on two cores; OPTIONS="--quick", "--row 4", "--set allocation.prior=equal" and the like for less.
## Recorded prices are used where they are; without them rows say that they are skipped.
RECORDED ?= ../shared/data
bench-quality: tools
	@META_SUPERVISOR_BENCHMARKS=1 $(SWIFT) build -c release --scratch-path .build-benchmarks \
		--product quality-benchmark >&2
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

## The formatter's opinion, for information.
lint:
	$(SWIFT) format lint --recursive Sources Tests || true

clean:
	rm -rf .build .build-daemon .build-test-release .build-benchmarks
