// Package loss has the losses of a regression as what an ℓ2-regression needs of them: the
// weight of a residual, and the row that stands for it.
//
// A loss ρ that grows slower than r² is minimised by squares alone: at the residual r its
// derivative is ψ(r) = w·r with the weight w = ψ(r)/r, and ½w·r² + const lies nowhere below
// ρ and touches it at r. A weighted regression that is solved again and again, with the weights
// of the residuals that it left, therefore never raises Σρ: iteratively reweighted least
// squares (Holland and Welsch 1977; Huber and Ronchetti, Robust Statistics, 2nd ed., ch. 7).
package loss

import "math"

// Efficiency is Huber's constant in standard deviations of Gaussian noise at which the
// regression has 95 % of the efficiency of least squares on it (Huber 1964).
const Efficiency = 1.345

// Squared is the loss ½r².
type Squared struct{}

// Value returns ½r².
func (Squared) Value(r float64) float64 { return 0.5 * float64(r*r) }

// Weight returns 1.
func (Squared) Weight(float64) float64 { return 1 }

// Huber is the loss ½r² for |r| ≤ c and c|r| − ½c² beyond, whose derivative never exceeds c: a
// single row can pull no more than one with the residual c does. c must be positive; an
// infinite one makes it Squared.
type Huber struct{ Constant float64 }

// NewHuber returns the loss for residuals of so large a robust scale: c is Efficiency times
// that, infinite for a scale of 0, of which nothing is known.
func NewHuber(scale float64) Huber {
	if scale == 0 {
		return Huber{math.Inf(1)}
	}
	return Huber{Efficiency * scale}
}

// Value returns the loss of a residual.
func (h Huber) Value(r float64) float64 {
	if r = math.Abs(r); r > h.Constant {
		return float64(h.Constant*r) - 0.5*float64(h.Constant*h.Constant)
	}
	return 0.5 * float64(r*r)
}

// Weight returns ψ(r)/r: 1 for |r| ≤ c, c/|r| beyond.
func (h Huber) Weight(r float64) float64 {
	if r = math.Abs(r); r > h.Constant {
		return h.Constant / r
	}
	return 1
}

// Row returns the row that stands in a weighted ℓ2-regression for one with the residual r = y − f:
// the weight and the residual t, by which its target is f + t. It is (Weight(r), r) up to
// |r| = reach. Beyond, where Weight(r)·r² would drown the sum of all other rows, it is (1, ±c): the
// same pull ψ(r), by a square that still lies nowhere below the loss, as its curvature is larger,
// and that counts no more than an ordinary row. reach must be at least c.
func (h Huber) Row(r, reach float64) (weight, t float64) {
	if math.Abs(r) <= reach {
		return h.Weight(r), r
	}
	return 1, math.Copysign(h.Constant, r)
}
