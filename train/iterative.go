package train

import (
	"context"
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
)

// The rule by which a preconditioner is made, kept and made anew. It is that of
// renting or buying skis: whatever the gates do, the time lost is at most
// about what knowing in advance would have saved.
//
// Making one costs as much as price iterations, which the plan knows from the
// sizes. A solve is expected to take par iterations: with a preconditioner those of
// the first solve after it was made, more if c has fallen since; without one,
// few. Iterations above par are a debt, which adds up from solve to solve; when
// it reaches price, the preconditioner is made, anew or for the first time, in the
// middle of a solve if need be, which goes on from where it is. A solve without
// one that after probe iterations promises to pass that mark twice over, at its
// rate of convergence so far, is not waited for. A step that converges in few
// iterations thus never sees a preconditioner, and one made at the gates of this
// step is never made again.
const (
	few   = 10
	probe = 8
)

// forcing is η in the rule that ends the solve of a damped step early. The
// residual e of an inexact solve adds to the linearised residual cu that the
// step leaves, and the decrease it predicts is as accurate as e is small beside
// cu: so there is little gain in ‖e‖ below η·c‖u‖. It is the forcing term of
// inexact Newton methods (Eisenstat and Walker 1996) in a form that needs no
// history: noisy targets leave much, and end early; where the samples are met,
// Options.InnerTol ends. On concrete.csv and synthetic tables 0.02 and 0.1 save a
// quarter and a half of the iterations of a fit, at the same errors; 0.3
// takes more steps.
const forcing = 0.03

// iterative solves by conjugate gradients on JJᵀ, implicit or explicit,
// with a preconditioner if one pays.
type iterative struct {
	op  *jacobian.Operator
	tol float64
	// forcing is η of the forcing term, 0 for none.
	forcing float64

	// Of GramCG, nil otherwise.
	gram *gramProduct
	g    []float64

	pre     preconditioner // nil: none is ever made
	eager   bool           // it is made at the first step
	made    bool           // it can be applied
	current bool           // making it now would change nothing
	price   int
	debt    float64
	fresh   float64 // iterations of the first solve after it was made, -1 before that
	par     float64

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
}

func newIterative(op *jacobian.Operator, o *Options, pre preconditioner, p plan) *iterative {
	it := &iterative{op: op, tol: o.InnerTol, forcing: o.forcing, pre: pre, eager: p.eager, price: p.price, fresh: -1}
	it.callback = it.watch
	it.multiply = solver.OperatorFunc(op.MulGramVec)
	return it
}

// refresh keeps the preconditioner: whether it still serves shows in the
// iterations.
func (it *iterative) refresh(ctx context.Context, s *Step) error {
	it.current = false
	it.refreshed++
	if p, low := it.pre.(*lowRankPre); low {
		p.initial = it.refreshed == 1
	}
	if it.gram != nil {
		defer clock(ctx, &s.Phases.Gram, phaseGram).stop()
		it.op.Gram(it.gram.g)
	}
	return ctx.Err()
}

// restart forgets the debts, and the preconditioner of the last gates; the one
// of the initial gates is taken again when it is asked for.
func (it *iterative) restart() {
	it.made, it.current, it.debt, it.fresh = false, false, 0, -1
	it.refreshed = 0
	if p, low := it.pre.(*lowRankPre); low {
		p.RPCholesky = nil
	}
}

// resume takes over what was saved, once the preconditioner is made.
func (it *iterative) resume(s *solverState) {
	it.made, it.current, it.debt, it.fresh, it.refreshed = s.Made, s.Current, s.Debt, s.Fresh, s.Refreshed
	if p, low := it.pre.(*lowRankPre); low {
		p.initial = it.refreshed == 1
	}
}

// renew makes the preconditioner. If JJᵀ turns out to have none, because it is
// zero or singular, a sketch is refused and low rank does without.
func (it *iterative) renew(ctx context.Context, c float64, s *Step) error {
	it.made, it.current, it.debt, it.fresh = false, true, 0, -1
	copy(it.at, it.w)
	err := it.pre.make(ctx, c, s)
	if _, low := it.pre.(*lowRankPre); low && brokeDown(err) {
		return nil
	}
	it.made = err == nil
	s.Renewed = it.made
	return err
}

