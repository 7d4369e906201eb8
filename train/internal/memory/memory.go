// Package memory tells how much of it there is.
package memory

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
)

// Megabytes writes a number of bytes, rounded up.
func Megabytes(b uint64) string { return strconv.FormatUint((b+1<<20-1)>>20, 10) + " MiB" }

// Available returns the memory one may plan with: what the heap in use leaves of the Go
// memory limit, and on Linux what the kernel says is available and what the limit of a container
// leaves, whichever is less.
func Available() (uint64, string) {
	limit, source := uint64(math.MaxInt64), "the address space"
	if strconv.IntSize == 32 {
		limit = 1 << 31
	}
	if l := debug.SetMemoryLimit(-1); l < math.MaxInt64 {
		if left := uint64(l) - min(liveHeap(), uint64(l)); left < limit {
			limit, source = left, "what the Go memory limit leaves"
		}
	}
	if runtime.GOOS != "linux" {
		return limit, source
	}
	for _, group := range [][2]string{
		{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
		{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
	} {
		most, ok := readCount(group[0])
		used, ok2 := readCount(group[1])
		if ok && ok2 && most-min(used, most) < limit {
			limit, source = most-min(used, most), "what the control group leaves"
		}
	}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return limit, source
	}
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(line, "MemAvailable:")
		if !ok {
			continue
		}
		kb, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err == nil && kb<<10 < limit {
			limit, source = kb<<10, "the machine's available memory"
		}
	}
	return limit, source
}

// liveHeap returns the bytes that were in use after the last collection: those
// of the caller, whose garbage makes room when it is wanted.
func liveHeap() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// readCount reads a file that holds one number; "max" and a missing file are
// none.
func readCount(path string) (uint64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	v, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return v, err == nil
}

// Allocated returns the bytes that f allocates, and with it whatever else runs
// meanwhile.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
