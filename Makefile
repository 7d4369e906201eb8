# Development tasks. Go alone is needed, except where a comment says more.

GO ?= go

.PHONY: test race paths bench bench-beside bench-peers bench-report bench-compare bench-smoke profile plan-table
.PHONY: lint builds emulated golden cross fuzz fuzz-short mpi faults soak trust-report demo
.PHONY: golden-here golden-avx2 golden-generic golden-purego golden-threads golden-race
.PHONY: golden-386 golden-arm64 golden-arm64-purego golden-s390x

# The tests of the README, on the fastest path of this machine.
test:
	$(GO) test ./...

# The fast tests under the race detector (needs a C compiler).
race:
	$(GO) test -race -short ./...

# The fast tests on the slower paths, chosen at run time and at build time: on
# generic code what has kernels of its own, and of the rest the bits.
paths:
	GODEBUG=cpu.avx512f=off $(GO) test -short ./...
	GODEBUG=cpu.avx2=off $(GO) test -short ./asm ./hadamard ./jacobian
	GODEBUG=cpu.avx2=off $(GO) test -short -run 'Golden|SameBits' ./solver ./train
	$(GO) test -short -tags purego ./asm ./hadamard ./jacobian
	$(GO) test -short -tags purego -run 'Golden|SameBits' ./solver ./train
	$(GO) test -short -tags noasm ./asm

bench:
	$(GO) test -run '^$$' -bench . -benchtime 0.5s ./...

# Beside other libraries; a module of its own, which fetches those in Go. Those in Python are
# skipped where they are not installed.
bench-beside:
	cd bench && $(GO) test -bench . -benchtime 0.5s

# Installs what there is to measure beside, and the tables of data, on Debian.
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
bench-peers:
	$(SUDO) apt-get update -q
	$(SUDO) apt-get install -qy --no-install-recommends gcc libc6-dev libfftw3-dev \
	  python3-numpy python3-scipy python3-sklearn python3-torch \
	  r-base-core r-cran-mass r-cran-ggplot2 r-cran-modeldata
	cd bench && $(GO) mod download

# Measures everything side by side, at most half an hour on two cores, and writes
# bench/RESULTS.md and bench/plots.
bench-report:
	cd bench && $(GO) run ./report

# The benchmarks of the revision BASE and of the working tree in turn, by benchstat. PKG,
# BENCH, COUNT and BENCHTIME say which, how often and how long; see the script.
bench-compare:
	@BASE='$(BASE)' PKG='$(PKG)' BENCH='$(BENCH)' COUNT='$(COUNT)' BENCHTIME='$(BENCHTIME)' GO='$(GO)' bench/compare.sh

# The planner's choice beside all methods, into bench/PLAN.md: ten minutes and 8 GB.
plan-table:
	rm -f bench/PLAN.md
	$(GO) test -run '^$$' -bench 'Plan$$' -benchtime 1x -timeout 1h ./train -plan-page ../bench/PLAN.md

bench-smoke:
	cd bench && $(GO) vet ./... && $(GO) test -p 1 -bench . -benchtime 1x ./...
	cd bench && temp=$$(mktemp -d) && trap 'rm -rf "$$temp"' EXIT && $(GO) run ./report -quick -dir "$$temp"

# Profiles of the processor and of the allocations of the main job, in the folder profiles.
profile:
	mkdir -p profiles
	$(GO) run ./train/cmd/nearlinear fit -cpuprofile profiles/cpu.prof -memprofile profiles/heap.prof
	$(GO) tool pprof -top -nodecount 25 profiles/cpu.prof
	$(GO) tool pprof -top -nodecount 25 profiles/heap.prof

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt: the files above want formatting'; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags purego ./...
	GOARCH=arm64 $(GO) vet ./...
	GOARCH=386 $(GO) vet ./...
	$(GO) mod verify
	$(GO) mod tidy -diff

# Builds every package for platforms this machine is not.
builds:
	GOOS=linux GOARCH=arm64 $(GO) build ./...
	GOOS=linux GOARCH=386 $(GO) build ./...
	GOOS=linux GOARCH=s390x $(GO) build ./...
	GOOS=darwin GOARCH=arm64 $(GO) build ./...
	GOOS=windows GOARCH=amd64 $(GO) build ./...
	GOOS=js GOARCH=wasm $(GO) build ./...
	$(GO) build -tags purego ./...

# The NEON kernels under emulation (needs Debian's qemu-user-static).
emulated:
	GOARCH=arm64 $(GO) test -short -exec qemu-aarch64-static ./asm ./hadamard ./jacobian

