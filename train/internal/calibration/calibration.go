// Package calibration turns scores into probabilities by vector scaling (Guo, Pleiss, Sun and
// Weinberger 2017): class j of a row has the logit Scale[j]·s_j + Shift[j]. The parameters make
// what is observed likely, with a normal prior that holds those of all classes together, so that a class
// with few rows has about the scale of the others. The negative logarithm of the posterior is
// convex, and Newton's method finds its least value, to the same bits everywhere.
package calibration

import (
	"context"
	"slices"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/model"
)

// The prior, in standard deviations of its parameters: of the scale that all classes share, of what
// a class has beside it, and of a shift.
const (
	commonScale = 20
	ownScale    = 0.5
	ownShift    = 2
)

const (
	mostSteps = 100
	smallStep = 1e-10 // of a step's predicted decrease, a row, that ends the iteration
	flattest  = 1e-9  // least curvature in a direction, a row: what rows say of it is lost in rounding
)

// New returns the calibration of the most likely parameters for n rows of k scores, row-major,
// with the class of each in 0 … max(2, k) − 1 and its weight, nil for ones. Scores are about 1
// in size. No scale is negative: predictions out of fold of what cannot be learnt run against the
// shares of the classes, which is no knowledge. A step costs 2nk² flops and a system of 2k + 1
// unknowns. It returns the error of a ctx that ended.
func New(ctx context.Context, scores []float64, class []int, weights []float64, k int) (*model.Calibration, error) {
	p := &problem{scores: slices.Clone(scores), class: class, weights: weights, k: k, theta: make([]float64, 2*k+1), silent: make([]bool, k)}
	for {
		if err := p.minimise(ctx); err != nil {
			return nil, err
		}
		c := p.calibration(p.theta)
		against := false
		for j, v := range c.Scale {
			if v < 0 && !p.silent[j] {
				p.silence(j)
				against = true
			}
		}
		if !against {
			return c, nil
		}
	}
}

// minimise sets theta to where the loss is least.
func (p *problem) minimise(ctx context.Context) error {
	clear(p.theta)
	p.theta[0] = 2
	size := len(p.theta)
	gradient, hessian, step, trial := make([]float64, size), make([]float64, size*size), make([]float64, size), make([]float64, size)
	loss := p.loss(p.theta)
	for range mostSteps {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		p.derivatives(gradient, hessian)
		chol, err := solver.NewCholesky(ctx, hessian, size, &solver.CholeskyOptions{Ridge: flattest * p.total(), Workers: 1})
		if err != nil {
			return err
		}
		copy(step, gradient)
		chol.SolveVec(step, step)
		if expected := asm.Dot(gradient, step); expected <= smallStep*p.total() {
			return nil
		}
		better := false
		for length := 1.0; length > 1e-6 && !better; length /= 2 {
			for i, v := range p.theta {
				trial[i] = v - float64(length*step[i])
			}
			if l := p.loss(trial); l < loss {
				copy(p.theta, trial)
				loss, better = l, true
			}
		}
		if !better {
			return nil
		}
	}
	return nil
}

// problem is rows and the parameters: the common scale, then for each class its own part of it, then
// the shifts.
type problem struct {
	scores  []float64
	class   []int
	weights []float64
	k       int
	theta   []float64
	silent  []bool // classes whose scores say nothing, and are zero
}

// silence takes the scores of a class out.
func (p *problem) silence(j int) {
	p.silent[j] = true
	for i := j; i < len(p.scores); i += p.k {
		p.scores[i] = 0
	}
}

func (p *problem) weight(i int) float64 {
	if p.weights == nil {
		return 1
	}
	return p.weights[i]
}

func (p *problem) total() float64 {
	t := 0.0
	for i := range p.class {
		t += p.weight(i)
	}
	return t
}

// calibration returns the one of parameters.
func (p *problem) calibration(theta []float64) *model.Calibration {
	s := &model.Calibration{Scale: make([]float64, p.k), Shift: make([]float64, p.k)}
	for j := range p.k {
		s.Shift[j] = theta[1+p.k+j]
		if !p.silent[j] {
			s.Scale[j] = theta[0] + theta[1+j]
		}
	}
	return s
}

// prior returns the precision of a parameter.
func (p *problem) prior(i int) float64 {
	switch {
	case i == 0:
		return 1.0 / (commonScale * commonScale)
	case i <= p.k:
		return 1 / (ownScale * ownScale)
	}
	return 1.0 / (ownShift * ownShift)
}

// loss returns the negative logarithm of the posterior, up to a constant.
func (p *problem) loss(theta []float64) float64 {
	s := p.calibration(theta)
	z, sum := make([]float64, s.Classes()), 0.0
	for i, c := range p.class {
		s.Probabilities(z, p.scores[i*p.k:(i+1)*p.k])
		sum -= float64(p.weight(i) * Log(z[c]))
	}
	for i, v := range theta {
		sum += float64(0.5 * float64(p.prior(i)*float64(v*v)))
	}
	return sum
}

// Log returns the logarithm of a probability, of one that is 0 as of the smallest that is not.
func Log(p float64) float64 { return portable.Log(max(p, 0x1p-1000)) }

// derivatives sets gradient and Hessian of loss at theta.
func (p *problem) derivatives(gradient, hessian []float64) {
	clear(gradient)
	clear(hessian)
	s, size, k := p.calibration(p.theta), len(gradient), p.k
	z := make([]float64, s.Classes())
	first := len(z) - k // the class of the first score: of two classes, the second
	for i, c := range p.class {
		row, w := p.scores[i*k:(i+1)*k], p.weight(i)
		s.Probabilities(z, row)
		for j, v := range row {
			pj := z[first+j]
			g := w * pj
			if c == first+j {
				g -= w
			}
			gradient[1+j] += float64(g * v)
			gradient[1+k+j] += g
			for l := 0; l <= j; l++ {
				h := -float64(float64(w*pj) * z[first+l])
				if l == j {
					h += float64(w * pj)
				}
				hessian[(1+j)*size+1+l] += float64(float64(h*v) * row[l])
				hessian[(1+k+j)*size+1+l] += float64(h * row[l])
				hessian[(1+k+j)*size+1+k+l] += h
				if l < j {
					hessian[(1+k+l)*size+1+j] += float64(h * v)
				}
			}
		}
	}
	p.share(gradient, hessian)
}

// share fills in what the common scale, which stands in all logits, has of the derivatives by
// each class's own, the upper triangle, and the prior.
func (p *problem) share(gradient, hessian []float64) {
	size, k := len(gradient), p.k
	at := func(i, j int) float64 { return hessian[max(i, j)*size+min(i, j)] }
	for j := 1; j <= k; j++ {
		gradient[0] += gradient[j]
	}
	for i := 1; i < size; i++ {
		for j := 1; j <= k; j++ {
			hessian[i*size] += at(i, j)
		}
	}
	for j := 1; j <= k; j++ {
		hessian[0] += hessian[j*size]
	}
	for i := range size {
		gradient[i] += float64(p.prior(i) * p.theta[i])
		hessian[i*size+i] += p.prior(i)
		for j := range i {
			hessian[j*size+i] = hessian[i*size+j]
		}
	}
}
