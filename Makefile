# Development tasks. Go and bash are needed, and what a comment says.

GO ?= go
export GO

# go test for patterns of names: it fails where one of them matches nothing.
GOTEST = .ci/gotest

# The packages of train whose tests have a flag of this name.
with = $(addprefix ./,$(sort $(dir $(shell grep -rl --include='*_test.go' 'flag\..*"$1"' train))))

.PHONY: test race paths bench bench-beside bench-peers bench-report bench-compare plan-table ranks-page bench-smoke
.PHONY: profile lint builds emulated golden golden-here golden-avx2 golden-generic golden-purego
.PHONY: golden-threads golden-race cross golden-386 golden-arm64 golden-arm64-purego golden-s390x mpi fuzz
.PHONY: fuzz-short guards guards-arm64 edges faults cancel memory pauses loads loads-race soak trust-report
.PHONY: claims demo

# The tests of the README, on the fastest path of this machine.
test:
	$(GO) test ./...

# The fast tests under the race detector (needs a C compiler), but for those of what
# kernels touch: it sees nothing of assembly, and these start no goroutine.
race:
	$(GO) test -race -short -timeout 30m -skip '$(GUARDS)' ./...

# The fast tests on the slower paths, chosen at run time and at build time: all tests of
# what has kernels of its own, and of the rest the bits, which say that the others hold too.
# What kernels touch, make test looks at on every path, and one build without assembly here.
paths:
	GODEBUG=cpu.avx512f=off $(GO) test -short -skip '$(GUARDS)' ./asm ./hadamard ./jacobian ./solver
	GODEBUG=cpu.avx512f=off $(GOTEST) -short -run 'Golden|SameBits' ./train/...
	GODEBUG=cpu.avx2=off $(GO) test -short -skip '$(GUARDS)' ./asm ./hadamard ./jacobian
	GODEBUG=cpu.avx2=off $(GOTEST) -short -run 'Golden|SameBits' ./solver ./train/...
	$(GO) test -short -tags purego ./asm ./hadamard ./jacobian
	$(GOTEST) -short -tags purego -run 'Golden|SameBits' ./solver ./train/...
	$(GO) test -short -tags noasm -skip '$(GUARDS)' ./asm

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
	$(SUDO) apt-get install -qy --no-install-recommends gcc libc6-dev libfftw3-dev libopenblas-dev \
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
	$(GOTEST) -run '^$$' -bench 'Plan$$' -benchtime 1x -timeout 1h $(call with,plan-page) -plan-page $(CURDIR)/bench/PLAN.md

# What the plan expects of ranks, into bench/RANKS.md, with which a test compares it.
ranks-page:
	$(GOTEST) -run RanksPage $(call with,ranks-page) -ranks-page

# Every benchmark once.
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
GOLDEN = $(GOTEST) -count=1 -short -run Golden ./hadamard ./solver ./jacobian ./train/...

golden: golden-here golden-avx2 golden-generic golden-purego golden-threads golden-race
golden-here:
	$(GOLDEN)
golden-avx2:
	GODEBUG=cpu.avx512f=off $(GOLDEN)
golden-generic:
	GODEBUG=cpu.avx2=off $(GOLDEN)
golden-purego:
	$(GOLDEN) -tags purego
golden-threads:
	GOMAXPROCS=1 $(GOLDEN)
	GOMAXPROCS=2 $(GOLDEN)
	GOMAXPROCS=7 $(GOLDEN)
golden-race:
	$(GOLDEN) -race

# Needs qemu-user-static. Where the kernel runs no 386 programs qemu does; of
# signals between threads, as of preemption, its emulation of segments makes faults.
cross: builds golden golden-386 golden-arm64 golden-arm64-purego golden-s390x
golden-386:
	@if GOARCH=386 $(GO) test -run '^$$' ./hadamard >/dev/null 2>&1; \
	then exec=; else echo '386: emulated'; exec='-exec qemu-i386-static'; fi; \
	GODEBUG=asyncpreemptoff=1 GOARCH=386 $(GOLDEN) -timeout 1h $$exec
golden-arm64:
	GOARCH=arm64 $(GOLDEN) -timeout 1h -exec qemu-aarch64-static
