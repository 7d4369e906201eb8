package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/bench"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train"
)

// The system of the steps that are compared: the damping of train's first step, and
// the tolerance of its inner solves.
const (
	stepDamping   = 0.005
	stepTolerance = 1e-3
	stepLimit     = 10 * time.Second // of a dense step
)

// stepMethods are the curves of the study, in this order, those of this library first.
var (
	ownMethods  = []string{"full SRHT", "Kronecker SRHT", "Kronecker SRHT, kept", "low rank", "exact, popcount", "Gram-CG"}
	stepMethods = append(slices.Clip(ownMethods), "dense, gonum", "dense, numpy", "gradient step")
)

// ladder are the sizes: m·n over three decades, both growing.
func ladder(quick bool) [][2]int {
	if quick {
		return [][2]int{{512, 64}, {2048, 128}}
	}
	return [][2]int{{1024, 256}, {2048, 400}, {4096, 640}, {8192, 1024}, {16384, 1600}, {32768, 2560}, {65536, 4096}}
}

// rung is what was measured at one size.
type rung struct {
	m, n       int
	rank       int // of low rank
	took       map[string]spread
	iterations map[string]int
	plan       *train.Report
}

func nearlinear(ctx context.Context, p *page) error {
	const d = 16
	p.Text("The time of one Gauss–Newton step against m·n, both growing, at d = %d: forward pass, everything that the solve "+
		"of (JJᵀ + cI)u = r needs made anew, and the new weights, on all processors. Samples are spread over the unit sphere, weights are standard "+
		"normal, c = %g, iterations end at a relative residual of %g, memory is taken before. *Full* and *Kronecker SRHT* are the paper's path: "+
		"a sketch of Jᵀ with 4n and 6n rows, QR in float32, conjugate gradients; *kept* has R from before the step, as all steps but the first "+
		"have in training. *Low rank* is conjugate gradients on implicit products with the columns of JJᵀ that the plan of `MatrixFree` takes. *Exact* "+
		"is the Gram matrix by population counts and its Cholesky factor, *Gram-CG* conjugate gradients on that matrix with the columns that the plan of `GramCG` takes, *dense* the same by a product of n × m gates in float32 with its "+
		"transpose: O(mn²). A gradient step is the forward pass and Jᵀr.", d, stepDamping, stepTolerance)
	var rungs []rung
	last := map[string]float64{} // seconds of the dense methods
	for i, size := range ladder(p.quick) {
		m, n := size[0], size[1]
		p.Progress("m = %d, n = %d", m, n)
		skip := map[string]bool{}
		if i > 0 {
			before := rungs[i-1]
			grown := float64(m) * float64(n) * float64(n) / (float64(before.m) * float64(before.n) * float64(before.n))
			for name, seconds := range last {
				skip[name] = seconds*grown > stepLimit.Seconds()
			}
		}
		r, err := climb(ctx, p, m, n, d, skip)
		if err != nil {
			return err
		}
		rungs = append(rungs, r)
		for _, name := range []string{"dense, gonum", "dense, numpy"} {
			if s, ok := r.took[name]; ok {
				last[name] = s.median
			} else if s, ok := last[name]; ok {
				p.Progress("%s is not waited for: about %.3g s a step at the size before", name, s)
				last[name] = stepLimit.Seconds() * 1e6 // nor at larger sizes
			}
		}
	}
	return tellNearlinear(p, rungs)
}

