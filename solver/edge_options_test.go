package solver

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func TestInfiniteTolerancesAreRefused(t *testing.T) {
	a := matrix([]float64{4, 1, 1, 3}, 2, 2)
	for _, tol := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		for name, solve := range map[string]func(x, b []float64, o *Options) (Result, error){
			"CG":      func(x, b []float64, o *Options) (Result, error) { return CG(bg, x, a, b, o) },
			"MINRES":  func(x, b []float64, o *Options) (Result, error) { return MINRES(bg, x, a, b, o) },
			"LSQR":    func(x, b []float64, o *Options) (Result, error) { return LSQR(bg, x, a, b, o) },
			"MinNorm": func(x, b []float64, o *Options) (Result, error) { return MinNorm(bg, x, a, b, o) },
		} {
			if _, err := solve(make([]float64, 2), make([]float64, 2), &Options{RelTol: tol, X0: []float64{1, 1}}); !errors.Is(err, ErrOption) {
				t.Errorf("%s, RelTol %v: %v", name, tol, err)
			}
		}
	}
}

// TestWithoutToleranceSolvedIsKept: a negative RelTol asks for all there is, and a
// solution that is exact is not lost on the way.
func TestWithoutToleranceSolvedIsKept(t *testing.T) {
	for _, o := range []Options{{RelTol: -1}, {RelTol: -1, AbsTol: 1e-30, MaxIter: 3000}, {RelTol: -1, Ridge: 1}, {RelTol: -1, NoRestart: true}} {
		for name, solve := range map[string]func(context.Context, []float64, TransOperator, []float64, *Options) (Result, error){"LSQR": LSQR, "CGLS": CGLS} {
			for rows := 1; rows <= 5; rows++ {
				a := []float64{1, 2, -1, 0.5, 3}[:rows]
				b := []float64{1, 1, 2, -3, 0.25}[:rows]
				x := []float64{0}
				own := o
				res, err := solve(bg, x, matrix(a, rows, 1), b, &own)
				var num float64
				den := o.Ridge
				for i, v := range a {
					num += v * b[i]
					den += v * v
				}
				if want := num / den; err != nil || !(math.Abs(x[0]-want) <= 1e-14*(1+math.Abs(want))) {
					t.Errorf("%s of %d rows, %+v: %v, want %v; %+v, %v", name, rows, o, x[0], want, res.Reason, err)
				}
			}
		}
	}
}

// TestWithoutToleranceEndsInNumbers goes on until products vanish. In the first four
// problems ‖Ap‖ does before ‖Aᵀr‖.
func TestWithoutToleranceEndsInNumbers(t *testing.T) {
	for _, seed := range []uint64{1074, 1770, 1948, 2606, 1, 2, 3, 4, 5, 6, 7, 8} {
		rng := rand.New(rand.NewPCG(seed, 1))
		m, n := 1+rng.IntN(12), 1+rng.IntN(12)
		a, b := make([]float64, m*n), make([]float64, m)
		for i := range a {
			a[i] = rng.NormFloat64()
		}
		for i := range b {
			b[i] = rng.NormFloat64()
		}
		if rng.IntN(3) == 0 {
			for i, v := range a {
				a[i] = math.Round(v)
			}
			for i, v := range b {
				b[i] = math.Round(v)
			}
		}
		for name, solve := range map[string]func(context.Context, []float64, TransOperator, []float64, *Options) (Result, error){"LSQR": LSQR, "CGLS": CGLS} {
			x := make([]float64, n)
			res, err := solve(bg, x, matrix(a, m, n), b, &Options{RelTol: -1, MaxIter: 3000, Ridge: float64(seed % 2)})
			if err != nil || checkFinite("x", "x", x) != nil || !(res.NormalResidual <= 1e-12) {
				t.Errorf("%s, seed %d, %d × %d: %+v, %v", name, seed, m, n, res, err)
			}
		}
	}
}

// TestCGTellsThatTheContextEndedInItsLastProduct: the one for the true residual.
func TestCGTellsThatTheContextEndedInItsLastProduct(t *testing.T) {
	why := errors.New("why")
	a := matrix([]float64{4, 1, 1, 3}, 2, 2)
	ctx, cancel := context.WithCancelCause(bg)
	products := 0
	res, err := CG(ctx, make([]float64, 2), OperatorFunc(func(dst, x []float64) {
		if products++; products == 2 {
			cancel(why)
		}
		a.MulVec(dst, x)
	}), []float64{1, 2}, &Options{MaxIter: 1})
	if !errors.Is(err, why) || res.Reason != Cancelled || !math.IsNaN(res.TrueResidual) {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestSizesAndDiagonalsBeyondReason(t *testing.T) {
	if _, err := NewSketchQR(bg, nil, 0, 1<<(bitsOfInt/2+1), nil); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	if _, err := NewShiftedSketch(bg, nil, 0, 1<<(bitsOfInt/2+1), nil); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	if _, err := NewInverseDiag(1<<(bitsOfInt/2+1), 1); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	if _, err := NewJacobi([]float64{1.5e308}, 1.5e308); !errors.Is(err, ErrNotFinite) {
		t.Error(err)
	}
}

const bitsOfInt = 32 << (^uint(0) >> 63)

// TestLeastSquaresOfTinyColumns: their scale is more than a float64 holds.
func TestLeastSquaresOfTinyColumns(t *testing.T) {
	const tiny = 1e-310
	s, err := NewLeastSquares(bg, matrix([]float64{tiny, 2 * tiny}, 2, 1), 2, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := []float64{0}
	if res, err := s.Solve(bg, x, []float64{tiny, 2 * tiny}); err != nil || math.Abs(x[0]-1) > 1e-12 {
		t.Errorf("x is %v, %+v, %v", x, res, err)
	}
}

// TestPivotsEndWithTheContext: choosing them takes k³ operations.
func TestPivotsEndWithTheContext(t *testing.T) {
	qr, err := NewQR(bg, []float64{1, 2, 2, 4, 3, 6}, 3, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &sketchFactor{k: 2, qr: qr}
	if _, _, kept, err := f.pivoted(bg, 1e-9); kept != 1 || err != nil {
		t.Errorf("%d columns kept, %v", kept, err)
	}
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(bg)
	cancel(why)
	if _, _, _, err := f.pivoted(ctx, 1e-9); !errors.Is(err, why) {
		t.Error(err)
	}
}

func TestNewSketchThatMakesNothingIsRefused(t *testing.T) {
	a := normal(3, 200*4)
	for _, tall := range []bool{true, false} {
		m, n := 200, 4
		if !tall {
			m, n = n, m
		}
		_, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{NewSketch: func(n, s int, seed uint64) (Sketch, error) { return nil, nil }})
		if !errors.Is(err, ErrOption) {
			t.Errorf("%d × %d: %v", m, n, err)
		}
	}
}
