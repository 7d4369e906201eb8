package train

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/nearlinear/nearlinear/jacobian"
)

// plan is what Fit decides before it takes memory.
type plan struct {
	method Method
	why    string
	rows   int // s, rows of the sketch
	bytes  uint64
}

// exactLimit is the largest n for which Auto takes Exact: 16n² bytes are then
// 2.3 GB and n³/3 flops some ten seconds on two cores.
const exactLimit = 12000

// makePlan chooses the method and adds up the memory. The choice depends on
// sizes alone, so that it is the same on every machine; only the refusal looks
// at the machine.
func makePlan(o *Options, n, nValid, d, m int) (plan, error) {
	workers := o.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := plan{method: o.Method, why: "chosen by the caller"}
	if p.method == Auto {
		if n <= exactLimit {
			p.method, p.why = Exact, fmt.Sprintf("n = %d: the Gram matrix from population counts and its factor cost less than iterating", n)
		} else {
			p.method, p.why = MatrixFree, fmt.Sprintf("n = %d: n² does not pay above %d rows", n, exactLimit)
		}
	}
	var nn = float64(n)
	floats := 5*float64(m)*float64(d) + 12*nn + 3*float64(n+nValid)*float64(d)
	switch p.method {
	case Exact:
		floats += 2*nn*nn + 160*nn
	case Sketched:
		var err error
		if p.rows, err = sketchRows(o, n, d, m); err != nil {
			return p, err
		}
		floats += 2*float64(p.rows)*nn + 3*nn*nn
		if o.FullSketch { // a padded column of Jᵀ a worker
			_, log2 := math.Frexp(float64(m) * float64(d))
			floats += float64(workers) * math.Ldexp(1, log2)
		}
	case MatrixFree:
		floats += 8 * nn
	}
	total := float64(jacobian.Bytes(n, m, d, workers)) + 8*floats
	if total > math.MaxInt64/2 {
		return p, fmt.Errorf("train: %d rows × %d neurons × %d features take %.3g bytes: %w", n, m, d, total, ErrMemory)
	}
	p.bytes = uint64(total)
	limit, source := o.MemoryLimit, "the memory limit"
	if limit == 0 {
		limit, source = available()
	}
	if p.bytes <= limit {
		return p, nil
	}
	hint := "a smaller Width"
	if p.method != MatrixFree {
		hint = "Method MatrixFree, which needs no n² memory, or a smaller Width"
	}
	return p, fmt.Errorf("train: %d rows, %d features, width %d, method %v take %s, %s is %s; use %s: %w", n, d, m, p.method, megabytes(p.bytes), source, megabytes(limit), hint, ErrMemory)
}

// sketchRows returns s: SketchRatio·n, by default 4n for the full SRHT and 6n
// for the Kronecker form, or the md that there are if that is less.
func sketchRows(o *Options, n, d, m int) (int, error) {
	all := float64(m) * float64(d)
	ratio := o.SketchRatio
	if ratio == 0 {
		ratio = 6
		if o.FullSketch {
			ratio = 4
		}
		ratio = min(ratio, max(1, all/float64(n)))
	}
	s := math.Floor(ratio * float64(n))
	if s > all {
		return 0, fmt.Errorf("train: a sketch of %.0f rows for %d samples, SketchRatio %g, of only %d·%d weights; use a larger Width or another Method: %w", s, n, ratio, m, d, ErrOption)
	}
	return int(s), nil
}

func megabytes(b uint64) string { return strconv.FormatUint((b+1<<20-1)>>20, 10) + " MiB" }

// available returns the memory Fit may plan with: the Go memory limit, and on
// Linux what the kernel says is available and what the limit of a container
// leaves, whichever is less.
func available() (uint64, string) {
	limit, source := uint64(math.MaxInt64), "the address space"
	if strconv.IntSize == 32 {
		limit = 1 << 31
	}
	if l := debug.SetMemoryLimit(-1); l < math.MaxInt64 && uint64(l) < limit {
		limit, source = uint64(l), "the Go memory limit"
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