// climb measures all methods at one size.
func climb(ctx context.Context, p *page, m, n, d int, skip map[string]bool) (rung, error) {
	r := rung{m: m, n: n, took: map[string]spread{}, iterations: map[string]int{}}
	q, err := newProblem(sphere(n, d), d, m)
	if err != nil {
		return r, err
	}
	if r.plan, err = planOf(ctx, q, train.Auto); err != nil {
		return r, err
	}
	free, err := planOf(ctx, q, train.MatrixFree)
	if err != nil {
		return r, err
	}
	r.rank = free.Rank
	gram, err := planOf(ctx, q, train.GramCG)
	if err != nil {
		return r, err
	}
	names, solves, err := stepSolves(ctx, q, r.rank, gram.Rank)
	if err != nil {
		return r, err
	}
	var works []turn
	for i, name := range names {
		works = append(works, func(ctx context.Context) (time.Duration, error) {
			q.reset()
			start := time.Now()
			result, err := q.step(ctx, solves[i], stepDamping, stepTolerance)
			r.iterations[name] = result.Iterations
			if err == nil && !result.Converged() {
				err = fmt.Errorf("%s: %v after %d iterations", name, result.Reason, result.Iterations)
			}
			return time.Since(start), err
		})
	}
	names = append(names, "gradient step")
	works = append(works, func(context.Context) (time.Duration, error) {
		q.reset()
		start := time.Now()
		q.residual()
		q.along(1e-3, q.r)
		return time.Since(start), nil
	})
	if !skip["dense, gonum"] {
		g := newGonumStep(q)
		names, works = append(names, "dense, gonum"), append(works, timed(func(context.Context) error { return g.run(stepDamping) }))
		p.Peer("gonum", moduleVersion("gonum.org/v1/gonum"))
	}
	if !skip["dense, numpy"] {
		peer, err := bench.StartPeer(runtime.GOMAXPROCS(0), "gaussnewton.py", strconv.Itoa(n), strconv.Itoa(m), strconv.Itoa(d), fmt.Sprint(stepDamping))
		if err != nil {
			p.Missing("numpy", err)
		} else {
			defer peer.Close()
			names, works = append(names, "dense, numpy"), append(works, peerTurn(peer))
			p.Peer("numpy", peer.About)
		}
	}
	turns, limit := 5, 90*time.Second
	if p.quick {
		turns, limit = 1, 0
	}
	spreads, err := alternate(ctx, turns, limit, works...)
	if err != nil {
		return r, err
	}
	for i, name := range names {
		r.took[name] = spreads[i]
	}
	return r, nil
}

// stepSolves are those of ownMethods, in its order, with the ranks of the
// preconditioners of low rank and Gram-CG, 0 for none. The preconditioner that is kept is made here.
func stepSolves(ctx context.Context, q *problem, rank, gramRank int) ([]string, []solve, error) {
	const limit = 5000
	q.residual()
	make := sketched(true, true, 6)
	kept, err := make(ctx, q, stepDamping)
	if err != nil {
		return nil, nil, err
	}
	columns := func(rank int) precondition {
		if rank == 0 {
			return nil
		}
		return pivoted(rank, true)
	}
	return ownMethods, []solve{
		iterate(sketched(false, true, 4), limit),
		iterate(sketched(true, true, 6), limit),
		func(ctx context.Context, p *problem, c, tol float64) (solver.Result, error) {
			return conjugate(ctx, p, kept, c, tol, limit)
		},
		iterate(columns(rank), limit),
		exact(),
		iterateOnGram(columns(gramRank), limit),
	}, nil
}

// planOf asks train for its plan of one such step, and lets it go no further.
func planOf(ctx context.Context, q *problem, method train.Method) (*train.Report, error) {
	_, report, err := train.Fit(ctx, q.x, q.y, q.d, &train.Options{
		Width: q.m, Method: method, Ridge: train.NoRidge, Damping: stepDamping, InnerTol: stepTolerance, MaxSteps: 1,
		Bias: train.NoBias, KeepSkew: true, KeepScale: true, Progress: func(train.Step) bool { return false },
	})
	return report, err
}

// planned is the curve of the method that a plan has chosen.
func planned(plan *train.Report) string {
	switch {
	case plan.Method == train.Exact:
		return "exact, popcount"
	case plan.Method == train.GramCG:
		return "Gram-CG"
	case plan.Method == train.MatrixFree:
		return "low rank"
	case plan.Method == train.Sketched && plan.Sketch == train.FullSRHT:
		return "full SRHT"
	default:
		return "Kronecker SRHT"
	}
}

