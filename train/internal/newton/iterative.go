package newton

import (
	"context"
	"errors"
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/internal/phase"
	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// The rule by which a preconditioner is made, kept and made anew. It is that of
// renting or buying skis: whatever the gates do, the time lost is at most about what
// knowing in advance would have saved.
//
// Making one costs as much as Config.MakingCost iterations, which the plan knows from the
// sizes. A solve is expected to take so many iterations: with a preconditioner those of
// the first solve after it was made, more if c has fallen since; without one, few.
// Iterations beyond what was expected add up from solve to solve; when they reach
// the cost of making it, the preconditioner is made, anew or for the first time, in the
// middle of a solve if need be, which goes on from where it is. A solve without one that
// after probe iterations promises to pass that mark twice over, at its rate of convergence
// so far, is not waited for. One made at the gates of this step is never made again. At the gates
// with which a target begins the one that the plan has room for is made at once: it serves
// all targets, whose bits must not depend on each other.
const (
	few   = 10
	probe = 8
)

// Forcing is η in the rule that ends the solve of a damped step early. The
// residual e of an inexact solve adds to the linearised residual cu that the
// step leaves, and the decrease it predicts is as accurate as e is small beside
// cu: so there is little gain in ‖e‖ below η·c‖u‖. It is the forcing term of
// inexact Newton methods (Eisenstat and Walker 1996) in a form that needs no
// history: noisy targets leave much, and end early; where the samples are met,
// the tolerance ends. On concrete.csv and synthetic tables 0.02 and 0.1 save a
// quarter and a half of the iterations of a fit, at the same errors; 0.3
// takes more steps.
const Forcing = 0.03

// Config says how iterations on a system end, and when a preconditioner is made.
type Config struct {
	Tolerance float64 // relative residual of a solve
	Forcing   float64 // η of the forcing term, 0 for none
	Workers   int

	// MakingCost is what making the preconditioner costs, in iterations. AtOnce makes it
	// at the first step, without waiting for the iterations to show that it pays.
	MakingCost int
	AtOnce     bool
}

// iterative solves by conjugate gradients on JJᵀ, implicit or explicit, with a
// preconditioner if one pays.
type iterative struct {
	cfg Config
	lin jacobian.Linearization

	// Of an explicit matrix, nil otherwise.
	gram *gramProduct
	g    []float64

	pre      preconditioner // nil: none is ever made
	made     bool           // it can be applied
	current  bool           // making it now would change nothing
	initial  bool           // it was made at the gates with which the target began
	excess   float64        // iterations beyond what was expected
	first    float64        // iterations of the first solve after it was made, -1 before that
	expected float64        // iterations of the running solve

	refreshed int // times, for this target

	w, at []float64 // for checkpoints: the weights, and those at which it was made

	// Of the running solve, for watch.
	watched bool
	limit   float64 // iterations it may take
	c       float64
	start   float64 // residual
	forced  bool    // ended by the forcing term

	cg       solver.Workspace
	callback func(solver.Iteration) bool
	multiply solver.Operator
	coarse   solver.Operator // in float32; nil for none
}

func newIterative(lin jacobian.Linearization, cfg Config, pre preconditioner) *iterative {
	it := &iterative{cfg: cfg, lin: lin, pre: pre, first: -1}
	it.callback = it.watch
	it.multiply = solver.OperatorFunc(lin.MulGramVec)
	return it
}

// NewMatrixFree returns the system that iterates on products with J. low says which
// preconditioner it may make.
func NewMatrixFree(lin jacobian.Linearization, cfg Config, low LowRank) System {
	it := newIterative(lin, cfg, low.preconditioner(lin.GramMatrix(), lin.Samples(), cfg.Workers))
	it.coarse = coarse{lin}
	return it
}

// NewGramCG returns the system that forms JJᵀ, 8n² bytes, and iterates on it.
func NewGramCG(lin jacobian.Linearization, cfg Config, low LowRank) (System, error) {
	n := lin.Samples()
	gram := newGramProduct(make([]float64, n*n), n, cfg.Workers)
	matrix, err := solver.NewMatrix(gram.g, n, n)
	if err != nil {
		return nil, err
	}
	it := newIterative(lin, cfg, low.preconditioner(matrix, n, cfg.Workers))
	it.gram, it.multiply, it.g = gram, gram, make([]float64, n)
	return it, nil
}

// NewSketched returns the system of the paper: it iterates on products with J, with the
// factor of S·Jᵀ. A damped one holds that in float32.
func NewSketched(lin jacobian.Linearization, cfg Config, s jacobian.Sketch, damped bool) System {
	return newIterative(lin, cfg, newSketchPre(lin, s, damped, cfg.Workers))
}

// Refresh keeps the preconditioner: whether it still serves shows in the
// iterations.
func (it *iterative) Refresh(ctx context.Context, t *Trace) error {
	it.current = false
	it.refreshed++
	if it.gram != nil {
		defer phase.Clock(ctx, &t.Gram, phase.Gram).Stop()
		it.lin.Gram(it.gram.g)
	}
	return ctx.Err()
}

// Restart forgets the iterations of the last target, and the preconditioner of the
// last gates; the one of the initial gates is taken again when it is asked for.
func (it *iterative) Restart() {
	it.made, it.current, it.excess, it.first = false, false, 0, -1
	it.refreshed = 0
	if it.pre != nil {
		it.pre.restart()
	}
}

func (it *iterative) State() State {
	s := State{Made: it.made, Current: it.current, Excess: it.excess, First: it.first, Refreshed: it.refreshed}
	if it.made {
		s.Ridge, s.At, s.Initial = it.pre.madeFor(), it.at, it.initial
	}
	return s
}

func (it *iterative) Renew(ctx context.Context, s *State, t *Trace) error {
	if it.pre == nil {
		return errNoPreconditioner
	}
	if err := it.Refresh(ctx, t); err != nil {
		return err
	}
	if err := it.makeAt(ctx, s.Ridge, s.Initial, t); err != nil {
		return err
	}
	if !it.made {
		return errors.New("its preconditioner cannot be made")
	}
	return nil
}

func (it *iterative) Resume(s *State) {
	it.made, it.current, it.excess, it.first, it.refreshed = s.Made, s.Current, s.Excess, s.First, s.Refreshed
}

func (it *iterative) Remember(w []float64) { it.w, it.at = w, make([]float64, len(w)) }

// renew makes the preconditioner. If JJᵀ turns out to have none, because it is
// zero or singular, a sketch is refused and low rank does without.
func (it *iterative) renew(ctx context.Context, c float64, t *Trace) error {
	return it.makeAt(ctx, c, it.refreshed == 1, t)
}

// makeAt is renew; initial says that the gates are those with which a target begins.
func (it *iterative) makeAt(ctx context.Context, c float64, initial bool, t *Trace) error {
	it.made, it.current, it.initial, it.excess, it.first = false, true, initial, 0, -1
	copy(it.at, it.w)
	err := it.pre.make(ctx, c, initial, t)
	if BrokeDown(err) && it.pre.optional() {
		return nil
	}
	it.made = err == nil
	t.Renewed = it.made
	return err
}

// prepare makes the preconditioner fit for (JJᵀ + cI), and sets expected.
func (it *iterative) prepare(ctx context.Context, c float64, t *Trace) error {
	it.expected = few
	switch {
	case it.pre == nil:
	case !it.made && !it.current && (it.cfg.AtOnce || it.refreshed == 1), !it.current && it.made && it.excess >= float64(it.cfg.MakingCost):
		return it.renew(ctx, c, t)
	case it.made:
		grown, err := it.pre.shift(ctx, c, t)
		if BrokeDown(err) {
			return it.renew(ctx, c, t)
		}
		if err != nil {
			it.made = false
			return err
		}
		it.expected = max(few, float64(it.first*grown))
	}
	return nil
}

// watch ends a solve that is accurate enough, or had better be preconditioned
// anew.
func (it *iterative) watch(i solver.Iteration) bool {
	if i.Iteration == 0 {
		it.start = i.Residual
		return true
	}
	goal := it.cfg.Tolerance * it.start
	if it.cfg.Forcing > 0 {
		enough := float64(it.cfg.Forcing*it.c) * asm.Nrm2(i.X)
		if it.forced = i.Residual <= enough; it.forced {
			return false
		}
		goal = max(goal, enough)
	}
	k := float64(i.Iteration)
	switch {
	case !it.watched || k < probe || i.Residual <= goal || it.start <= goal:
		return true
	case k >= it.limit:
		return false
	case it.made:
		return true
	case !(i.Residual < it.start):
		return false
	}
	// At this rate it takes k·ln(start/goal)/ln(start/residual).
	return float64(k*portable.Log(it.start/goal)) <= float64(2*it.limit*portable.Log(it.start/i.Residual))
}

// options returns those of a solve that starts at x, nil for zero.
func (it *iterative) options(c float64, x []float64) *solver.Options {
	o := &solver.Options{RelTol: it.cfg.Tolerance, Ridge: c, X0: x, Workspace: &it.cg, Coarse: it.coarse}
	if it.made {
		o.Preconditioner = it.pre
	}
	it.watched = it.pre != nil && !it.current && x == nil
	it.limit = it.expected + max(0, float64(it.cfg.MakingCost)-it.excess)
	it.c, it.forced = c, false
	if it.watched || it.cfg.Forcing > 0 {
		o.Callback = it.callback
	}
	return o
}

// run solves by the given method into x, under the rule above.
func (it *iterative) run(ctx context.Context, x []float64, c float64, t *Trace, solve func(*solver.Options) (solver.Result, error)) error {
	if err := it.prepare(ctx, c, t); err != nil {
		return err
	}
	defer func() {
		if it.made {
			t.Rank = it.pre.size()
		}
	}()
	timed := func(start []float64) (solver.Result, error) {
		defer phase.Clock(ctx, &t.Solve, phase.Solve).Stop()
		o := it.options(c, start)
		res, err := solve(o)
		if !it.forced || !misled(&res) {
			return res, err
		}
		o.X0, o.Coarse, it.forced = x, nil, false
		return solvedOn(res, o, solve)
	}
	res, err := timed(nil)
	before := 0
	if res.Reason == solver.Callback && !it.forced {
		if err := it.renew(ctx, c, t); err != nil {
			return err
		}
		before = res.Iterations
		res, err = timed(x)
	}
	if n := float64(res.Iterations); it.made && it.first < 0 {
		it.first = n
	} else {
		it.excess += max(0, n-it.expected)
	}
	t.Iterations, t.Residual, t.Stop = before+res.Iterations, res.RelResidual(), res.Reason.String()
	if it.forced {
		t.Stop = "accurate enough"
	}
	return err
}

// misled tells whether the callback has ended a solve whose residual is not what the recurrence took it
// for, as it may not be where float32 has too few digits.
func misled(r *solver.Result) bool { return r.TrueResidual > 1.25*r.Residual }

// solvedOn goes on from where a solve was before.
func solvedOn(before solver.Result, o *solver.Options, solve func(*solver.Options) (solver.Result, error)) (solver.Result, error) {
	res, err := solve(o)
	res.Iterations += before.Iterations
	return res, err
}

func (it *iterative) Solve(ctx context.Context, u, rhs []float64, c float64, t *Trace) error {
	if it.gram != nil {
		it.gram.team.Bind(ctx)
		defer it.gram.team.Bind(nil)
	}
	return it.run(ctx, u, c, t, func(o *solver.Options) (solver.Result, error) {
		return solver.CG(ctx, u, it.multiply, rhs, o)
	})
}

// sideBySide makes a solver.MultiOperator of G that is not there, coarse one in float32.
type (
	sideBySide struct{ lin jacobian.Linearization }
	coarse     struct{ lin jacobian.Linearization }
)

func (s sideBySide) MulVecs(dst, x []float64, k int) { s.lin.MulGramVecs(dst, x, k) }

func (c coarse) MulVec(dst, x []float64) { c.lin.MulGramVecs32(dst, x, 1) }

func (c coarse) MulVecs(dst, x []float64, k int) { c.lin.MulGramVecs32(dst, x, k) }

// SolveAll iterates on all right-hand sides in step: a product with an explicit matrix reads it
// once for all of them, and without one they share what gates and features have in common.
func (it *iterative) SolveAll(ctx context.Context, u, rhs []float64, c float64, t []Trace) (bool, error) {
	if it.pre != nil && !it.pre.optional() {
		return false, nil
	}
	if err := it.prepare(ctx, c, &t[0]); err != nil {
		return true, err
	}
	n, k := it.lin.Samples(), len(t)
	many := solver.MultiOperator(sideBySide{it.lin})
	if it.gram != nil {
		it.gram.team.Bind(ctx)
		defer it.gram.team.Bind(nil)
		many = it.gram
	}
	forced := make([]bool, k)
	o := &solver.Options{RelTol: it.cfg.Tolerance, Ridge: c, Coarse: it.coarse}
	if it.made {
		o.Preconditioner = it.pre
	}
	if it.cfg.Forcing > 0 {
		o.Callback = it.enough(c, forced)
	}
	results := make([]solver.Result, k)
	done := phase.Clock(ctx, &t[0].Solve, phase.Solve)
	err := solver.CGMulti(ctx, u[:k*n], many, rhs[:k*n], results, o)
	for j := range results {
		if err != nil || !forced[j] || !misled(&results[j]) {
			continue
		}
		x := u[j*n : (j+1)*n]
		own := *o
		own.X0, own.Coarse, own.Callback = x, nil, it.enough(c, forced[j:j+1])
		results[j], err = solvedOn(results[j], &own, func(o *solver.Options) (solver.Result, error) {
			return solver.CG(ctx, x, it.multiply, rhs[j*n:(j+1)*n], o)
		})
	}
	done.Stop()
	for j := range results {
		r := &results[j]
		t[j].Iterations, t[j].Residual, t[j].Stop = r.Iterations, r.RelResidual(), r.Reason.String()
		if forced[j] {
			t[j].Stop = "accurate enough"
		}
		if it.made {
			t[j].Rank, t[j].Renewed = it.pre.size(), true
		}
	}
	it.adopt(&t[0])
	return true, err
}

// enough returns the callback that ends solves by the forcing term, and notes which.
func (it *iterative) enough(c float64, forced []bool) func(solver.Iteration) bool {
	return func(i solver.Iteration) bool {
		if forced[i.Column] = i.Iteration > 0 && i.Residual <= float64(it.cfg.Forcing*c)*asm.Nrm2(i.X); forced[i.Column] {
			return false
		}
		return true
	}
}

func (it *iterative) Adopt(c float64, t *Trace) error {
	it.refreshed, it.current = 1, true
	it.adopt(t)
	if it.made = t.Renewed; !it.made {
		return nil
	}
	it.initial = true
	copy(it.at, it.w)
	return it.pre.reuse(c)
}

// adopt takes notice of the iterations of a target's first solve.
func (it *iterative) adopt(t *Trace) {
	if it.excess = 0; t.Renewed {
		it.first = float64(t.Iterations)
	} else {
		it.excess = max(0, float64(t.Iterations)-few)
	}
}

func (it *iterative) MinNorm(ctx context.Context, step, r []float64, t *Trace) error {
	if it.gram == nil {
		return singular(it.run(ctx, step, 0, t, func(o *solver.Options) (solver.Result, error) {
			o.Coarse = nil
			return solver.MinNorm(ctx, step, it.lin, r, o)
		}))
	}
	if err := it.Solve(ctx, it.g, r, 0, t); err != nil {
		return singular(err)
	}
	if t.Residual > 1 { // worse than nothing: r is not in the range of a singular G
		return singular(fmt.Errorf("relative residual %.3g after %d iterations: %w", t.Residual, t.Iterations, solver.ErrRankDeficient))
	}
	defer phase.Clock(ctx, &t.Update, phase.Update).Stop()
	it.lin.MulTransVec(step, it.g)
	return ctx.Err()
}
