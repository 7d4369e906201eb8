package solver

import (
	"hash/fnv"
	"math"
	"testing"
)

// One hash for every platform, processor and worker count. The input is made of
// integers, because random normal numbers are not the same everywhere.
func TestGoldenBits(t *testing.T) {
	const n, s, cols = 45, 130, 120
	state := uint64(1)
	ints := func(k int) []float64 {
		x := make([]float64, k)
		for i := range x {
			state = state*6364136223846793005 + 1442695040888963407
			x[i] = float64(int64(state>>40)-1<<23) / 64
		}
		return x
	}
	h := fnv.New64a()
	add := func(x []float64) {
		for _, v := range x {
			for b, k := math.Float64bits(v), 0; k < 8; b, k = b>>8, k+1 {
				h.Write([]byte{byte(b)})
			}
		}
	}
	j := matrix(ints(n*cols), n, cols)
	g, sa, b := gram(j.a, n, cols), ints(s*n), ints(n)
	x, y := make([]float64, n), make([]float64, cols)
	c, err := NewCholesky(bg, g, n, &CholeskyOptions{Ridge: 3})
	if err != nil {
		t.Fatal(err)
	}
	c.SolveVec(x, b)
	add(x)
	q, err := NewQR(bg, sa, s, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.SolveVec(x, ints(s)); err != nil {
		t.Fatal(err)
	}
	add(x)
	p, err := NewSketchQR(bg, sa, s, n, &SketchQROptions{Ridge: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	p.SolveVec(x, b)
	add(x)
	for _, pre := range []Preconditioner{nil, p} {
		must(t)(CG(bg, x, matrix(g, n, n), b, &Options{Preconditioner: pre}))
		add(x)
		must(t)(MinNorm(bg, y, j, b, &Options{Preconditioner: pre, Ridge: 100}))
		add(y)
	}
	must(t)(LSQR(bg, y, j, b, &Options{Ridge: 0.5}))
	add(y)
	lp, err := NewLeftPreconditioned(j, c, n)
	if err != nil {
		t.Fatal(err)
	}
	must(t)(LSQR(bg, y, lp, b, nil))
	add(y)
	const want = 0x8a1a11bf04b0bcbd
	if got := h.Sum64(); got != want {
		t.Errorf("hash %#x, want %#x", got, uint64(want))
	}
}
