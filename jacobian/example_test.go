package jacobian_test

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/hadamard"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
)

// Two neurons on three samples: the first is active on x₀ and x₁, the second
// on x₀ and x₂.
func Example() {
	net := &jacobian.Network{M: 2, D: 2, W: []float64{1, 0, 0, 1}, A: []float64{1, -1}}
	x := []float64{
		3, 1,
		2, -1,
		-1, 4,
	}
	op, err := jacobian.New(net, x, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	f := make([]float64, 3)
	op.Linearize(f) // outputs m^-½ (max(0, x₀) − max(0, x₁))
	fmt.Printf("f  = %.4f\n", f)

	jw := make([]float64, 3)
	op.MulVec(jw, net.W) // the network is homogeneous: J·W = f
	fmt.Printf("JW = %.4f\n", jw)

	g := make([]float64, 9)
	op.Gram(g) // ⟨x_i, x_j⟩ · common gates / m
	fmt.Println("G  =", g[:3], g[3:6], g[6:])
	// Output:
	// f  = [1.4142 1.4142 -2.8284]
	// JW = [1.4142 1.4142 -2.8284]
	// G  = [10 2.5 0.5] [2.5 2.5 -0] [0.5 -0 8.5]
}

// A sketch of Jᵀ with fewer rows than J has columns, from which a
// preconditioner is made.
func ExampleOperator_Sketch() {
	const n, m, d = 4, 64, 3
	net := &jacobian.Network{M: m, D: d, W: make([]float64, m*d), A: make([]float64, m)}
	for r := range net.A {
		net.A[r] = 1
		net.W[r*d+r%d] = float64(1 + r%5)
	}
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, 1}
	op, _ := jacobian.New(net, x, nil)
	op.Linearize(make([]float64, n))

	s, _ := hadamard.NewKroneckerSRHT(m, d, 6*n, 1)
	sj := make([]float64, s.S()*n)
	if err := op.Sketch(sj, s); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.S(), "rows for", m*d, "columns of J")
	// Output: 24 rows for 192 columns of J
}

// Columns of the Gram matrix on demand, for a preconditioner that needs a few.
func ExampleGramMatrix() {
	const n, m, d = 4, 64, 3
	net := &jacobian.Network{M: m, D: d, W: make([]float64, m*d), A: make([]float64, m)}
	for r := range net.A {
		net.A[r] = 1
		net.W[r*d+r%d] = float64(1 + r%5)
	}
	op, _ := jacobian.New(net, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, 1}, nil)
	op.Linearize(make([]float64, n))

	g := op.GramMatrix()
	diag, column := make([]float64, n), make([]float64, n)
	g.Diag(diag)
	g.Columns(column, []int{2})
	fmt.Println(diag, column)

	pre, err := solver.NewRPCholesky(context.Background(), g, n, &solver.RPCholeskyOptions{Ridge: 0.1, Rank: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("rank", pre.Rank(), "columns read", pre.ColumnsRead())
	// Output:
	// [14 77 194 2] [50 122 194 16]
	// rank 3 columns read 3
}

// The rows of J that belong to some of the samples.
func ExampleOperator_Subset() {
	net := &jacobian.Network{M: 2, D: 2, W: []float64{1, 0, 0, 1}, A: []float64{1, -1}}
	op, _ := jacobian.New(net, []float64{1, 2, -3, 4, 5, -6}, nil)
	op.Linearize(make([]float64, 3))

	sub, _ := op.Subset([]int{2, 0}, nil)
	g := make([]float64, 4)
	sub.Gram(g)
	fmt.Println(g[:2], g[2:])
	// Output: [30.5 -3.5] [-3.5 5]
}
