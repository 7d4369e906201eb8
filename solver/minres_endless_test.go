package solver

import (
	"context"
	"testing"
)

// endless is an operator that ends the context where a solve takes more products
// than any of a few unknowns should.
type endless struct {
	Operator
	cancel context.CancelFunc
	left   int
}

func (o *endless) MulVec(dst, x []float64) {
	if o.left--; o.left < 0 {
		o.cancel()
	}
	o.Operator.MulVec(dst, x)
}

// A run that refuses its first step ends the solve: the next one would as well.
// Scales alone are no reason to refuse.
func TestMINRESEndsWithoutAStep(t *testing.T) {
	const e = 1e15
	for _, c := range []struct {
		name string
		a, b []float64
		pre  Preconditioner
		want StopReason
	}{
		{"preconditioned far apart", []float64{1 / e, 1, 1, -e}, []float64{1, 0}, inverse{e, 1 / e}, Stagnated},
		{"‖A‖‖b‖ overflows", []float64{1e250}, []float64{1e100}, nil, Converged},
		{"‖A‖‖b‖ underflows", []float64{1e-250}, []float64{1e-100}, nil, Converged},
		{"‖A‖‖b‖ overflows, order 2", []float64{2e250, 1e250, 1e250, -3e250}, []float64{1e100, 3e100}, nil, Converged},
	} {
		n := len(c.b)
		x := make([]float64, n)
		ctx, cancel := context.WithCancel(bg)
		res, err := MINRES(ctx, x, &endless{matrix(c.a, n, n), cancel, 50}, c.b, &Options{Preconditioner: c.pre})
		cancel()
		if err != nil || res.Reason != c.want || checkFinite("", "x", x) != nil {
			t.Errorf("%s: x = %v, %+v, %v", c.name, x, res, err)
		}
	}
}

// inverse applies a diagonal.
type inverse []float64

func (p inverse) SolveVec(dst, r []float64) {
	for i, v := range p {
		dst[i] = v * r[i]
	}
}
