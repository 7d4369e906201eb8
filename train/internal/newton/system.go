// Package newton solves the n × n systems of a Gauss–Newton step, (JJᵀ + cI)u ≈ rhs,
// for a network that it knows as a jacobian.Linearization alone.
//
// Three systems are here. [NewExact] forms JJᵀ and factors it. [NewGramCG] forms it and
// iterates, [NewMatrixFree] iterates on products with J, both with a low-rank
// preconditioner that is made once the iterations show that it pays. [NewSketched] is the
// paper's path: matrix-free, preconditioned by the factor of a sketch of Jᵀ.
//
// A step calls Refresh when the gates have changed, then Solve, or MinNorm without
// damping. What a solve came to and what it cost is added to its [Trace].
package newton

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/internal/phase"
)

// System solves the n × n systems of one linearization.
type System interface {
	// Refresh takes notice of the gates of the last Linearize.
	Refresh(ctx context.Context, t *Trace) error
	// Solve sets u with (JJᵀ + cI)u ≈ rhs, c > 0.
	Solve(ctx context.Context, u, rhs []float64, c float64, t *Trace) error
	// SolveAll solves (JJᵀ + cI)u ≈ rhs, c > 0, for len(t) right-hand sides, one after the other
	// in rhs, at the gates with which targets begin: with one factor or preconditioner, and the
	// bits that Solve has for each. It reports false where they share nothing.
	SolveAll(ctx context.Context, u, rhs []float64, c float64, t []Trace) (bool, error)
	// Adopt makes a target, after Restart, go on from its first solve, which SolveAll has done for
	// it at the damping c.
	Adopt(c float64, t *Trace) error
	// MinNorm sets step to the shortest vector with J·step ≈ r.
	MinNorm(ctx context.Context, step, r []float64, t *Trace) error
	// Restart forgets what was learnt from a target, for the next one.
	Restart()

	// State returns what is remembered from step to step. Renew makes anew what the
	// state does not hold, at the gates of the last Linearize, which must be those at
	// which it was made first, and Resume then goes on from the state.
	State() State
	Renew(ctx context.Context, s *State, t *Trace) error
	Resume(s *State)
	// Remember keeps a copy of the weights w, from now on, whenever what State does
	// not hold is made, for State to tell.
	Remember(w []float64)
}

// State is what a system remembers from step to step.
type State struct {
	Made, Current bool
	Initial       bool // the preconditioner is that of the gates with which a target begins
	Excess, First float64
	Refreshed     int
	Ridge         float64   // of the preconditioner
	At            []float64 // weights at which it was made
}

// Trace tells how a system was solved.
type Trace struct {
	Gram, Factor, Solve, Update time.Duration

	Iterations int     // of conjugate gradients
	Residual   float64 // true relative residual; NaN when not computed
	Stop       string  // why the iterations ended; empty for a factor
	Rank       int     // columns or rows of the preconditioner they ended with; 0 without one
	Renewed    bool    // it was made in this step
}

// BrokeDown reports whether a system was not positive definite in floating point.
func BrokeDown(err error) bool {
	for _, e := range []error{solver.ErrNotPositiveDefinite, solver.ErrRankDeficient, solver.ErrIndefinite, solver.ErrNotFinite} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// singular adds advice to the errors that a singular Gram matrix causes.
func singular(err error) error {
	if BrokeDown(err) {
		return fmt.Errorf("train: undamped step: the Gram matrix is singular to rounding, as it is with duplicate rows; use LevenbergMarquardt: %w", err)
	}
	return err
}

// exact forms the Gram matrix and factors it.
type exact struct {
	lin     jacobian.Linearization
	workers int
	gram, g []float64
	chol    *solver.Cholesky[float64]
}

// NewExact returns the system that forms JJᵀ and factors it: 16n² bytes.
func NewExact(lin jacobian.Linearization, workers int) System {
	n := lin.Samples()
	return &exact{lin: lin, workers: workers, gram: make([]float64, n*n), g: make([]float64, n)}
}

func (e *exact) Refresh(ctx context.Context, t *Trace) error {
	defer phase.Clock(ctx, &t.Gram, phase.Gram).Stop()
	e.lin.Gram(e.gram)
	return ctx.Err()
}

func (e *exact) factor(ctx context.Context, c float64, t *Trace) error {
	defer phase.Clock(ctx, &t.Factor, phase.Factor).Stop()
	if e.chol != nil {
		return e.chol.Factor(ctx, e.gram, c)
	}
	var err error
	e.chol, err = solver.NewCholesky(ctx, e.gram, len(e.g), &solver.CholeskyOptions{Ridge: c, Workers: e.workers})
	return err
}

func (e *exact) Solve(ctx context.Context, u, rhs []float64, c float64, t *Trace) error {
	if err := e.factor(ctx, c, t); err != nil {
		return err
	}
	return e.solveVec(ctx, u, rhs, t)
}

// SolveAll takes n² flops a right-hand side after the factor, one after the other: for k
// vectors at once the solver has other bits, and gains only from 16 on.
func (e *exact) SolveAll(ctx context.Context, u, rhs []float64, c float64, t []Trace) (bool, error) {
	if err := e.factor(ctx, c, &t[0]); err != nil {
		return true, err
	}
	n := len(e.g)
	for j := range t {
		if err := e.solveVec(ctx, u[j*n:(j+1)*n], rhs[j*n:(j+1)*n], &t[j]); err != nil {
			return true, err
		}
	}
	return true, nil
}

func (e *exact) solveVec(ctx context.Context, u, rhs []float64, t *Trace) error {
	defer phase.Clock(ctx, &t.Solve, phase.Solve).Stop()
	t.Residual = math.NaN()
	return e.chol.SolveVecContext(ctx, u, rhs)
}

func (e *exact) MinNorm(ctx context.Context, step, r []float64, t *Trace) error {
	if err := e.factor(ctx, 0, t); err != nil {
		return singular(err)
	}
	if err := e.solveVec(ctx, e.g, r, t); err != nil {
		return err
	}
	defer phase.Clock(ctx, &t.Update, phase.Update).Stop()
	e.lin.MulTransVec(step, e.g)
	return ctx.Err()
}

// A factor is made anew at every step, and nothing is remembered.

func (e *exact) Restart()                    {}
func (e *exact) Adopt(float64, *Trace) error { return nil }
func (e *exact) State() State                { return State{} }
func (e *exact) Resume(*State)               {}
func (e *exact) Remember([]float64)          {}

func (e *exact) Renew(context.Context, *State, *Trace) error { return errNoPreconditioner }

var errNoPreconditioner = errors.New("it has a preconditioner, which this fit has not")