func tellNearlinear(p *page, rungs []rung) error {
	c := chart{title: "One Gauss–Newton step, n and m growing together, d = 16", x: "m·n (gates)", y: "time of a step (s)", logX: true, logY: true}
	x, median := make([]float64, len(rungs)), map[string][]float64{}
	for i, r := range rungs {
		x[i] = float64(r.m) * float64(r.n)
	}
	for _, name := range stepMethods {
		s := series{name: name, x: x}
		for _, r := range rungs {
			took := r.took[name] // zero if it is missing, which a logarithmic axis leaves out
			s.y, s.low, s.high = append(s.y, took.median), append(s.low, took.low), append(s.high, took.high)
		}
		median[name] = s.y
		c.series = append(c.series, s)
	}
	if err := p.Plot("step", c); err != nil {
		return err
	}
	header, cells := []string{"m", "n", "m·n"}, make([][]string, len(rungs))
	for i, r := range rungs {
		cells[i] = []string{strconv.Itoa(r.m), strconv.Itoa(r.n), fmt.Sprintf("%.2g", x[i])}
	}
	for _, name := range stepMethods {
		header = append(header, name)
		for i, r := range rungs {
			cell := "–"
			if took, ok := r.took[name]; ok {
				cell = took.String()
			}
			cells[i] = append(cells[i], cell)
		}
	}
	p.Table(header, cells)
	tellSlopes(p, x, median)

	p.Text("What the planner takes for a single step, what it expects of it on the machine it was calibrated on, and what was fastest here of what " +
		"makes everything anew (*kept* and the gradient step aside):")
	cells = nil
	for _, r := range rungs {
		best := ""
		for _, name := range ownMethods {
			if name != "Kronecker SRHT, kept" && (best == "" || r.took[name].median < r.took[best].median) {
				best = name
			}
		}
		iterations := func(name string) string { return strconv.Itoa(r.iterations[name]) }
		ratio := fmt.Sprintf("%.2f", r.took[planned(r.plan)].times(r.took[best]))
		cells = append(cells, []string{
			strconv.Itoa(r.m), strconv.Itoa(r.n), iterations("full SRHT"), iterations("Kronecker SRHT"), iterations("low rank"), strconv.Itoa(r.rank), iterations("Gram-CG"),
			r.plan.Method.String(), short(r.plan.StepTime.Seconds()), best, ratio,
		})
	}
	p.Table([]string{"m", "n", "iterations, full SRHT", "Kronecker", "low rank", "its rank", "Gram-CG", "planned", "expected", "fastest", "planned / fastest"}, cells)
	return nil
}

// tellSlopes gives the exponents of the curves, and where they cross.
func tellSlopes(p *page, x []float64, median map[string][]float64) {
	p.Text("Exponents b of time ≈ a·(mn)ᵇ by least squares on the logarithms with 95 %% intervals (Student's t), over all sizes and over the larger half. m grows like " +
		"(mn)^0.6 and n like (mn)^0.4 here, so that mnd grows with exponent 1, n³ with 1.2 and mn² with 1.4; where iterations become more, theirs adds to it.")
	var cells [][]string
	half := len(x) / 2
	for _, name := range stepMethods {
		y := median[name]
		if slices.Max(y) > 0 {
			cells = append(cells, []string{name, slopeOf(x, y).String(), slopeOf(x[half:], y[half:]).String()})
		}
	}
	p.Table([]string{"method", "exponent", "larger half"}, cells)
	var found []string
	for i, a := range ownMethods {
		for _, b := range stepMethods[i+1 : len(stepMethods)-1] {
			for _, at := range crossings(x, median[a], median[b]) {
				found = append(found, fmt.Sprintf("%s and %s at m·n = %.2g", a, b, at))
			}
		}
	}
	if found == nil {
		found = []string{"none within these sizes"}
	}
	p.Text("Curves cross, interpolated between neighbouring sizes: %s.", strings.Join(found, "; "))
}
