package train

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/nearlinear/nearlinear/asm"
)

// Adam's constants beside the learning rate and β₁, those of Kingma and Ba
// (2015). Its default rate is 1/√m: a step moves every weight by up to the rate,
// and an output by up to rate·√(md)/2 or so. On concrete.csv at m = 512 and
// 4096 and the digits at m = 1024, a fifth and twice of it end 1000 steps at a
// training error from 0 to 100 % larger.
const (
	adamBeta2   = 0.999
	adamEpsilon = 1e-8
)

// The power iteration that finds the largest eigenvalue of G ends when a product
// raises the estimate by less than powerTol of it, or after powerSteps. Its
// error is of no consequence: steps of 1/λ are stable up to 2(1+β)/λ.
const (
	powerTol   = 0.01
	powerSteps = 30
)

// firstOrderWindow is the number of steps in which GradientDescent and Adam must
// lower the smallest objective so far by flatDecrease of it: single steps
// decrease it by less, or raise it.
const firstOrderWindow = 100

// firstOrder reports whether steps follow the gradient and solve no system.
func (r StepRule) firstOrder() bool { return r == GradientDescent || r == Adam }

// gradient is what a first-order rule remembers from step to step. A run that
// is taken up again needs velocity, square, left1, left2 and rate.
type gradient struct {
	*vectors            // step holds the gradient
	rate      float64   // η; 0 until GradientDescent has chosen it
	momentum  float64   // β, or β₁
	ridge     float64   // μ
	velocity  []float64 // md: of GradientDescent, or Adam's mean of gradients
	square    []float64 // md: Adam's mean of squared gradients; else nil
	left1     float64   // β₁ᵗ: what the mean of t gradients lacks
	left2     float64   // β₂ᵗ
	doAdvance func(worker, task int)
}

func newGradient(v *vectors, o *Options, ridge float64) *gradient {
	// prev, which brings back rejected steps, is free: none is rejected.
	g := &gradient{vectors: v, rate: o.LearningRate, momentum: max(o.Momentum, 0), ridge: ridge, velocity: v.prev, left1: 1, left2: 1}
	clear(g.velocity)
	g.doAdvance = g.descend
	if o.Rule == Adam {
		g.square = make([]float64, len(v.w))
		g.doAdvance = g.adam
		if g.rate == 0 {
			g.rate = 1 / math.Sqrt(float64(o.Width))
		}
	}
	return g
}

// restart forgets the gradients of a target; a rate that was chosen holds for
// the next one, whose first gates are the same.
func (g *gradient) restart() {
	clear(g.velocity)
	clear(g.square)
	g.left1, g.left2 = 1, 1
}

// firstOrder takes one step along the gradient Jᵀr + μ(W − W₀), by the rule of
// GradientDescent or Adam, whatever it does to the objective.
func (t *trainer) firstOrder(ctx context.Context, s *Step) error {
	if t.grad.rate == 0 {
		if err := t.chooseRate(ctx, s); err != nil {
			return err
		}
	}
	t.report.LearningRate = t.grad.rate
	done := clock(ctx, &s.Phases.Update, phaseUpdate)
	t.op.MulTransVec(t.vec.step, t.r)
	norm, drift, ok := t.grad.advance()
	done.stop()
	if !ok || ctx.Err() != nil {
		return errStopped
	}
	s.StepNorm = norm
	if err := t.evaluate(ctx, s); err != nil {
		return err
	}
	s.Loss, s.TrainRMSE, s.Accepted = t.objective(drift), rmse(t.r), true
	return t.validate(ctx, s)
}

// chooseRate sets the rate to 1/(λ + μ), λ the largest eigenvalue of G = JJᵀ at
// the initial weights by power iteration: 4mnd flops a product, some ten of them.
func (t *trainer) chooseRate(ctx context.Context, s *Step) error {
	defer clock(ctx, &s.Phases.Solve, phaseSolve).stop()
	fillNormal(t.u, rand.NewPCG(t.o.Seed, streamPower))
	lambda := 0.0
	for range powerSteps {
		asm.Scale(t.u, 1/asm.Nrm2(t.u), t.u)
		t.op.MulGramVec(t.u, t.u)
		if ctx.Err() != nil {
			return errStopped
		}
		before := lambda
		lambda = asm.Nrm2(t.u)
		if !(lambda-before > powerTol*lambda) {
			break
		}
	}
	t.grad.rate = 1
	if c := lambda + t.mu; c > 0 { // else every gate is closed
		t.grad.rate = 1 / c
	}
	return nil
}

// advance moves the weights by the gradient of the loss, which is in step, and
// returns the length of the move and the new ‖W − W₀‖² (0 without ridge). It
// reports false if the context ended; the weights are then of no use.
func (g *gradient) advance() (norm, drift float64, ok bool) {
	g.left1 *= g.momentum
	g.left2 *= adamBeta2
	ok = g.team.Do(len(g.steps), g.doAdvance)
	norm, drift = g.sums()
	return math.Sqrt(norm), drift, ok
}

// pulled adds the gradient of the ridge to that of the loss.
func (g *gradient) pulled(task int) []float64 {
	step := g.span(g.step, task)
	if g.ridge > 0 {
		asm.Axpy(step, g.ridge, g.span(g.w, task))
		asm.Axpy(step, -g.ridge, g.span(g.w0, task))
	}
	return step
}

// descend is gradient descent with momentum: v ← βv − ηg, W ← W + v.
func (g *gradient) descend(_, task int) {
	step, v := g.pulled(task), g.span(g.velocity, task)
	asm.Scale(v, g.momentum, v)
	asm.Axpy(v, -g.rate, step)
	g.apply(task, v)
}

// adam is the step of Kingma and Ba: with means v of g and q of g², and v̂, q̂
// free of the bias of their start at zero, W ← W − ηv̂/(√q̂ + ε).
func (g *gradient) adam(_, task int) {
	step, v, q := g.pulled(task), g.span(g.velocity, task), g.span(g.square, task)
	a, b := 1-g.momentum, 1-adamBeta2
	rate, debias := -g.rate/(1-g.left1), 1/(1-g.left2)
	for i, s := range step {
		v[i] = float64(g.momentum*v[i]) + float64(a*s)
		q[i] = float64(adamBeta2*q[i]) + float64(b*float64(s*s))
		step[i] = rate * v[i] / (math.Sqrt(q[i]*debias) + adamEpsilon)
	}
	g.apply(task, step)
}

// apply adds a move to a chunk of the weights, and measures it.
func (g *gradient) apply(task int, move []float64) {
	g.steps[task] = asm.Dot(move, move)
	asm.Axpy(g.span(g.w, task), 1, move)
	g.measure(task)
}

// slow reports whether the last firstOrderWindow steps have lowered the smallest
// objective by less than flatDecrease of it.
func slow(steps []Step) bool {
	k := len(steps) - firstOrderWindow
	if k < 1 {
		return false
	}
	before, after := math.Inf(1), math.Inf(1)
	for i := range steps {
		if i < k {
			before = min(before, steps[i].Loss)
		} else {
			after = min(after, steps[i].Loss)
		}
	}
	return !(before-after > flatDecrease*before)
}