// prepare makes the preconditioner fit for (JJᵀ + cI), and sets par.
func (it *iterative) prepare(ctx context.Context, c float64, s *Step) error {
	it.par = few
	switch {
	case it.pre == nil:
	case !it.made && it.eager && !it.current, !it.current && it.made && it.debt >= float64(it.price):
		return it.renew(ctx, c, s)
	case it.made:
		grown, err := it.pre.shift(ctx, c, s)
		if brokeDown(err) {
			return it.renew(ctx, c, s)
		}
		if err != nil {
			it.made = false
			return err
		}
		it.par = max(few, float64(it.fresh*grown))
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
	goal := it.tol * it.start
	if it.forcing > 0 {
		enough := float64(it.forcing*it.c) * asm.Nrm2(i.X)
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
	return float64(k*logarithm(it.start/goal)) <= float64(2*it.limit*logarithm(it.start/i.Residual))
}

// options returns those of a solve that starts at x, nil for zero.
func (it *iterative) options(c float64, x []float64) *solver.Options {
	o := &solver.Options{RelTol: it.tol, Ridge: c, X0: x, Workspace: &it.cg}
	if it.made {
		o.Preconditioner = it.pre
	}
	it.watched = it.pre != nil && !it.current && x == nil
	it.limit = it.par + max(0, float64(it.price)-it.debt)
	it.c, it.forced = c, false
	if it.watched || it.forcing > 0 {
		o.Callback = it.callback
	}
	return o
}

// run solves by the given method into x, under the rule above.
func (it *iterative) run(ctx context.Context, x []float64, c float64, s *Step, solve func(*solver.Options) (solver.Result, error)) (inner, error) {
	if err := it.prepare(ctx, c, s); err != nil {
		return inner{}, err
	}
	defer func() {
		if it.made {
			s.Rank = it.pre.size()
		}
	}()
	timed := func(x []float64) (solver.Result, error) {
		defer clock(ctx, &s.Phases.Solve, phaseSolve).stop()
		return solve(it.options(c, x))
	}
	res, err := timed(nil)
	before := 0
	if res.Reason == solver.Callback && !it.forced {
		if err := it.renew(ctx, c, s); err != nil {
			return inner{}, err
		}
		before = res.Iterations
		res, err = timed(x)
	}
	if n := float64(res.Iterations); it.made && it.fresh < 0 {
		it.fresh = n
	} else {
		it.debt += max(0, n-it.par)
	}
	in := inner{iters: before + res.Iterations, residual: res.RelResidual(), stop: res.Reason.String()}
	if it.forced {
		in.stop = "accurate enough"
	}
	return in, err
}

func (it *iterative) solve(ctx context.Context, u, rhs []float64, c float64, s *Step) (inner, error) {
	if it.gram != nil {
		it.gram.team.Bind(ctx)
		defer it.gram.team.Bind(nil)
	}
	return it.run(ctx, u, c, s, func(o *solver.Options) (solver.Result, error) {
		return solver.CG(ctx, u, it.multiply, rhs, o)
	})
}

func (it *iterative) minNorm(ctx context.Context, step, r []float64, s *Step) (inner, error) {
	if it.gram == nil {
		in, err := it.run(ctx, step, 0, s, func(o *solver.Options) (solver.Result, error) {
			return solver.MinNorm(ctx, step, it.op, r, o)
		})
		return in, singular(err)
	}
	in, err := it.solve(ctx, it.g, r, 0, s)
	if err != nil {
		return in, singular(err)
	}
	if in.residual > 1 { // worse than nothing: r is not in the range of a singular G
		return in, singular(fmt.Errorf("train: relative residual %.3g after %d iterations: %w", in.residual, in.iters, solver.ErrRankDeficient))
	}
	defer clock(ctx, &s.Phases.Update, phaseUpdate).stop()
	it.op.MulTransVec(step, it.g)
	return in, ctx.Err()
}
