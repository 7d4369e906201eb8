package main

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/bench"
	"github.com/nearlinear/nearlinear/solver"
)

// iteration takes a problem from one set of weights to the next, after residual.
type iteration func(ctx context.Context, p *problem) error

// descent is the error after each iteration, relative to the first, and the time until then.
type descent struct {
	errors, seconds []float64
}

// reach returns how many iterations come to eps, and the time they take, or -1.
func (r descent) reach(eps float64) (iterations int, seconds float64) {
	for i, e := range r.errors {
		if e <= eps {
			return i, r.seconds[i]
		}
	}
	return -1, 0
}

// each is the mean time of an iteration.
func (r descent) each() float64 {
	last := len(r.seconds) - 1
	return r.seconds[last] / float64(max(last, 1))
}

// descend iterates from the initial weights until the error is eps, or at a limit.
func descend(ctx context.Context, q *problem, it iteration, eps float64, limit int, patience time.Duration) (descent, error) {
	q.reset()
	start := time.Now()
	q.residual()
	first := asm.Nrm2(q.r)
	r := descent{errors: []float64{1}, seconds: []float64{0}} // the first residual belongs to the first iteration
	for len(r.errors) <= limit && r.errors[len(r.errors)-1] > eps && time.Since(start) < patience {
		if err := it(ctx, q); err != nil {
			return r, err
		}
		q.residual()
		r.errors = append(r.errors, asm.Nrm2(q.r)/first)
		r.seconds = append(r.seconds, time.Since(start).Seconds())
		if err := ctx.Err(); err != nil {
			return r, err
		}
	}
	return r, nil
}

// paperRow is a line of the paper's table.
type paperRow struct {
	name, label      string // label: in charts
	iterations, cost string // as published, d and logarithms suppressed in cost
	// make returns the iteration, and with gradient descent its rate: that given, unless it is 0.
	make func(ctx context.Context, q *problem, eps, rate float64) (iteration, float64, error)
}

// The tolerance ε₀ of the paper's inner solves, and the rates of gradient descent that are
// tried, in units of 1/λ.
const forcing = 0.1

var rates = []float64{1, 1.5, 1.9}

var paperRows = []paperRow{
	{"gradient descent", "gradient descent", "n² log(1/ε)", "mn", fairDescent},
	{"exact: Zhang–Martens–Grosse, Cai et al.", "exact", "log(1/ε); log log(1/ε)", "mn²", func(context.Context, *problem, float64, float64) (iteration, float64, error) {
		return gaussNewton(exact()), 0, nil
	}},
	{"this method, full SRHT", "full SRHT", "log(1/ε)", "mn + n³", func(context.Context, *problem, float64, float64) (iteration, float64, error) {
		return gaussNewton(iterate(sketched(false, false, 4), 1000)), 0, nil
	}},
	{"this method, Kronecker SRHT", "Kronecker SRHT", "log(1/ε)", "mn + n³", func(context.Context, *problem, float64, float64) (iteration, float64, error) {
		return gaussNewton(iterate(sketched(true, false, 6), 1000)), 0, nil
	}},
	{"this method, Kronecker SRHT of step 0 kept", "Kronecker, kept", "log(1/ε)", "(not of the paper)", func(context.Context, *problem, float64, float64) (iteration, float64, error) {
		return keptSketch(), 0, nil
	}},
}

// gaussNewton takes the undamped step of the paper.
func gaussNewton(solve solve) iteration {
	return func(ctx context.Context, q *problem) error {
		result, err := solve(ctx, q, 0, forcing)
		if err == nil && !result.Converged() {
			err = fmt.Errorf("inner solve: %v after %d iterations", result.Reason, result.Iterations)
		}
		if err == nil {
			q.along(1, q.u)
		}
		return err
	}
}

// keptSketch makes its preconditioner in the first step of each run, which begins with
// the gates of the initial weights.
func keptSketch() iteration {
	make := sketched(true, false, 6)
	var pre solver.Preconditioner
	return func(ctx context.Context, q *problem) error {
		return gaussNewton(func(ctx context.Context, q *problem, c, tol float64) (solver.Result, error) {
			if q.taken == 0 {
				var err error
				if pre, err = make(ctx, q, c); err != nil {
					return solver.Result{}, err
				}
			}
			return conjugate(ctx, q, pre, c, tol, 1000)
		})(ctx, q)
	}
}

