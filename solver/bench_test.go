package solver

import (
	"fmt"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/asm"
)

// rated runs work beside the peak of the fused multiply-add on as many workers,
// and reports its GF/s and their share of that peak, times lanes.
func rated(b *testing.B, workers int, lanes, flops float64, work func()) {
	const tasks = 100
	team := asm.NewTeam(workers)
	const turns = 10000 // 20 µs; a helper wakes after 200
	var peak, took time.Duration
	var done float64
	peakTurn := asm.PeakFMA(1)
	work() // touches every page
	for b.Loop() {
		start := time.Now()
		team.Do(workers*tasks, func(_, _ int) { asm.PeakFMA(turns) })
		mid := time.Now()
		work()
		took += time.Since(mid)
		peak += mid.Sub(start)
		done += float64(workers*tasks) * turns * peakTurn
	}
	rate := flops * float64(b.N) / took.Seconds()
	b.ReportMetric(took.Seconds()/float64(b.N)*1e3, "ms")
	b.ReportMetric(rate/1e9, "GF/s")
	b.ReportMetric(100*rate*peak.Seconds()/(lanes*done), "%peak")
}

// BenchmarkCholesky reports GF/s of the n³/3 flops and the share of the peak of
// as many workers in the same run, twice that of float64 for float32.
func BenchmarkCholesky(b *testing.B) {
	for _, n := range []int{256, 512, 1000, 1437, 2048, 4096} {
		a := addDiag(make([]float64, n*n), n, 1)
		for i, v := range normal(1, n*n) {
			a[i] += v / float64(2*n)
		}
		for _, w := range []int{1, 2} {
			benchmarkCholesky(b, a, n, w, 64, 1)
			benchmarkCholesky(b, rounded(a), n, w, 32, 2)
		}
	}
}

func benchmarkCholesky[T float32 | float64](b *testing.B, a []T, n, w, bits int, lanes float64) {
	b.Run(fmt.Sprintf("n=%d/bits=%d/workers=%d", n, bits, w), func(b *testing.B) {
		c, err := NewCholesky(bg, a, n, &CholeskyOptions{Workers: w})
		if err != nil {
			b.Fatal(err)
		}
		rated(b, w, lanes, float64(n)*float64(n)*float64(n)/3, func() {
			if err := c.Factor(bg, a, 1); err != nil {
				b.Fatal(err)
			}
		})
	})
}

// rounded returns x in float32.
func rounded(x []float64) []float32 {
	y := make([]float32, len(x))
	convert(y, x)
	return y
}

// BenchmarkMul reports GF/s of 2mnk flops and the share of the peak of as many
// workers, twice that of float64 for float32.
func BenchmarkMul(b *testing.B) {
	for _, sh := range [][3]int{{256, 256, 256}, {1024, 1024, 1024}, {2048, 2048, 2048}, {4096, 4096, 64}, {8192, 64, 1024}, {4096, 1024, 65}} {
		benchmarkMul[float64](b, "64", sh, 1)
		benchmarkMul[float32](b, "32", sh, 2)
	}
}

