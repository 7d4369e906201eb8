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
