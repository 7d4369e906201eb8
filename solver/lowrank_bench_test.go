package solver

import (
	"fmt"
	"testing"
)

// BenchmarkLowRank makes each preconditioner for a damped kernel system, and
// reports the iterations of CG to 1e-6 with it.
func BenchmarkLowRank(b *testing.B) {
	const n, mu = 2000, 0.1
	g := matrix(arcKernel(1, n, 10), n, n)
	rhs, x := normal(2, n), make([]float64, n)
	for _, rank := range []int{200, 800} {
		for name, build := range map[string]func() (Preconditioner, error){
			"nystrom": func() (Preconditioner, error) {
				return NewNystrom(bg, g, n, &NystromOptions{Ridge: mu, Rank: rank})
			},
			"rpcholesky": func() (Preconditioner, error) {
				return NewRPCholesky(bg, g, n, &RPCholeskyOptions{Ridge: mu, Rank: rank})
			},
		} {
			b.Run(fmt.Sprintf("method=%s/n=%d/rank=%d", name, n, rank), func(b *testing.B) {
				var p Preconditioner
				var err error
				for b.Loop() {
					if p, err = build(); err != nil {
						b.Fatal(err)
					}
				}
				res, err := CG(bg, x, g, rhs, &Options{Ridge: mu, RelTol: 1e-6, Preconditioner: p})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(res.Iterations), "iterations")
			})
		}
	}
}

// BenchmarkLowRankShift changes the ridge and solves once.
func BenchmarkLowRankShift(b *testing.B) {
	const n, rank = 2000, 400
	p, err := NewNystrom(bg, matrix(arcKernel(1, n, 10), n, n), n, &NystromOptions{Ridge: 1, Rank: rank})
	if err != nil {
		b.Fatal(err)
	}
	x := normal(2, n)
	b.Run(fmt.Sprintf("op=shift/n=%d/rank=%d", n, rank), func(b *testing.B) {
		for b.Loop() {
			if err := p.SetRidge(0.1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run(fmt.Sprintf("op=solve/n=%d/rank=%d", n, rank), func(b *testing.B) {
		for b.Loop() {
			p.SolveVec(x, x)
		}
	})
}

// BenchmarkLowRankSolve applies a preconditioner of a random factor: 2nk numbers
// are read, by the bytes of which GB/s count.
func BenchmarkLowRankSolve(b *testing.B) {
	for _, sh := range [][2]int{{8000, 400}, {50000, 256}, {500000, 64}} {
		for _, w := range []int{1, 2} {
			benchmarkLowRankSolve[float64](b, sh[0], sh[1], w, 64)
			benchmarkLowRankSolve[float32](b, sh[0], sh[1], w, 32)
		}
	}
}

func benchmarkLowRankSolve[T float32 | float64](b *testing.B, n, k, w, bits int) {
	b.Run(fmt.Sprintf("n=%d/rank=%d/bits=%d/workers=%d", n, k, bits, w), func(b *testing.B) {
		p := randomLowRank[T](b, n, k, 0, w)
		x := normal(2, n)
		p.SolveVec(x, x)
		b.SetBytes(int64(2 * n * k * bits / 8))
		for b.Loop() {
			p.SolveVec(x, x)
		}
	})
}

// randomLowRank returns a preconditioner of a random factor, scaled by 2^-exp.
func randomLowRank[T float32 | float64](tb testing.TB, n, k, exp, w int) *lowRank {
	h := newHouseholder[T](bg, n, k, w)
	for q := range k {
		convert(h.at[q*h.ld:], normal(uint64(q), n))
	}
	p, err := factorTall(bg, h, n, k, exp, w)
	if err != nil {
		tb.Fatal(err)
	}
	if err := p.set("", 1, 1, 1); err != nil {
		tb.Fatal(err)
	}
	return &p
}

// BenchmarkLowRankSolveVecs compares vectors together, the factor read twice for all, with one after
// the other.
func BenchmarkLowRankSolveVecs(b *testing.B) {
	for _, sh := range [][3]int{{44290, 512, 7}, {15000, 384, 26}} {
		n, k, vecs := sh[0], sh[1], sh[2]
		p := randomLowRank[float32](b, n, k, 0, 2)
		x, y := normal(2, vecs*n), make([]float64, vecs*n)
		for _, together := range []bool{true, false} {
			b.Run(fmt.Sprintf("n=%d/rank=%d/bits=32/workers=2/vecs=%d/together=%t", n, k, vecs, together), func(b *testing.B) {
				for b.Loop() {
					if together {
						p.SolveVecs(y, x, vecs)
						continue
					}
					for j := range vecs {
						p.SolveVec(row(y, j, vecs), row(x, j, vecs))
					}
				}
			})
		}
	}
}
