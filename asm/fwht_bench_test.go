package asm

import (
	"fmt"
	"slices"
	"testing"
	"time"
	"unsafe"
)

// BenchmarkLongestCall times single calls into the inner loops at the largest
// sizes they are given, on memory that is in no cache. An assembly call cannot
// be preempted: "µs" is the median of a call, "p99-µs" what one in a hundred
// exceeds, "max-µs" the longest, in which time that the system gave to others
// counts too.
func BenchmarkLongestCall(b *testing.B) {
	b.Run("type=float64", benchLongest[float64])
	b.Run("type=float32", benchLongest[float32])
}

func benchLongest[T Float](b *testing.B) {
	x := make([]T, 1<<24)
	for i := range x {
		x[i] = 1 // touch every page
	}
	block := 2 * fwhtBlockBytes / int(unsafe.Sizeof(x[0]))
	calls := map[string]func(i int){
		"block": func(i int) { i = i * block % len(x); fwhtBlock(x[i:i+block], block) },
	}
	for r := 1; r <= 3; r++ {
		row := len(x) >> r
		run := fwhtCallElems >> r
		calls[fmt.Sprintf("pass/r=%d", r)] = func(i int) { fwhtPass(x[i*run%row:], run, 1, r, row, 0) }
	}
	for _, m := range []int{12, 20, 28} {
		row, run := len(x)/m, paleyCallColumns
		calls[fmt.Sprintf("paley/m=%d", m)] = func(i int) { paley(x[i*run%(row-run):], m, run, 1, row, 0) }
	}
	half := len(x) / 2
	calls["product"] = func(i int) {
		i = i * block % half
		fwhtProduct(x[i:i+block], x[half:][:block], x[half+block:][:block], block)
	}
	timeCalls(b, calls, 1)
}

// timeCalls times functions that make so many calls into assembly each, of the
// same length.
func timeCalls(b *testing.B, calls map[string]func(i int), each int) {
	for name, call := range calls {
		b.Run("call="+name, func(b *testing.B) {
			times := make([]time.Duration, 0, 1<<20)
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				call(i)
				if len(times) < cap(times) {
					times = append(times, time.Since(start))
				}
			}
			slices.Sort(times)
			µs := func(i int) float64 { return float64(times[i]) / 1e3 / float64(each) }
			b.ReportMetric(µs(len(times)/2), "µs")
			b.ReportMetric(µs(len(times)*99/100), "p99-µs")
			b.ReportMetric(µs(len(times)-1), "max-µs")
		})
	}
}