# The golden hashes: of transforms, sketches, products, Gram matrices, factors,
# solves, fits and model files. "make golden" compares them on every path, with
# one, two and seven threads and under the race detector; "make cross" on other
# platforms as well, after the builds.
GOLDEN = test -count=1 -short -run Golden ./hadamard ./solver ./jacobian ./train

golden: golden-here golden-avx2 golden-generic golden-purego golden-threads golden-race
golden-here:
	$(GO) $(GOLDEN)
golden-avx2:
	GODEBUG=cpu.avx512f=off $(GO) $(GOLDEN)
golden-generic:
	GODEBUG=cpu.avx2=off $(GO) $(GOLDEN)
golden-purego:
	$(GO) $(GOLDEN) -tags purego
golden-threads:
	GOMAXPROCS=1 $(GO) $(GOLDEN)
	GOMAXPROCS=2 $(GO) $(GOLDEN)
	GOMAXPROCS=7 $(GO) $(GOLDEN)
golden-race:
	$(GO) $(GOLDEN) -race

# Needs qemu-user-static. Where the kernel runs no 386 programs qemu does; of
# signals between threads, as of preemption, its emulation of segments makes faults.
cross: builds golden golden-386 golden-arm64 golden-arm64-purego golden-s390x
golden-386:
	@if GOARCH=386 $(GO) test -run '^$$' ./hadamard >/dev/null 2>&1; \
	then exec=; else echo '386: emulated'; exec='-exec qemu-i386-static'; fi; \
	GODEBUG=asyncpreemptoff=1 GOARCH=386 $(GO) $(GOLDEN) -timeout 1h $$exec
golden-arm64:
	GOARCH=arm64 $(GO) $(GOLDEN) -timeout 1h -exec qemu-aarch64-static
golden-arm64-purego:
	GOARCH=arm64 $(GO) $(GOLDEN) -timeout 1h -exec qemu-aarch64-static -tags purego
golden-s390x:
	GOARCH=s390x $(GO) $(GOLDEN) -timeout 1h -exec qemu-s390x-static

# Jobs of several ranks on this machine (needs Debian's libopenmpi-dev and
# openmpi-bin).
mpi:
	cd train/mpi && $(GO) vet ./... && $(GO) test ./...

# Each fuzz target of each package for FUZZTIME; fuzz-short for five seconds.
# Where goroutines take turns, coverage differs from run to run, and go would spend a
# minute on making each such input smaller, without telling: it gets a second.
FUZZTIME = 10m
fuzz:
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$pkg || exit 1; \
	  done; \
	done
fuzz-short: FUZZTIME = 5s
fuzz-short: fuzz

# All faults: 200 killed and resumed runs, every byte of the files altered, full
# disk and read-only folder (as root), 10 000 predictions beside 8 fits under the race
# detector; then the time until a cancelled fit returns, memory against plan,
# and the collector's pauses beside a transform. Ten minutes and 8 GB.
faults:
	$(GO) test -v -timeout 30m -run 'Killed|Terminated|Interrupt' ./train/cmd/nearlinear -faults
	$(GO) test -v -timeout 30m -run 'Resume|Checkpoint|Altered|FullDisk|ReadOnly|Concurrent|EdgeShapes|Stop|Stagnates' ./train -faults
	$(GO) test -v -race -timeout 30m -run 'Concurrent' ./train -faults
	$(GO) test -timeout 30m -run '^$$' -bench 'Cancel' -benchtime 5x ./train
	$(GO) test -timeout 30m -run '^$$' -bench 'Memory' -benchtime 1x ./train
	$(GO) test -timeout 30m -run '^$$' -bench 'Pause' -benchtime 1x ./hadamard

# Fits and predictions for SOAK; the heap has to stay flat.
SOAK ?= 20m
soak:
	$(GO) test -v -timeout 0 -run 'TestSoak' ./train -soak $(SOAK)

# What was tried and what came of it, as bench/TRUST.md, in hours. ONLY names parts, with
# commas between, that are done again; FUZZLOGS is a folder of logs of fuzz to tell of.
trust-report:
	cd bench && $(GO) run ./trust -soak $(SOAK) -fuzztime $(FUZZTIME) -only '$(ONLY)' -fuzzlogs '$(abspath $(FUZZLOGS))'

# The main job: trains on the embedded concrete data and reports the test error.
demo:
	$(GO) run ./train/cmd/nearlinear fit
