package solver

import (
	"sync"
	"testing"
)

// Preconditioners of low rank allocate nothing once they are made.
func TestLowRankNoAllocations(t *testing.T) {
	const n, rank = 130, 40
	g := matrix(kernel(1, n, 2, 1, 0), n, n)
	rpc, err := NewRPCholesky(bg, g, n, &RPCholeskyOptions{Ridge: 0.1, Rank: rank})
	if err != nil {
		t.Fatal(err)
	}
	nys, err := NewNystrom(bg, g, n, &NystromOptions{Ridge: 0.1, Rank: rank})
	if err != nil {
		t.Fatal(err)
	}
	jac, err := NewJacobi(normal(1, n), 10)
	if err != nil {
		t.Fatal(err)
	}
	x, lambda := normal(2, n), make([]float64, rank)
	b, y, results, many := normal(3, 3*n), make([]float64, 3*n), make([]Result, 3), &Options{Ridge: 0.1, Preconditioner: rpc, Workspace: new(Workspace)}
	for name, f := range map[string]func(){
		"RPCholesky.SolveVec":    func() { rpc.SolveVec(x, x) },
		"RPCholesky.SolveVecs":   func() { rpc.SolveVecs(y, b, 3) },
		"CGMulti":                func() { check(t, CGMulti(bg, y, g, b, results, many)) },
		"RPCholesky.MulVec":      func() { rpc.MulVec(x, x) },
		"RPCholesky.SetRidge":    func() { check(t, rpc.SetRidge(0.2)) },
		"RPCholesky.Eigenvalues": func() { rpc.Eigenvalues(lambda) },
		"Nystrom.SolveVec":       func() { nys.SolveVec(x, x) },
		"Nystrom.SetRidge":       func() { check(t, nys.SetRidge(0.2)) },
		"Nystrom.EffectiveDim":   func() { nys.EffectiveDim(0.1) },
		"Jacobi.SolveVec":        func() { jac.SolveVec(x, x) },
		"Jacobi.SetRidge":        func() { check(t, jac.SetRidge(11)) },
	} {
		if allocs := testing.AllocsPerRun(5, f); allocs != 0 {
			t.Errorf("%s: %g allocations", name, allocs)
		}
	}
}

// Solves may run concurrently: a preconditioner is only read.
func TestPreconditionersAreShared(t *testing.T) {
	const n, rank = 200, 50
	g := matrix(kernel(1, n, 2, 1, 0), n, n)
	rpc, err := NewRPCholesky(bg, g, n, &RPCholeskyOptions{Ridge: 0.1, Rank: rank})
	if err != nil {
		t.Fatal(err)
	}
	nys, err := NewNystrom(bg, g, n, &NystromOptions{Ridge: 0.1, Rank: rank})
	if err != nil {
		t.Fatal(err)
	}
	shifted, err := NewShiftedSketch(bg, g.a, n, n, &SketchQROptions{Ridge: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]Preconditioner{"RPCholesky": rpc, "Nystrom": nys, "ShiftedSketch": shifted} {
		var wg sync.WaitGroup
		for k := range uint64(4) {
			wg.Go(func() {
				r := normal(k, n)
				x, y := make([]float64, n), make([]float64, n)
				p.SolveVec(x, r)
				for range 20 {
					if p.SolveVec(y, r); !sameBits(x, y) {
						t.Errorf("%s: other bits beside other solves", name)
						return
					}
				}
			})
		}
		wg.Wait()
	}
}