// fairDescent is gradient descent with the rate among a few that comes to eps in the fewest
// iterations; finding it is not part of its time.
func fairDescent(ctx context.Context, q *problem, eps, rate float64) (iteration, float64, error) {
	q.reset()
	q.residual()
	lambda := q.largestEigenvalue()
	at := func(rate float64) iteration {
		return func(_ context.Context, q *problem) error {
			q.along(rate/lambda, q.r)
			return nil
		}
	}
	if rate > 0 {
		return at(rate), rate, nil
	}
	best, least := rates[0], 0
	for _, rate := range rates {
		r, err := descend(ctx, q, at(rate), eps, descentLimit, descentPatience)
		if err != nil {
			return nil, 0, err
		}
		if i, _ := r.reach(eps); i >= 0 && (least == 0 || i < least) {
			best, least = rate, i
		}
	}
	return at(best), best, nil
}

const (
	descentLimit    = 20000
	descentPatience = 12 * time.Second
)

func paper(ctx context.Context, p *page) error {
	const d = 32
	base, turns := [2]int{8192, 512}, 3
	ms, ns := []int{1024, 2048, 4096, 8192, 16384}, []int{128, 256, 512, 1024}
	goals := []float64{1e-2, 1e-4, 1e-6}
	if p.quick {
		base, turns = [2]int{512, 32}, 1
		ms, ns, goals = []int{512, 1024}, []int{32, 64}, []float64{1e-2, 1e-4}
	}
	p.Text("The table of the paper, measured: undamped iterations of the same network, from the same standard normal weights, until ‖f − y‖ is ε of what it was; n samples "+
		"spread over the unit sphere, d = %d, targets even in [−1, 1]. The time of an iteration is all of it, on all processors: forward pass, Gram matrix or sketch, factor, solve, "+
		"new weights. Gradient descent has the rate of %v times 1/λ that takes the fewest iterations here, λ the largest eigenvalue of JJᵀ at "+
		"the start; finding them is not in its time. The exact method takes the step of Zhang, Martens and Grosse and of Cai et al. by population counts, mn²/128 word operations; "+
		"the inner tolerance ε₀ is %g. Iterations as published are upper bounds, for widths far beyond these.", d, rates, forcing)
	eps := goals[len(goals)-1]

	var cells [][]string
	curves := chart{title: fmt.Sprintf("Error against time, n = %d, m = %d, d = %d", base[1], base[0], d), x: "time (s)", y: "‖f − y‖ / ‖f₀ − y‖", logX: true, logY: true}
	q, err := newProblem(sphere(base[1], d), d, base[0])
	if err != nil {
		return err
	}
	median, rate, err := paperRuns(ctx, p, q, eps, 0, turns)
	if err != nil {
		return err
	}
	overM, err := paperCosts(ctx, p, d, base, ms, true, eps, rate)
	if err != nil {
		return err
	}
	overN, err := paperCosts(ctx, p, d, base, ns, false, eps, rate)
	if err != nil {
		return err
	}
	for i, row := range paperRows {
		r := median[i]
		line := []string{row.name, row.iterations}
		var counts []string
		for _, goal := range goals {
			counts = append(counts, reached(r, goal))
		}
		_, total := r.reach(eps)
		when := "–"
		if total > 0 {
			when = short(total)
		}
		cells = append(cells, append(line, strings.Join(counts, " / "), row.cost, short(r.each()),
			slopeOf(overM.x, overM.each[i]).String(), slopeOf(overN.x, overN.each[i]).String(), when))
		curves.series = append(curves.series, series{name: row.label, x: r.seconds[1:], y: r.errors[1:], noMarks: len(r.errors) > 40})
	}
	var names []string
	for _, goal := range goals {
		names = append(names, number(goal))
	}
	p.Table([]string{"method", "iterations, published", "measured, to " + strings.Join(names, " / "), "cost of an iteration, published", "measured",
		"exponent in m", "exponent in n", "time to " + number(eps)}, cells)
	p.Text("Here n = %d, m = %d, and gradient descent with the rate %g/λ. The exponents are those of the mean time of an iteration, with 95 %% intervals, over m from %d to %d and over n from %d to %d.",
		base[1], base[0], rate, ms[0], ms[len(ms)-1], ns[0], ns[len(ns)-1])
	if err := densePeer(ctx, p, base, d); err != nil {
		return err
	}
	if err := p.Plot("error", curves); err != nil {
		return err
	}
	for _, scan := range []*paperScan{overM, overN} {
		if err := scan.tell(p); err != nil {
			return err
		}
	}
	return nil
}

// reached is the number of iterations to a goal, or what was reached instead.
func reached(r descent, goal float64) string {
	if i, _ := r.reach(goal); i >= 0 {
		return strconv.Itoa(i)
	}
	last := len(r.errors) - 1
	return fmt.Sprintf(">%d (at %.1g)", last, r.errors[last])
}

