package train

import (
	"context"
	"math"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/phase"
)

// meanDiagonal is the expected trace(JJᵀ)/n at random weights, for unit rows:
// the share of open gates.
const meanDiagonal = 0.5

// λ of the first step unless Options.Damping says otherwise: where the ridge was chosen, a
// share of it, so that the step is about the ridge regression by which it was. With more the
// first step of small ridges falls short: on the meats table, of μ = 3·10⁻⁴, the error on new
// rows was 0.207 with λ = 0.005 after as many steps as pay, and is 0.176 (three splits). Where there are so
// many rows that some are held out, it gains nothing and takes a third more iterations.
const (
	firstDamping = 0.01 * meanDiagonal
	firstShare   = 1.0 / 16
)

// firstDamping returns λ of the first step.
func (c *config) firstDamping() float64 {
	switch {
	case c.Damping > 0:
		return c.Damping
	case c.widens() && c.heldOf == 0:
		return min(firstDamping, float64(firstShare*c.mu()))
	}
	return firstDamping
}

// damped is the rule of Levenberg and Marquardt.
type damped struct {
	initial float64 // λ with which a target begins
	lambda  float64
	growth  float64 // factor of λ at the next rejection (Nielsen)
}

func newDamped(cfg *config) *damped {
	d := &damped{initial: cfg.firstDamping()}
	d.begin()
	return d
}

func (d *damped) begin() { d.lambda, d.growth = d.initial, 2 }

func (d *damped) damping() float64 { return d.lambda }

func (d *damped) describe(*Report) {}

func (d *damped) save(s *savedState) { s.Lambda, s.Growth = d.lambda, d.growth }

func (d *damped) restore(s *savedState) { d.lambda, d.growth = s.Lambda, s.Growth }

// step tries one damped step and takes it if the objective falls.
//
// With c = μ + λ and Δ = W − W₀: (G + cI)u = r − (μ/c)JΔ, δ = −Jᵀu − (μ/c)Δ.
// The linearised residual r + Jδ is c·u, up to the residual of an inexact solve, and
// so is the predicted decrease.
func (d *damped) step(ctx context.Context, s *state, step *Step) error {
	c := s.mu + d.lambda
	pull := 0.0
	if s.mu > 0 {
		pull = s.mu / c
	}
	t := newton.Trace{Residual: math.NaN()}
	// The first system of every target may be solved already, with that of the first target.
	solved, err := s.first.of(ctx, s, s.u, c, pull, &t)
	if !solved && err == nil {
		if err = s.refresh(ctx, &t); err == nil {
			err = s.solve(ctx, c, pull, &t)
		}
	}
	step.trace(&t)
	if newton.BrokeDown(err) {
		// Damping below the rounding of G: there is no trial, more will do.
		step.Loss, step.TrainRMSE, step.InnerStop = math.NaN(), math.NaN(), "not positive definite"
		d.reject(s)
		return nil
	}
	if err != nil {
		return stopped(ctx, err)
	}
	if err := d.try(ctx, s, c, pull, step); err != nil {
		return err
	}
	if step.Loss < s.loss {
		d.accept(s, step)
		return s.validate(ctx, step)
	}
	d.reject(s)
	// The trial left its own outputs and gates behind.
	flips, share := step.Flips, step.FlipShare
	s.vec.undo()
	err = s.evaluate(ctx, step)
	step.Flips, step.FlipShare = flips, share
	return err
}

// Where the ridge was chosen, the first step has to do what the linearised network promises, by
// which it was chosen. Wider initial weights turn by less and so flip fewer gates, while J and the
// zero of the start do not depend on their length: where the gain ratio is below heldGain they
// are made wider, widerBy at a time, until they are widest times as wide.
const (
	heldGain = 0.9
	widerBy  = 4
	widest   = 256
)

// try moves the weights by the solution u and evaluates the network there: loss and gain ratio.
func (d *damped) try(ctx context.Context, s *state, c, pull float64, step *Step) error {
	done := phase.Clock(ctx, &step.Phases.Update, phase.Update)
	s.lin.MulTransVec(s.vec.step, s.u)
	norm, drift, ok := s.vec.move(pull)
	done.Stop()
	if !ok {
		return fault.ErrStopped
	}
	step.StepNorm = norm
	promised := s.loss - float64(0.5*c*c*asm.Dot(s.u, s.u)) - float64(0.5*s.mu*drift)
	for {
		if err := s.evaluate(ctx, step); err != nil {
			return err
		}
		step.Loss, step.TrainRMSE, step.GainRatio = s.objective(drift), rmse(s.r), 0
		if promised > 0 {
			step.GainRatio = (s.loss - step.Loss) / promised
		}
		if step.Index != 1 || step.GainRatio >= heldGain || s.vec.factor >= widest || !s.cfg.widens() {
			return nil
		}
		if drift, ok = s.vec.widen(widerBy); !ok {
			return fault.ErrStopped
		}
	}
}

// accept adapts the damping to the prediction: a tenth where it was nearly
// exact, else the rule of Nielsen (1999), which shrinks it to a third at best
// and lets it grow, up to twofold, where less than half of the predicted
// decrease came.
func (d *damped) accept(s *state, step *Step) {
	step.Accepted = true
	s.moved, s.loss, d.growth = true, step.Loss, 2
	if step.GainRatio > 0.9 {
		d.lambda /= 10
		return
	}
	g := 2*step.GainRatio - 1
	d.lambda *= max(1.0/3, 1-float64(g*g*g))
}

// reject grows the damping, faster each time in a row.
func (d *damped) reject(s *state) {
	if d.lambda == 0 {
		d.lambda = max(s.mu, 1e-8*meanDiagonal)
	}
	d.lambda *= d.growth
	d.growth *= 2
}

// solve solves the damped system for u.
func (s *state) solve(ctx context.Context, c, pull float64, t *newton.Trace) error {
	s.rightSide(ctx, pull, t)
	return s.sys.Solve(ctx, s.u, s.rhs, c, t)
}

// rightSide sets the right-hand side of the damped system, r − pull·JΔ, where JΔ = f − JW₀,
// because JW = f.
func (s *state) rightSide(ctx context.Context, pull float64, t *newton.Trace) {
	copy(s.rhs, s.r)
	if pull == 0 {
		return
	}
	done := phase.Clock(ctx, &t.Update, phase.Update)
	s.lin.MulVec(s.jDelta, s.vec.w0)
	done.Stop()
	asm.Scale(s.jDelta, -1, s.jDelta)
	asm.Axpy(s.jDelta, 1, s.f)
	asm.Axpy(s.rhs, -pull, s.jDelta)
}