func benchmarkMul[T Float](b *testing.B, bits string, sh [3]int, lanes float64) {
	m, n, k := sh[0], sh[1], sh[2]
	x, y, c := make([]T, m*k), make([]T, k*n), make([]T, m*n)
	for i := range x {
		x[i] = T(i%17) - 8
	}
	for i := range y {
		y[i] = T(i%13) - 6
	}
	for _, w := range []int{1, 2} {
		b.Run(fmt.Sprintf("m=%d/n=%d/k=%d/bits=%s/workers=%d", m, n, k, bits, w), func(b *testing.B) {
			o := &MulOptions{Workers: w, Workspace: new(MulWorkspace)}
			rated(b, w, lanes, 2*float64(m)*float64(n)*float64(k), func() {
				if err := Mul(bg, c, x, y, m, n, k, o); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func BenchmarkSyrk(b *testing.B) {
	for _, n := range []int{512, 2048} {
		x, c := normal(1, n*n), make([]float64, n*n)
		for _, w := range []int{1, 2} {
			b.Run(fmt.Sprintf("n=%d/k=%d/workers=%d", n, n, w), func(b *testing.B) {
				o := &MulOptions{Workers: w, Workspace: new(MulWorkspace)}
				rated(b, w, 1, float64(n)*float64(n)*float64(n), func() {
					if err := Syrk(bg, c, x, n, n, o); err != nil {
						b.Fatal(err)
					}
				})
			})
		}
	}
}

func BenchmarkQR(b *testing.B) {
	for _, sh := range [][2]int{{1024, 256}, {5748, 1437}, {6144, 2048}} {
		s, n := sh[0], sh[1]
		a := normal(1, s*n)
		for _, w := range []int{1, 2} {
			benchmarkQR(b, a, s, n, w, 64, 1)
			benchmarkQR(b, rounded(a), s, n, w, 32, 2)
		}
	}
}

func benchmarkQR[T float32 | float64](b *testing.B, a []T, s, n, w, bits int, lanes float64) {
	b.Run(fmt.Sprintf("s=%d/n=%d/bits=%d/workers=%d", s, n, bits, w), func(b *testing.B) {
		q, err := NewQR(bg, a, s, n, &QROptions{Workers: w})
		if err != nil {
			b.Fatal(err)
		}
		rated(b, w, lanes, 2*float64(n)*float64(n)*(float64(s)-float64(n)/3), func() {
			if err := q.Factor(bg, a); err != nil {
				b.Fatal(err)
			}
		})
	})
}

func BenchmarkSketchQRSetRidge(b *testing.B) {
	for _, n := range []int{256, 1437} {
		p, err := NewSketchQR(bg, normal(1, 2*n*n), 2*n, n, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				if err := p.SetRidge(bg, 2); err != nil {
					b.Fatal(err)
				}
			}
			gflops(b, 2*float64(n)*float64(n)*float64(n)/3)
		})
	}
}

// BenchmarkSolveVec is bound by reading the triangle twice.
func BenchmarkSolveVec(b *testing.B) {
	for _, n := range []int{256, 1437} {
		c, err := NewCholesky(bg, addDiag(make([]float64, n*n), n, 1), n, nil)
		if err != nil {
			b.Fatal(err)
		}
		x := normal(1, n)
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			b.SetBytes(int64(8 * n * n))
			for b.Loop() {
				c.SolveVec(x, x)
			}
		})
	}
}

// BenchmarkSolveVecs reports GF/s of 2n²k flops.
func BenchmarkSolveVecs(b *testing.B) {
	const n, k = 1437, 64
	for _, w := range []int{1, 2} {
		c, err := NewCholesky(bg, addDiag(make([]float64, n*n), n, 1), n, &CholeskyOptions{Workers: w})
		if err != nil {
			b.Fatal(err)
		}
		x := normal(1, n*k)
		b.Run(fmt.Sprintf("n=%d/k=%d/workers=%d", n, k, w), func(b *testing.B) {
			rated(b, w, 1, 2*n*n*k, func() {
				if err := c.SolveVecs(bg, x, x, k); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkKrylov takes 50 iterations with a free operator: what is left is the
// method itself.
func BenchmarkKrylov(b *testing.B) {
	d := logspace(1e-3, 1, 4096)
	op := diagonalOperator(d)
	rhs, x, jacobi := normal(1, len(d)), make([]float64, len(d)), diagonal{}
	for _, tc := range []struct {
		name  string
		solve func(*Options) (Result, error)
		o     Options
	}{
		{"CG", func(o *Options) (Result, error) { return CG(bg, x, op, rhs, o) }, Options{}},
		{"CG", func(o *Options) (Result, error) { return CG(bg, x, op, rhs, o) }, Options{Preconditioner: jacobi}},
		{"CG/radius=1e9", func(o *Options) (Result, error) { return CG(bg, x, op, rhs, o) }, Options{Radius: 1e9}},
		{"MINRES", func(o *Options) (Result, error) { return MINRES(bg, x, op, rhs, o) }, Options{}},
		{"MINRES", func(o *Options) (Result, error) { return MINRES(bg, x, op, rhs, o) }, Options{Preconditioner: jacobi}},
		{"CGLS", func(o *Options) (Result, error) { return CGLS(bg, x, op, rhs, o) }, Options{}},
		{"LSQR", func(o *Options) (Result, error) { return LSQR(bg, x, op, rhs, o) }, Options{}},
	} {
		o := tc.o
		o.Workspace, o.MaxIter, o.RelTol = new(Workspace), 50, 1e-15
		b.Run(fmt.Sprintf("method=%s/n=%d/preconditioned=%t/iterations=50", tc.name, len(d), o.Preconditioner != nil), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if res, err := tc.solve(&o); err != nil || res.Iterations != 50 {
					b.Fatal(res, err)
				}
			}
		})
	}
}

type diagonalOperator []float64

func (d diagonalOperator) MulVec(dst, x []float64) {
	for i, v := range x {
		dst[i] = d[i] * v
	}
}

func (d diagonalOperator) MulTransVec(dst, y []float64) { d.MulVec(dst, y) }

// BenchmarkCGMulti compares k columns in step, the matrix read once for all,
// with one after the other.
func BenchmarkCGMulti(b *testing.B) {
	const n, k = 1024, 8
	a := addDiag(make([]float64, n*n), n, 1)
	for i, v := range normal(1, n*n) {
		a[i] += v / 1e3
		a[i%n*n+i/n] = a[i]
	}
	op := matrix(addDiag(a, n, 1), n, n)
	rhs, x, results := normal(2, k*n), make([]float64, k*n), make([]Result, k)
	for _, together := range []bool{true, false} {
		o := &Options{Workspace: new(Workspace), MaxIter: 20, RelTol: 1e-15}
		b.Run(fmt.Sprintf("n=%d/k=%d/iterations=20/together=%t", n, k, together), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if together {
					if err := CGMulti(bg, x, op, rhs, results, o); err != nil {
						b.Fatal(err)
					}
					continue
				}
				for j := range k {
					if _, err := CG(bg, row(x, j, k), op, row(rhs, j, k), o); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func gflops(b *testing.B, flops float64) {
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
}