// paperRuns has all methods run in turn and returns of each the run of median time.
func paperRuns(ctx context.Context, p *page, q *problem, eps, rate float64, turns int) ([]descent, float64, error) {
	runs, works := make([][]descent, len(paperRows)), make([]turn, len(paperRows))
	for i, row := range paperRows {
		it, about, err := row.make(ctx, q, eps, rate)
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", row.name, err)
		}
		if about > 0 {
			rate = about
		}
		works[i] = func(ctx context.Context) (time.Duration, error) {
			r, err := descend(ctx, q, it, eps, descentLimit, descentPatience)
			if err != nil {
				return 0, fmt.Errorf("%s, n = %d, m = %d: %w", row.name, q.n, q.m, err)
			}
			runs[i] = append(runs[i], r)
			return time.Duration(r.seconds[len(r.seconds)-1] * 1e9), nil
		}
	}
	limit := 30 * time.Second
	if p.quick {
		limit = 0
	}
	spreads, err := alternate(ctx, turns, limit, works...)
	if err != nil {
		return nil, 0, err
	}
	median := make([]descent, len(runs))
	for i := range runs {
		counted := runs[i][len(runs[i])-spreads[i].turns:]
		for _, r := range counted {
			if median[i].errors == nil || distance(r, spreads[i]) < distance(median[i], spreads[i]) {
				median[i] = r
			}
		}
	}
	return median, rate, nil
}

// distance is that of a run's time from the median.
func distance(r descent, s spread) float64 {
	return max(r.seconds[len(r.seconds)-1]-s.median, s.median-r.seconds[len(r.seconds)-1])
}

// paperScan is the time of an iteration and the number of them, by method, as one size varies.
type paperScan struct {
	axis, fixed string
	x           []float64
	each, count [][]float64
}

func paperCosts(ctx context.Context, p *page, d int, base [2]int, sizes []int, wide bool, eps, rate float64) (*paperScan, error) {
	s := &paperScan{axis: "samples n", fixed: fmt.Sprintf("m = %d", base[0]), each: make([][]float64, len(paperRows)), count: make([][]float64, len(paperRows))}
	if wide {
		s.axis, s.fixed = "neurons m", fmt.Sprintf("n = %d", base[1])
	}
	for _, size := range sizes {
		m, n := base[0], size
		if wide {
			m, n = size, base[1]
		}
		p.Progress("m = %d, n = %d", m, n)
		q, err := newProblem(sphere(n, d), d, m)
		if err != nil {
			return nil, err
		}
		runs, _, err := paperRuns(ctx, p, q, eps, rate, 2)
		if err != nil {
			return nil, err
		}
		s.x = append(s.x, float64(size))
		for i, r := range runs {
			count, _ := r.reach(eps)
			s.each[i] = append(s.each[i], r.each())
			s.count[i] = append(s.count[i], float64(count))
		}
	}
	return s, nil
}

// tell draws both.
func (s *paperScan) tell(p *page) error {
	name := strings.ToLower(s.axis[len(s.axis)-1:])
	each := chart{title: "Time of an iteration, " + s.fixed, x: s.axis, y: "time of an iteration (s)", logX: true, logY: true}
	count := chart{title: "Iterations to the goal, " + s.fixed, x: s.axis, y: "iterations", logX: true, logY: true}
	for i, row := range paperRows {
		each.series = append(each.series, series{name: row.label, x: s.x, y: s.each[i]})
		count.series = append(count.series, series{name: row.label, x: s.x, y: s.count[i]})
	}
	if err := p.Plot("cost-"+name, each); err != nil {
		return err
	}
	if name == "m" {
		return nil
	}
	return p.Plot("iterations-"+name, count)
}

// densePeer tells what the exact step costs as it was published, by dense products.
func densePeer(ctx context.Context, p *page, base [2]int, d int) error {
	peer, err := bench.StartPeer(runtime.GOMAXPROCS(0), "gaussnewton.py", strconv.Itoa(base[1]), strconv.Itoa(base[0]), strconv.Itoa(d), "0")
	if err != nil {
		p.Missing("numpy", err)
		return nil
	}
	defer peer.Close()
	p.Peer("numpy", peer.About)
	turns := 5
	if p.quick {
		turns = 1
	}
	took, err := alternate(ctx, turns, 10*time.Second, peerTurn(peer))
	if err != nil {
		return err
	}
	p.Text("The exact step with a dense product of the gates, 2mn² flops in float32, as numpy and OpenBLAS do it: %v an iteration.", took[0])
	return nil
}
