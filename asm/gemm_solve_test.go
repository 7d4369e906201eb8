package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// TestSolveRowsMatchesItsSpecification has the scalar loop of the definition.
func TestSolveRowsMatchesItsSpecification(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(31, 32))
		for trial := range 120 {
			w := TileCols * (1 + trial%7)
			m, ldx, ldl := 1+rng.IntN(40), w+rng.IntN(5), w+rng.IntN(3)
			edges := trial%4 == 0
			l, x := values(rng, w*ldl, trial%3, edges), values(rng, (m-1)*ldx+w, trial%2, edges)
			inv := values(rng, w, 0, false)
			tri := make([]float64, TriangleLen(w))
			for q := range w / TileCols {
				PackTriangle(tri, l, ldl, q)
			}
			want := append([]float64(nil), x...)
			for i := range m {
				row := want[i*ldx : i*ldx+w]
				for j := range row {
					for p := range j {
						row[j] = math.FMA(-row[p], l[j*ldl+p], row[j])
					}
					row[j] *= inv[j]
				}
			}
			SolveRows(x, ldx, m, tri, inv, w, values(rng, SolveScratch(w), 0, true))
			equalBits(t, fmt.Sprintf("SolveRows m=%d w=%d ldx=%d seed=31 trial=%d", m, w, ldx, trial), x, want)
		}
	})
}

func TestSolveRowsPanicsOnShortSlices(t *testing.T) {
	ok := func(n int) []float64 { return make([]float64, n) }
	for name, f := range map[string]func(){
		"x":       func() { SolveRows(ok(15), 8, 2, ok(64), ok(8), 8, ok(256)) },
		"ldx":     func() { SolveRows(ok(16), 7, 2, ok(64), ok(8), 8, ok(256)) },
		"w":       func() { SolveRows(ok(18), 9, 2, ok(99), ok(9), 9, ok(999)) },
		"tri":     func() { SolveRows(ok(16), 8, 2, ok(63), ok(8), 8, ok(256)) },
		"inv":     func() { SolveRows(ok(16), 8, 2, ok(64), ok(7), 8, ok(256)) },
		"scratch": func() { SolveRows(ok(16), 8, 2, ok(64), ok(8), 8, ok(255)) },
		"depth":   func() { SolveRows(ok(600), 264, 2, ok(1<<16), ok(264), 264, ok(1<<16)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// BenchmarkSolveRows reports GF/s of m·w² flops and the share of the peak.
func BenchmarkSolveRows(b *testing.B) {
	for _, w := range []int{32, 96, 144} {
		const m = 48
		x, inv, l := make([]float64, m*w), make([]float64, w), make([]float64, w*w)
		tri, scratch := make([]float64, TriangleLen(w)), make([]float64, SolveScratch(w))
		for q := range w / TileCols {
			PackTriangle(tri, l, w, q)
		}
		b.Run(fmt.Sprintf("m=%d/w=%d", m, w), func(b *testing.B) {
			var peak, flops, took float64
			for b.Loop() {
				start := time.Now()
				flops += PeakFMA(500)
				mid := time.Now()
				SolveRows(x, w, m, tri, inv, w, scratch)
				took += time.Since(mid).Seconds()
				peak += mid.Sub(start).Seconds()
			}
			rate := float64(m*w*w) * float64(b.N) / took
			b.ReportMetric(rate/1e9, "GF/s")
			b.ReportMetric(100*rate*peak/flops, "%peak")
		})
	}
}
