package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/solver"
)

// graded returns an m × n matrix of condition about kappa: normal numbers, columns scaled
// evenly in the logarithm, then mixed by reflections of its rows.
func graded(m, n int, kappa float64) []float64 {
	a := normals(m * n)
	for i := range m {
		for j := range n {
			a[i*n+j] *= math.Pow(kappa, -float64(j)/float64(n-1))
		}
	}
	for k := range 4 {
		v := normals((k + 1) * n)[k*n:]
		f := -2 / asm.Dot(v, v)
		for i := range m {
			row := a[i*n : (i+1)*n]
			asm.Axpy(row, f*asm.Dot(v, row), v)
		}
	}
	return a
}

// BenchmarkLSQR solves a tall least-squares problem of condition 1e6, noise in b of 1e-6,
// to ‖Aᵀr‖ ≤ 1e-10·‖A‖·‖r‖: by random sketching, with the time of sketch and
// factor, beside LSQR of scipy, which is stopped after 50n iterations if it is not
// there by then. 1e-10normal and peer-1e-10normal are what both reached of
// ‖Aᵀr‖/(‖A‖·‖r‖), with the Frobenius norm of A.
func BenchmarkLSQR(b *testing.B) {
	m, n := 10000, 100
	if smoke() {
		m, n = 2000, 20
	}
	const kappa, tolerance = 1e6, 1e-10
	a := graded(m, n, kappa)
	op, err := solver.NewMatrix(a, m, n)
	if err != nil {
		b.Fatal(err)
	}
	rhs, noise, x := make([]float64, m), normals(m), make([]float64, n)
	op.MulVec(rhs, normals(2 * n)[n:])
	asm.Axpy(rhs, 1e-6*asm.Nrm2(rhs)/asm.Nrm2(noise), noise)
	b.Run(fmt.Sprintf("peer=scipy/m=%d/n=%d/cond=%g", m, n, kappa), func(b *testing.B) {
		file := filepath.Join(b.TempDir(), "problem")
		out, err := os.Create(file)
		if err != nil {
			b.Fatal(err)
		}
		if err := binary.Write(out, binary.NativeEndian, append(append([]float64(nil), a...), rhs...)); err != nil {
			b.Fatal(err)
		}
		if err := out.Close(); err != nil {
			b.Fatal(err)
		}
		p := python(b, 2, "lsqr.py", strconv.Itoa(m), strconv.Itoa(n), file, fmt.Sprint(tolerance))
		var iterations int
		ours := timed(func() {
			l, err := solver.NewLeastSquares(context.Background(), op, m, n, &solver.LeastSquaresOptions{Workers: 2})
			if err != nil {
				b.Fatal(err)
			}
			res, err := l.Solve(context.Background(), x, rhs)
			if err != nil || !res.Converged() {
				b.Fatal(res, err)
			}
			iterations = res.Iterations
		})
		said := beside(b, p, ours)
		r, g := make([]float64, m), make([]float64, n)
		op.MulVec(r, x)
		for i, v := range r {
			r[i] = rhs[i] - v
		}
		op.MulTransVec(g, r)
		normal := asm.Nrm2(g) / asm.Nrm2(a) / asm.Nrm2(r)
		if !(normal <= tolerance) {
			b.Errorf("normal residual %g", normal)
		}
		b.ReportMetric(float64(iterations), "iterations")
		b.ReportMetric(said["iterations"], "peer-iterations")
		b.ReportMetric(normal/tolerance, "1e-10normal")
		b.ReportMetric(said["normal"]/tolerance, "peer-1e-10normal")
	})
}
