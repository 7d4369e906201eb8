package solver

import (
	"fmt"
	"slices"
	"testing"
)

// Vectors together have the bits of each alone, for any number of them, in place or not, after more
// of them or fewer: with rows and columns that fill no block, scales and types.
func TestLowRankSolvesVectorsTogether(t *testing.T) {
	check := func(name string, p *lowRank) {
		for _, vecs := range []int{3, 1, 0, 9} {
			r := normal(uint64(vecs), vecs*p.n)
			want, got, in := make([]float64, len(r)), make([]float64, len(r)), slices.Clone(r)
			for j := range vecs {
				p.SolveVec(row(want, j, vecs), row(r, j, vecs))
			}
			p.SolveVecs(got, r, vecs)
			p.SolveVecs(in, in, vecs)
			if !sameBits(got, want) || !sameBits(in, want) {
				t.Errorf("%s: %d vectors have other bits than each", name, vecs)
			}
		}
		mustPanic(t, "wrong length", func() { p.SolveVecs(make([]float64, p.n), make([]float64, 2*p.n), 2) })
		mustPanic(t, "negative number", func() { p.SolveVecs(nil, nil, -1) })
	}
	for _, sh := range [][2]int{{thinRows + 37, 2*thinBlock + 3}, {60, 60}, {50, 1}} {
		for _, workers := range []int{1, 3} {
			at := fmt.Sprintf("n=%d rank=%d workers=%d", sh[0], sh[1], workers)
			check(at, randomLowRank[float64](t, sh[0], sh[1], 0, workers))
			check(at+" float32", randomLowRank[float32](t, sh[0], sh[1], -3, workers))
		}
	}
}

// countedPre counts the vectors of each application.
type countedPre struct {
	*Nystrom
	sizes []int
}

func (c *countedPre) SolveVecs(dst, r []float64, k int) {
	c.sizes = append(c.sizes, k)
	c.Nystrom.SolveVecs(dst, r, k)
}

// The columns of CGMulti share the applications of a preconditioner as they share products: as many
// as the slowest column has, of the columns at work.
func TestCGMultiPreconditionsTogether(t *testing.T) {
	const n, k = 60, 5
	g := matrix(kernel(1, n, 2, 1, 0), n, n)
	p, err := NewNystrom(bg, g, n, &NystromOptions{Ridge: 1e-4, Rank: 8})
	if err != nil {
		t.Fatal(err)
	}
	for name, x0 := range map[string][]float64{"from zero": nil, "warm": normal(4, k*n)} {
		pre, products := &countedPre{Nystrom: p}, &counted{a: g}
		x, results := make([]float64, k*n), make([]Result, k)
		err = CGMulti(bg, x, products, normal(2, k*n), results, &Options{Ridge: 1e-4, RelTol: 1e-5, X0: x0, Preconditioner: pre})
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			sizes []int
			of    func(r *Result) int
		}{
			"applications": {pre.sizes, func(r *Result) int { return r.PrecondSolves }},
			"products":     {products.sizes, func(r *Result) int { return r.MulVecs }},
		} {
			most, all, vectors := 0, 0, 0
			for i := range results {
				most, all = max(most, c.of(&results[i])), all+c.of(&results[i])
			}
			for _, s := range c.sizes {
				vectors += s
			}
			if len(c.sizes) != most || vectors != all || c.sizes[0] != k {
				t.Errorf("%s: %s of %v vectors; the slowest column takes %d, all %d", name, what, c.sizes, most, all)
			}
		}
	}
}
