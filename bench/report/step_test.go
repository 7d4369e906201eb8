package main

import (
	"context"
	"math"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

// All that is compared takes the same step: with a tight tolerance the weights agree.
func TestStepsAgree(t *testing.T) {
	ctx := context.Background()
	q, err := newProblem(sphere(60, 8), 8, 400)
	if err != nil {
		t.Fatal(err)
	}
	names, solves, err := stepSolves(ctx, q, 20, 10)
	if err != nil {
		t.Fatal(err)
	}
	g := newGonumStep(q)
	if err := g.run(stepDamping); err != nil {
		t.Fatal(err)
	}
	want := g.w.RawMatrix().Data
	moved, diff := make([]float64, len(want)), make([]float64, len(want))
	for i := range want {
		moved[i] = want[i] - q.w0[i]
	}
	if len(names) != len(solves) {
		t.Fatalf("%d names of %d solves", len(names), len(solves))
	}
	for i, solve := range solves {
		q.reset()
		if _, err := q.step(ctx, solve, stepDamping, 1e-12); err != nil {
			t.Fatalf("%s: %v", names[i], err)
		}
		for j := range want {
			diff[j] = q.net.W[j] - want[j]
		}
		if e := asm.Nrm2(diff) / asm.Nrm2(moved); e > 1e-9 {
			t.Errorf("%s: the step differs from gonum's by %.2g of its length", names[i], e)
		}
	}
}

// On clusters every preconditioner but the diagonal, which is nearly constant, saves
// iterations, and all come to the tolerance.
func TestPreconditionersPay(t *testing.T) {
	ctx := context.Background()
	const n, m, d, c = 96, 512, 8, 1e-5
	q, err := newProblem(clusters(n, d, n/8, 0.01), d, m)
	if err != nil {
		t.Fatal(err)
	}
	all := preconditioners(n)
	got, err := trial(ctx, q, true, c, all)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range got {
		if !s.converged {
			t.Errorf("%s: not converged after %d iterations", all[i].name, s.iterations)
		}
		if i >= 2 && 2*s.iterations > got[0].iterations {
			t.Errorf("%s: %d iterations, without it %d", all[i].name, s.iterations, got[0].iterations)
		}
		if s.build.median > s.all.median {
			t.Errorf("%s: made in %g s, made and solved in %g s", all[i].name, s.build.median, s.all.median)
		}
	}
}

// Samples are of length one and as far from their centres as asked.
func TestClusters(t *testing.T) {
	const n, d, centres, spread = 64, 12, 4, 1e-3
	x, at := clusters(n, d, centres, spread), sphere(centres, d)
	var mean float64
	for i := range n {
		row, sum := x[i*d:(i+1)*d], 0.0
		for k, v := range row {
			sum += (v - at[i%centres*d+k]) * (v - at[i%centres*d+k])
		}
		mean += math.Sqrt(sum) / n
		if e := math.Abs(asm.Nrm2(row) - 1); e > 1e-15*d {
			t.Errorf("sample %d has length 1 + %g", i, e)
		}
	}
	if mean < spread/2 || mean > spread {
		t.Errorf("samples are %g from their centres on average, spread %g", mean, spread)
	}
}

// The largest eigenvalue bounds ‖Gv‖/‖v‖ and is that of v = the eigenvector it came from: for
// a network of rank one, all samples equal, it is n·G_11.
func TestLargestEigenvalue(t *testing.T) {
	const n, d = 10, 4
	x := sphere(1, d)
	for range n - 1 {
		x = append(x, x[:d]...)
	}
	q, err := newProblem(x, d, 64)
	if err != nil {
		t.Fatal(err)
	}
	q.residual()
	diag := make([]float64, n)
	q.op.GramMatrix().Diag(diag)
	if got, want := q.largestEigenvalue(), n*diag[0]; math.Abs(got-want) > 1e-9*want {
		t.Errorf("largest eigenvalue %.12g, want %.12g", got, want)
	}
}

// The methods of the paper's table come to ε in the order of their theory: quadratic,
// linear with rate ε₀, linear with the rate that the condition allows.
func TestPaperIterations(t *testing.T) {
	ctx := context.Background()
	q, err := newProblem(sphere(40, 16), 16, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{quick: true}
	runs, rate, err := paperRuns(ctx, p, q, 1e-6, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if rate < rates[0] || rate > rates[len(rates)-1] {
		t.Errorf("rate %g/λ is none of those tried", rate)
	}
	var counts []int
	for i, r := range runs {
		n, _ := r.reach(1e-6)
		if n < 0 {
			t.Fatalf("%s: error %g after %d iterations", paperRows[i].name, r.errors[len(r.errors)-1], len(r.errors)-1)
		}
		counts = append(counts, n)
	}
	descent, exact := counts[0], counts[1]
	if exact > 5 {
		t.Errorf("the exact method takes %d iterations", exact)
	}
	for i, n := range counts[2:] {
		if n < exact || n > 12 || 2*n > descent {
			t.Errorf("%s: %d iterations, exact %d, gradient descent %d", paperRows[2+i].name, n, exact, descent)
		}
	}
}
