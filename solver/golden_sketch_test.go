package solver

import (
	"hash/fnv"
	"math"
	"testing"
)

// One hash for each preconditioner and sketch, on every platform, processor and
// worker count. Inputs are integers, because random normal numbers of the
// library are not the same everywhere.
func TestGoldenSketchBits(t *testing.T) {
	const n, m, s = 60, 700, 240
	state := uint64(2)
	ints := func(k int) []float64 {
		x := make([]float64, k)
		for i := range x {
			state = state*6364136223846793005 + 1442695040888963407
			x[i] = float64(int64(state>>40)-1<<23) / (1 << 20)
		}
		return x
	}
	a, b, r := ints(m*n), ints(m), ints(n)
	for i := range m { // columns fall off
		for j := range n {
			a[i*n+j] = math.Ldexp(a[i*n+j], -j/4)
		}
	}
	g := matrix(gram(transpose(a, m, n), n, m), n, n)
	wide := transpose(a, m, n)
	x, y, z := make([]float64, n), make([]float64, m), make([]float64, s*n)
	solve := func(p Preconditioner, err error) []float64 {
		if err != nil {
			t.Fatal(err)
		}
		p.SolveVec(x, r)
		return x
	}
	least := func(op *Matrix, o *LeastSquaresOptions, dst, b []float64) []float64 {
		l, err := NewLeastSquares(bg, op, op.m, op.n, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Solve(bg, dst, b); err != nil {
			t.Fatal(err)
		}
		return dst
	}
	sketch := func(sk interface {
		Sketch
		ApplyCols(dst, a []float64, cols int)
	}, err error) []float64 {
		if err != nil {
			t.Fatal(err)
		}
		sk.ApplyCols(z, a, n)
		return z
	}
	diag := make([]float64, n)
	g.Diag(diag)
	for _, c := range []struct {
		name string
		got  func() []float64
		want uint64
	}{
		{"variates", func() []float64 {
			src := counter(3, streamGauss, 4)
			gaussian(x, &src, 1)
			return x
		}, 0xdbe9fdcfc00a0df7},
		{"sparse sign", func() []float64 { return sketch(NewSparseSign(m, s, 0, 5)) }, 0xfd0e5f5cc719f515},
		{"Gaussian", func() []float64 { return sketch(NewGaussian(m, s, 5)) }, 0xbea09cb33c59bf6a},
		{"Jacobi", func() []float64 {
			p, err := NewJacobi(diag, 1)
			return solve(p, err)
		}, 0x51dfd8dd0e4fed47},
		{"RPCholesky", func() []float64 {
			p, err := NewRPCholesky(bg, g, n, &RPCholeskyOptions{Rank: 20, Ridge: 10, Block: 7})
			return solve(p, err)
		}, 0x52798e3d2aa75844},
		{"Nystrom", func() []float64 {
			p, err := NewNystrom(bg, g, n, &NystromOptions{Rank: 10, MaxRank: 40, Ridge: 0.01})
			return solve(p, err)
		}, 0x249d23a90f10d46},
		{"ShiftedSketch", func() []float64 {
			p, err := NewShiftedSketch(bg, a, m, n, &SketchQROptions{Ridge: 10})
			if err != nil {
				t.Fatal(err)
			}
			solve(p, err)
			p.SingularValues(x[:n])
			return append(x, solve(p, nil)...)
		}, 0x4541050bf9cd245},
		{"SketchQR in float32", func() []float64 {
			p, err := NewSketchQR(bg, a, m, n, &SketchQROptions{Ridge: 1e-3, Float32: true})
			return solve(p, err)
		}, 0xefc6c55d0f520204},
		{"RPCholesky in float32", func() []float64 {
			p, err := NewRPCholesky(bg, g, n, &RPCholeskyOptions{Ridge: 1, Rank: 40, Float32: true})
			return solve(p, err)
		}, 0xe98e65b00c196df4},
		{"Nystrom in float32", func() []float64 {
			p, err := NewNystrom(bg, g, n, &NystromOptions{Ridge: 1, Rank: 40, Float32: true})
			return solve(p, err)
		}, 0x30fce3bdb68f736},
		{"MixedCholesky", func() []float64 {
			p, err := NewMixedCholesky(bg, g.a, n, &CholeskyOptions{Ridge: 1})
			return solve(p, err)
		}, 0xc036c5c521b9c41b},
		{"factors in float32", func() []float64 {
			c, err := NewCholesky(bg, rounded(g.a), n, &CholeskyOptions{Ridge: 1e4})
			check(t, err)
			q, err := NewQR(bg, rounded(a), m, n, nil)
			check(t, err)
			two := append(rounded(r), rounded(r)...)
			check(t, c.SolveVecs(bg, two, two, 2))
			c.SolveVec(two[:n], two[n:])
			other := make([]float32, 2*n)
			check(t, q.SolveVecs(bg, other, rounded(a[:2*m]), 2))
			_, err = q.SolveVec(other[:n], rounded(b))
			check(t, err)
			return append(widened(two), widened(other)...)
		}, 0x622d88624ea477e0},
		{"least squares", func() []float64 { return least(matrix(a, m, n), nil, x, b) }, 0x6b1f25bab82c6e5d},
		{"least squares, ridge", func() []float64 { return least(matrix(a, m, n), &LeastSquaresOptions{Ridge: 3}, x, b) }, 0x5009a5fd2ee73083},
		{"least squares, textbook", func() []float64 {
			return least(matrix(a, m, n), &LeastSquaresOptions{Method: Textbook, Tol: 1e-10}, x, b)
		}, 0x41ffa6ac55919f6a},
		{"least squares, wide", func() []float64 { return least(matrix(wide, n, m), nil, y, r) }, 0x932c00108f31a88c},
	} {
		h := fnv.New64a()
		for _, v := range c.got() {
			for b, k := math.Float64bits(v), 0; k < 8; b, k = b>>8, k+1 {
				h.Write([]byte{byte(b)})
			}
		}
		if got := h.Sum64(); got != c.want {
			t.Errorf("%s: hash %#x, want %#x", c.name, got, c.want)
		}
	}
}