golden-arm64-purego:
	GOARCH=arm64 $(GOLDEN) -timeout 1h -exec qemu-aarch64-static -tags purego
golden-s390x:
	GOARCH=s390x $(GOLDEN) -timeout 1h -exec qemu-s390x-static

# Jobs of several ranks on this machine (needs Debian's libopenmpi-dev and
# openmpi-bin).
mpi:
	cd train/mpi && $(GO) vet ./... && $(GO) test ./...

# Each fuzz target of each package for FUZZTIME; fuzz-short for five seconds.
FUZZTIME ?= 10m
fuzz:
	@.ci/fuzz $(FUZZTIME)
fuzz-short: FUZZTIME = 5s
fuzz-short: fuzz

# What the kernels read and write beside their arguments, and what their source must
# keep to; on arm64 under emulation.
guards:
	$(GOTEST) -count=1 -run '$(GUARDS)' ./asm
guards-arm64:
	GOARCH=arm64 $(GOTEST) -count=1 -run '$(GUARDS)' -exec qemu-aarch64-static ./asm
GUARDS = Guard|StaysInside|StayInside|AssemblySource

# Numbers and shapes at the edge, and input that contradicts itself.
edges:
	$(GOTEST) -count=1 -run 'Matches|Extremes|Rounds|Float32Vector|Panic' ./asm
	$(GOTEST) -count=1 -run 'SignOfZero|Refuse|Exactly|Empty|NearDuplicates' ./hadamard
	$(GOTEST) -count=1 -run 'Refused|Refuses|Overflow' ./jacobian
	$(GOTEST) -count=1 -run 'Edge|NaN|NotFinite|Tiny|Zero|Singular|Indefinite|Rank|Refuse' ./solver
	$(GOTEST) -count=1 -short -run 'Edge|Extreme|Refuse|Bad|Degenerate|Odd|Zero|NaN|Stagnates' ./train/...

# Runs killed and resumed, 200 of them, every byte of the files altered, full disk and
# read-only folder (as root), contexts that end anywhere.
faults:
	$(GOTEST) -count=1 -timeout 30m -run 'Killed|Resume|AlteredCheckpoint' $(call with,faults) -faults
	$(GOTEST) -count=1 -run 'Terminated|Interrupt|Checkpoint|Altered|Truncat|Contradict|Hostile|FullDisk|ReadOnly|Stop|Cancel' ./solver ./train/...

# The time until a fit whose context ends returns, memory against plan, and the
# collector's pauses beside a transform: ten minutes and 8 GB.
cancel:
	$(GOTEST) -timeout 30m -run '^$$' -bench Cancel -benchtime 5x ./train/...
memory:
	$(GOTEST) -timeout 30m -run '^$$' -bench Memory -benchtime 1x ./train/...
pauses:
	$(GOTEST) -timeout 30m -run '^$$' -bench Pause -benchtime 1x ./hadamard

# 10 000 predictions beside 8 fits; loads-race under the race detector, soak for the
# time SOAK, in which the heap has to stay flat.
loads:
	$(GOTEST) -count=1 -run 'Goexit|LateHelpers|Goroutine|Concurrently' ./asm ./train/...
	$(GOTEST) -count=1 -run ConcurrentFits $(call with,faults) -faults
loads-race:
	$(GOTEST) -count=1 -race -run Concurrently ./train/...
	$(GOTEST) -count=1 -race -timeout 30m -run ConcurrentFits $(call with,faults) -faults
SOAK ?= 20m
soak:
	$(GOTEST) -count=1 -v -timeout 0 -run TestSoak $(call with,soak) -soak $(SOAK)

# What was tried and what came of it, as bench/TRUST.md, in hours. ONLY names parts, with
# commas between, that are done again; FUZZLOGS names files, by absolute paths, of what make
# fuzz wrote.
trust-report:
	cd bench && $(GO) run ./trust -only '$(ONLY)' -fuzzlogs '$(FUZZLOGS)'

# Whether the commands that pages give for their figures name what is there.
claims:
	@.ci/claims

# The main job: trains on the embedded concrete data and reports the test error.
demo:
	$(GO) run ./train/cmd/nearlinear fit
