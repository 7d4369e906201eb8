package solver

import "testing"

// Nothing is allocated once the workspace and the factors have their size.
func TestNoAllocations(t *testing.T) {
	const n, cols, s = 70, 150, 180
	j := matrix(singular(1, logspace(0.1, 1, n), n, cols), n, cols)
	g := gram(j.a, n, cols)
	op, b := matrix(g, n, n), normal(2, n)
	sa := normal(3, s*n)
	chol, err := NewCholesky(bg, g, n, &CholeskyOptions{Ridge: 1, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	qr, err := NewQR(bg, sa, s, n, &QROptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	sketch, err := NewSketchQR(bg, sa, s, n, &SketchQROptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	lp, err := NewLeftPreconditioned(j, sketch, n)
	if err != nil {
		t.Fatal(err)
	}
	x, y, rhs, history := make([]float64, n), make([]float64, cols), normal(4, s), make([]float64, 20)
	calls := 0
	plain := &Options{Workspace: new(Workspace), History: history, Callback: func(Iteration) bool { calls++; return true }}
	pre := &Options{Workspace: new(Workspace), Preconditioner: chol, X0: make([]float64, n), RelTol: 1e-15} // restarts
	long := &Options{Workspace: new(Workspace), Preconditioner: sketch, Ridge: 0.1}
	lsqr := &Options{Workspace: new(Workspace), Ridge: 0.1, RelTol: 1e-15}
	curved := matrix(addDiag(scaledBy(-1, g), n, 1e-3), n, n)
	radius := &Options{Workspace: new(Workspace), Radius: 10, Preconditioner: chol, Direction: make([]float64, n), History: history}
	least := &Options{Workspace: new(Workspace), Ridge: 0.1, X0: make([]float64, cols), RelTol: 1e-15, Callback: plain.Callback}
	wide := &Options{Workspace: new(Workspace), Preconditioner: chol, Ridge: 1, RelTol: 1e-13, History: history}
	rest := &Options{Workspace: new(Workspace), Preconditioner: chol, Callback: plain.Callback, RelTol: 1e-15, X0: make([]float64, n)}
	shift := &Options{Workspace: new(Workspace), Ridge: -0.5}
	multi := &Options{Workspace: new(Workspace), Preconditioner: chol, Callback: plain.Callback, History: history}
	b3, x3, results := normal(5, 3*n), make([]float64, 3*n), make([]Result, 3)
	jt := matrix(transpose(j.a, n, cols), cols, n)
	bt := normal(6, cols)
	var oneByOne MultiOperator = OneByOne{op}
	for name, f := range map[string]func(){
		"CG radius":          func() { must(t)(CG(bg, x, op, b, radius)) },
		"CG curved":          func() { must(t)(CG(bg, x, curved, b, radius)) },
		"CGLS":               func() { must(t)(CGLS(bg, y, j, b, least)) },
		"CGLS tall":          func() { must(t)(CGLS(bg, x, jt, bt, wide)) },
		"MINRES":             func() { must(t)(MINRES(bg, x, op, b, rest)) },
		"MINRES plus":        func() { must(t)(MINRES(bg, x, op, b, shift)) },
		"CGMulti":            func() { check(t, CGMulti(bg, x3, op, b3, results, multi)) },
		"one by one":         func() { check(t, CGMulti(bg, x3, oneByOne, b3, results, multi)) },
		"CG":                 func() { must(t)(CG(bg, x, op, b, plain)) },
		"CG preconditioned":  func() { must(t)(CG(bg, x, op, b, pre)) },
		"LSQR":               func() { must(t)(LSQR(bg, y, j, b, lsqr)) },
		"LSRN":               func() { must(t)(LSQR(bg, y, lp, b, plain)) },
		"MinNorm":            func() { must(t)(MinNorm(bg, y, j, b, long)) },
		"Cholesky.Factor":    func() { check(t, chol.Factor(bg, g, 1)) },
		"Cholesky.SolveVec":  func() { chol.SolveVec(x, b) },
		"Cholesky.SolveVecs": func() { check(t, chol.SolveVecs(bg, x3, b3, 3)) },
		"QR.Factor":          func() { check(t, qr.Factor(bg, sa)) },
		"QR.SolveVec":        func() { _, err := qr.SolveVec(x, rhs); check(t, err) },
		"SketchQR.Factor":    func() { check(t, sketch.Factor(bg, sa, 0.1)) },
		"SketchQR.SetRidge":  func() { check(t, sketch.SetRidge(bg, 0.2)) },
		"SketchQR.SolveVec":  func() { sketch.SolveVec(x, b) },
		"Matrix.MulTransVec": func() { j.MulTransVec(y, b) },
	} {
		if allocs := testing.AllocsPerRun(5, f); allocs != 0 {
			t.Errorf("%s: %g allocations", name, allocs)
		}
	}
	if calls == 0 {
		t.Error("callback not called")
	}
}

func must(t *testing.T) func(Result, error) {
	return func(_ Result, err error) { check(t, err) }
}

func check(t *testing.T, err error) {
	if err != nil {
		t.Error(err)
	}
}

// One workspace serves all methods and shapes in turn, without a trace of the
// solve before.
func TestWorkspaceIsShared(t *testing.T) {
	ws := new(Workspace)
	for _, n := range []int{30, 5, 60} {
		j, b, p := wide(t, uint64(n), n, 2*n+20, 10, 0.01)
		op := &gramOperator{j: j, t: make([]float64, 2*n+20)}
		for k := range 8 {
			o := &Options{Ridge: 0.01, Preconditioner: p}
			run := func() []float64 {
				x, y := make([]float64, n), make([]float64, 2*n+20)
				switch k {
				case 3:
					o.Preconditioner = nil
					must(t)(CGLS(bg, y, j, b, o))
				case 4:
					must(t)(MINRES(bg, x, op, b, o))
				case 5:
					must(t)(CGLS(bg, x, matrix(transpose(j.a, n, 2*n+20), 2*n+20, n), normal(1, 2*n+20), o))
				case 6:
					o.Radius = 0.1
					must(t)(CG(bg, x, op, b, o))
				case 7:
					o.Radius = 0
					y = y[:2*n]
					check(t, CGMulti(bg, y, OneByOne{op}, append(append([]float64(nil), b...), b...), make([]Result, 2), o))
				case 0:
					must(t)(CG(bg, x, op, b, o))
				case 1:
					o.Preconditioner = nil
					must(t)(LSQR(bg, y, j, b, o))
				case 2:
					must(t)(MinNorm(bg, y, j, b, o))
				}
				return append(x, y...)
			}
			want := run()
			o.Workspace = ws
			fill(ws.buf, 1e300)
			if got := run(); !sameBits(got, want) {
				t.Errorf("n=%d method %d: a used workspace changes the result", n, k)
			}
		}
	}
}

func TestStopReasonNames(t *testing.T) {
	seen := map[string]bool{}
	for r := None; r <= NotFinite; r++ {
		seen[r.String()] = true
	}
	if len(seen) != int(NotFinite)+1 || StopReason(99).String() != "StopReason(99)" || StopReason(-1).String() != "StopReason(-1)" {
		t.Errorf("names %v", seen)
	}
}
