package bench

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/nearlinear/nearlinear/jacobian"
)

// BenchmarkGram forms JJᵀ of a network: from population counts of gate bits
// here, as the dense product of the 0/1 gate matrix with gonum, which is how
// the O(mn²) predecessors of the paper do it.
func BenchmarkGram(b *testing.B) {
	const n, m, d = 500, 4096, 16
	net := &jacobian.Network{M: m, D: d, W: normals(m * d), A: make([]float64, m)}
	for r := range net.A {
		net.A[r] = 1
	}
	x := normals(n * d)
	op, err := jacobian.New(net, x, nil)
	if err != nil {
		b.Fatal(err)
	}
	op.Linearize(make([]float64, n))
	want := make([]float64, n*n)
	b.Run(fmt.Sprintf("lib=nearlinear/n=%d/m=%d/d=%d", n, m, d), func(b *testing.B) {
		for b.Loop() {
			op.Gram(want)
		}
	})
	b.Run(fmt.Sprintf("lib=gonum/n=%d/m=%d/d=%d", n, m, d), func(b *testing.B) {
		gates := mat.NewDense(n, m, nil)
		for i := range n {
			for r := range m {
				if op.Gate(r, i) {
					gates.Set(i, r, 1)
				}
			}
		}
		xs := mat.NewDense(n, d, x)
		var common, inner, g mat.Dense
		for b.Loop() {
			common.Mul(gates, gates.T())
			inner.Mul(xs, xs.T())
			g.MulElem(&common, &inner)
			g.Scale(1/float64(m), &g)
		}
		for i := range n {
			for j := range n {
				if e := g.At(i, j) - want[i*n+j]; e > 1e-12 || e < -1e-12 {
					b.Fatalf("G[%d,%d] differs by %g", i, j, e)
				}
			}
		}
	})
}
