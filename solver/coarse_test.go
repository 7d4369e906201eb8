package solver

import (
	"errors"
	"math"
	"testing"
)

// float32Operator is a Matrix whose products have the accuracy of float32.
type float32Operator struct {
	*Matrix
	products int
}

func (f *float32Operator) MulVec(dst, x []float64) { f.MulVecs(dst, x, 1) }

func (f *float32Operator) MulVecs(dst, x []float64, k int) {
	f.products += k
	f.Matrix.MulVecs(dst, x, k)
	for i, v := range dst {
		dst[i] = float64(float32(v))
	}
}

// TestCoarseProductsGiveTrueSolutions: with products in float32 a solve comes to the residual asked for, which no
// recurrence in float32 can, by a few products of A itself; columns of CGMulti are CG's to the bit.
func TestCoarseProductsGiveTrueSolutions(t *testing.T) {
	const n, k = 60, 3
	a := matrix(symmetric(3, logspace(1e-3, 1, n)), n, n)
	b := normal(1, k*n)
	for _, tol := range []float64{1e-3, 1e-11} {
		coarse := &float32Operator{Matrix: a}
		x, results := make([]float64, k*n), make([]Result, k)
		o := &Options{RelTol: tol, Coarse: coarse}
		if err := CGMulti(bg, x, a, b, results, o); err != nil {
			t.Fatal(err)
		}
		for j := range k {
			r := make([]float64, n)
			a.MulVec(r, row(x, j, k))
			norm, whole := 0.0, 0.0
			for i, v := range row(b, j, k) {
				norm, whole = math.Hypot(norm, v-r[i]), math.Hypot(whole, v)
			}
			if !results[j].Converged() || !(norm <= tol*whole*1.0001) {
				t.Errorf("tolerance %g, column %d: %v, true residual %g", tol, j, results[j].Reason, norm/whole)
			}
			if restarts := results[j].Restarts; tol < 1e-8 && restarts == 0 || restarts > 4 {
				t.Errorf("tolerance %g, column %d: %d restarts", tol, j, restarts)
			}
			alone := make([]float64, n)
			res, err := CG(bg, alone, a, row(b, j, k), o)
			if err != nil || !sameResult(res, results[j]) {
				t.Errorf("tolerance %g, column %d: %+v, alone %+v, %v", tol, j, results[j], res, err)
			}
			for i, v := range alone {
				if v != x[j*n+i] {
					t.Fatalf("tolerance %g, column %d: element %d is %g, alone %g", tol, j, i, x[j*n+i], v)
				}
			}
			if fine := res.MulVecs - res.Iterations; fine < 1 || fine > res.Restarts+1 {
				t.Errorf("tolerance %g: %d products for %d iterations, %d restarts", tol, res.MulVecs, res.Iterations, res.Restarts)
			}
		}
		if coarse.products == 0 {
			t.Error("no product was coarse")
		}
	}
}

func TestCoarseIsRefusedWhereItHasNoUse(t *testing.T) {
	const n = 5
	a := matrix(symmetric(3, logspace(0.1, 1, n)), n, n)
	x, b := make([]float64, n), normal(1, n)
	o := &Options{Coarse: a}
	for name, solve := range map[string]func() error{
		"MINRES":  func() error { _, err := MINRES(bg, x, a, b, o); return err },
		"LSQR":    func() error { _, err := LSQR(bg, x, a, b, o); return err },
		"CGLS":    func() error { _, err := CGLS(bg, x, a, b, o); return err },
		"MinNorm": func() error { _, err := MinNorm(bg, x, a, b, o); return err },
		"CGMulti": func() error {
			return CGMulti(bg, x, a, b, make([]Result, 1), &Options{Coarse: OperatorFunc(a.MulVec)})
		},
	} {
		if err := solve(); !errors.Is(err, ErrOption) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
