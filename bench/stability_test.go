package bench

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
)

// BenchmarkStability takes the undamped step of a network, the shortest Δ with
// J·Δ = r, for samples of which the second half are near-duplicates of the first,
// and reports its true relative residual in units of 1e-12 beside the condition of
// J: by the Gram matrix and its Cholesky factor, by conjugate gradients on the Gram
// matrix, by MinNorm, by NewLeastSquares, and by LSQR on R⁻ᵀJ.
func BenchmarkStability(b *testing.B) {
	const n, m, d = 96, 1024, 16
	ctx := context.Background()
	for _, eps := range []float64{1e-4, 3e-7, 1e-8} {
		net := &jacobian.Network{M: m, D: d, W: normals(m * d), A: make([]float64, m)}
		for r := range net.A {
			net.A[r] = float64(1 - 2*(r%2))
		}
		x := normals(n * d)
		for i := range n {
			row := x[i*d : (i+1)*d]
			if i >= n/2 {
				for k := range row {
					row[k] = x[(i-n/2)*d+k] + eps*row[k]
				}
			}
			length := asm.Nrm2(row)
			for k := range row {
				row[k] /= length
			}
		}
		op, err := jacobian.New(net, x, nil)
		if err != nil {
			b.Fatal(err)
		}
		r := normals(2 * n)[n:]
		op.Linearize(make([]float64, n))
		sk, err := hadamard.NewSRHT(m*d, 4*n, 1)
		if err != nil {
			b.Fatal(err)
		}
		sa := make([]float64, 4*n*n)
		if err := op.Sketch(sa, sk); err != nil {
			b.Fatal(err)
		}
		p, err := solver.NewSketchQR(ctx, sa, 4*n, n, nil)
		if err != nil {
			b.Fatal(err)
		}
		s, err := solver.NewShiftedSketch(ctx, sa, 4*n, n, nil)
		if err != nil {
			b.Fatal(err)
		}
		low, high := s.SingularRange()
		g, delta, c := make([]float64, n), make([]float64, m*d), make([]float64, n)
		for _, method := range []struct {
			name  string
			solve func() error
		}{
			{"gram-cholesky", func() error {
				gram := make([]float64, n*n)
				op.Gram(gram)
				f, err := solver.NewCholesky(ctx, gram, n, nil)
				if err != nil {
					return err
				}
				f.SolveVec(g, r)
				op.MulTransVec(delta, g)
				return nil
			}},
			{"gram-cg", func() error {
				_, err := solver.CG(ctx, g, solver.OperatorFunc(op.MulGramVec), r, &solver.Options{Preconditioner: p, NoRestart: true})
				op.MulTransVec(delta, g)
				return err
			}},
			{"minnorm", func() error {
				_, err := solver.MinNorm(ctx, delta, op, r, &solver.Options{Preconditioner: p, RelTol: 1e-12})
				return err
			}},
			{"leastsquares", func() error {
				l, err := solver.NewLeastSquares(ctx, op, n, m*d, nil)
				if err != nil {
					return err
				}
				_, err = l.Solve(ctx, delta, r)
				return err
			}},
			{"lsrn", func() error {
				left, err := solver.NewLeftPreconditioned(op, p, n)
				if err != nil {
					return err
				}
				p.SolveRTrans(c, r)
				_, err = solver.LSQR(ctx, delta, left, c, &solver.Options{RelTol: 1e-15})
				return err
			}},
		} {
			b.Run(fmt.Sprintf("method=%s/n=%d/m=%d/d=%d/duplicates=%g", method.name, n, m, d, eps), func(b *testing.B) {
				for b.Loop() {
					if err := method.solve(); err != nil {
						b.Skip(err) // no factor: G is not positive definite in double precision
					}
				}
				op.MulVec(c, delta)
				for i, v := range c {
					c[i] = r[i] - v
				}
				b.ReportMetric(asm.Nrm2(c)/asm.Nrm2(r)/1e-12, "1e-12residual")
				b.ReportMetric(math.Round(high/low), "cond")
			})
		}
	}
}
