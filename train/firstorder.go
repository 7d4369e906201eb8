package train

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/phase"
	"github.com/nearlinear/nearlinear/train/internal/portable"
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

// firstOrder is the rule of GradientDescent and Adam. A run that is resumed
// needs velocity, square, left1, left2 and rate.
type firstOrder struct {
	vec       *vectors // whose step holds the gradient
	seed      uint64
	rate      float64   // η; 0 until GradientDescent has chosen it
	momentum  float64   // β, or β₁
	ridge     float64   // μ
	velocity  []float64 // md: of GradientDescent, or Adam's mean of gradients
	square    []float64 // md: Adam's mean of squared gradients; else nil
	left1     float64   // β₁ᵗ: what the mean of t gradients lacks
	left2     float64   // β₂ᵗ
	doAdvance func(worker, task int)
}

func newFirstOrder(s *state, cfg *config) *firstOrder {
	// prev, which restores rejected steps, is free: none is rejected.
	g := &firstOrder{vec: s.vec, seed: cfg.Seed, rate: cfg.LearningRate, momentum: max(cfg.Momentum, 0), ridge: s.mu, velocity: s.vec.prev, left1: 1, left2: 1}
	clear(g.velocity)
	g.doAdvance = g.descend
	if cfg.Rule == Adam {
		g.square = make([]float64, len(s.vec.w))
		g.doAdvance = g.adam
		if g.rate == 0 {
			g.rate = 1 / math.Sqrt(float64(cfg.Width))
		}
	}
	return g
}

// begin forgets the gradients of a target; a rate that was chosen holds for
// the next one, whose first gates are the same.
func (g *firstOrder) begin() {
	clear(g.velocity)
	clear(g.square)
	g.left1, g.left2 = 1, 1
}

func (g *firstOrder) damping() float64 { return 0 }

func (g *firstOrder) describe(r *Report) { r.LearningRate = g.rate }

func (g *firstOrder) save(s *savedState) {
	s.Gradient = savedGradient{g.rate, g.left1, g.left2, g.velocity, g.square}
}

func (g *firstOrder) restore(s *savedState) {
	g.rate, g.left1, g.left2 = s.Gradient.Rate, s.Gradient.Left1, s.Gradient.Left2
	copy(g.velocity, s.Gradient.Velocity)
	copy(g.square, s.Gradient.Square)
}

// step takes one step along the gradient Jᵀr + μ(W − W₀), whatever it does to the
// objective.
func (g *firstOrder) step(ctx context.Context, s *state, step *Step) error {
	if g.rate == 0 {
		if err := g.chooseRate(ctx, s, step); err != nil {
			return err
		}
	}
	done := phase.Clock(ctx, &step.Phases.Update, phase.Update)
	s.lin.MulTransVec(s.vec.step, s.r)
	norm, drift, ok := g.advance()
	done.Stop()
	if !ok || ctx.Err() != nil {
		return fault.ErrStopped
	}
	step.StepNorm = norm
	if err := s.evaluate(ctx, step); err != nil {
		return err
	}
	step.Loss, step.TrainRMSE, step.Accepted = s.objective(drift), rmse(s.r), true
	return s.validate(ctx, step)
}

// chooseRate sets the rate to 1/(λ + μ), λ the largest eigenvalue of G = JJᵀ at
// the initial weights by power iteration: 4mnd flops a product, some ten of them.
func (g *firstOrder) chooseRate(ctx context.Context, s *state, step *Step) error {
	defer phase.Clock(ctx, &step.Phases.Solve, phase.Solve).Stop()
	portable.Normals(s.u, rand.NewPCG(g.seed, streamPower))
	lambda := 0.0
	for range powerSteps {
		asm.Scale(s.u, 1/asm.Nrm2(s.u), s.u)
		s.lin.MulGramVec(s.u, s.u)
		if ctx.Err() != nil {
			return fault.ErrStopped
		}
		before := lambda
		lambda = asm.Nrm2(s.u)
		if !(lambda-before > powerTol*lambda) {
			break
		}
	}
	g.rate = 1
	if c := lambda + g.ridge; c > 0 { // else every gate is closed
		g.rate = 1 / c
	}
	return nil
}

// advance moves the weights by the gradient of the loss, which is in step, and
// returns the length of the move and the new ‖W − W₀‖² (0 without ridge). It
// reports false if the context ended; the weights are then of no use.
func (g *firstOrder) advance() (norm, drift float64, ok bool) {
	g.left1 *= g.momentum
	g.left2 *= adamBeta2
	ok = g.vec.team.Do(len(g.vec.steps), g.doAdvance)
	norm, drift = g.vec.sums()
	return math.Sqrt(norm), drift, ok
}

// pulled adds the gradient of the ridge to that of the loss.
func (g *firstOrder) pulled(task int) []float64 {
	step := g.vec.span(g.vec.step, task)
	if g.ridge > 0 {
		asm.Axpy(step, g.ridge, g.vec.span(g.vec.w, task))
		asm.Axpy(step, -g.ridge, g.vec.span(g.vec.w0, task))
	}
	return step
}

// descend is gradient descent with momentum: v ← βv − ηg, W ← W + v.
func (g *firstOrder) descend(_, task int) {
	step, v := g.pulled(task), g.vec.span(g.velocity, task)
	asm.Scale(v, g.momentum, v)
	asm.Axpy(v, -g.rate, step)
	g.apply(task, v)
}

// adam is the step of Kingma and Ba: with means v of g and q of g², and v̂, q̂
// free of the bias of their start at zero, W ← W − ηv̂/(√q̂ + ε).
func (g *firstOrder) adam(_, task int) {
	step, v, q := g.pulled(task), g.vec.span(g.velocity, task), g.vec.span(g.square, task)
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
func (g *firstOrder) apply(task int, move []float64) {
	g.vec.steps[task] = asm.Dot(move, move)
	asm.Axpy(g.vec.span(g.vec.w, task), 1, move)
	g.vec.measure(task)
}
