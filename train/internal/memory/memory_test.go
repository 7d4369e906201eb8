package memory

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

// What the caller holds is not there to plan with.
func TestAvailableLeavesTheHeapInUse(t *testing.T) {
	const limit, held, rest = 256 << 20, 64 << 20, 8 << 20
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit))
	runtime.GC()
	before, source := Available()
	if !strings.Contains(source, "Go memory limit") || before > limit {
		t.Skipf("%d bytes by %s: this machine has less than the limit of the test", before, source)
	}
	ballast := make([]byte, held)
	runtime.GC()
	after, _ := Available()
	if after > before-held+rest || after < before-held-rest {
		t.Errorf("with %d bytes held, %d are left of %d", held, after, before)
	}
	runtime.KeepAlive(ballast)
}
