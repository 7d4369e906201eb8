package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// LeastSquaresMethod is a way to use the factor R of a sketch.
type LeastSquaresMethod int

const (
	// Refined is backward stable; see LeastSquares.
	Refined LeastSquaresMethod = iota
	// Textbook is LSQR with the preconditioner RᵀR, from zero and in one run
	// (for a wide A, conjugate gradients on AAᵀ): what Rokhlin and Tygert (2008)
	// and Blendenpik do. It loses digits as κ(A) grows (Meier, Nakatsukasa,
	// Townsend and Webb 2024), and is here to be compared with.
	Textbook
)

// LeastSquaresOptions configures NewLeastSquares. nil means the zero value.
type LeastSquaresOptions struct {
	Method LeastSquaresMethod

	// Ridge is λ ≥ 0: minimise ‖Ax − b‖² + λ‖x‖².
	Ridge float64

	// Tol is the relative backward error that counts as converged; 0 means
	// 2⁻⁵¹, four roundings. For Textbook it is LSQR's RelTol.
	Tol float64

	// NewSketch makes the sketch; nil means a SparseSign with ζ = 8.
	NewSketch func(n, s int, seed uint64) (Sketch, error)
	Seed      uint64

	// SketchRatio is s over the smaller dimension of A; 0 means 4. As soon as a
	// round takes more than RoundIter iterations, s doubles, as long as it stays
	// within MaxSketchRatio; 0 means 16.
	SketchRatio, MaxSketchRatio float64
	RoundIter                   int // 0 means 100

	Workers int // goroutines of sketch and factor; 0 means GOMAXPROCS. No bit depends on it.
}

// LeastSquaresResult is a Result with what the sketch adds to it.
type LeastSquaresResult struct {
	Result

	// BackwardError estimates the smallest relative perturbation of A and b that
	// makes x an exact minimiser, each measured against its own norm: for a tall
	// A that of Karlson and Waldén (1997) with the sketch in place of A, right to
	// a factor of about three; for a wide one ‖b − Ax‖/(‖A‖‖x‖ + ‖b‖).
	BackwardError float64

	SketchRows int // s of the last sketch; the larger dimension itself if that was as cheap
	Sketches   int // how many were made by this solve, none if the first one served

	// Rank is how many of the columns of a tall A are independent to working
	// precision: where it is less than n, the other unknowns are zero, and what
	// is said of A above and in Solve is said of the columns kept.
	Rank int

	// Regularized is the ridge that the rounds of a wide A add because its rows are
	// dependent to working precision, 0 if none: (30·2⁻⁵³·σ_max)², or the nearest
	// positive double. Residuals and BackwardError are without it.
	Regularized float64
}

// LeastSquares solves min ‖Ax − b‖² + λ‖x‖² for an m × n operator A that is much
// taller than wide, or for the shortest x if it is wider than tall, with the
// factor R of a random sketch S·A of s rows: A·R⁻¹ has a condition of about
// (1+√(n/s))/(1−√(n/s)), 3 for s = 4n, whatever that of A is.
//
// A tall A is solved by sketch-and-precondition with iterative refinement
// (Epperly, Meier and Nakatsukasa 2024): from the minimiser of ‖S(Ax − b)‖,
// rounds of
//
//	r ← b − A·x,   R⁻ᵀAᵀA·R⁻¹·w = R⁻ᵀAᵀr by conjugate gradients,   x ← x + R⁻¹·w
//
// of which two make x backward stable, as Householder QR is, at every condition
// that is not singular to working precision. Columns are scaled to norms
// between 1 and 2 first, by powers of two. The rounds end when an estimate of
// the backward error meets Options.Tol. A wide A goes to MinNorm, scaled by one
// power of two, and b by another: if b is not in its range, the solve ends as
// Stagnated, at a residual that says so.
//
// The sketch of an explicit Matrix reads it once; that of another operator takes
// n products with unit vectors. Then 2sn² + 8n³/3 flops; a solve takes about 40
// products with A and as many with Aᵀ. One factor serves any number of b.
type LeastSquares struct {
	a      TransOperator
	m, n   int
	o      LeastSquaresOptions
	f      *sketchFactor
	ratio  float64
	fresh  int       // sketches since the last result
	sb     []float64 // S·b, then Qᵀ·S·b
	z, x   []float64 // unknown among kept and scaled columns; what it is in full
	r      []float64 // b − A·x
	g      []float64 // D·Aᵀr − P·z
	full   []float64 // Aᵀr
	exp    int       // r, g and full are in units of 2^exp
	w      []float64 // the correction of a round
	tz, tn []float64
	tm     []float64
	wide   wideOperator
	books  Result
	ws     Workspace
	normal func(dst, w []float64)
}

// NewLeastSquares sketches the m × n operator a and factors the sketch.
//
// ErrShape for an empty matrix, ErrOption for an option out of range; errors of
// NewSketch; ErrNotFinite for NaN or Inf in the sketch, with the column; the
// cause of ctx, which is asked between products and every few milliseconds. A
// singular A is no error: see Rank and Regularized in LeastSquaresResult.
func NewLeastSquares(ctx context.Context, a TransOperator, m, n int, opts *LeastSquaresOptions) (*LeastSquares, error) {
	var o LeastSquaresOptions
	if opts != nil {
		o = *opts
	}
	if m < 1 || n < 1 {
		return nil, fmt.Errorf("solver: LeastSquares of %d × %d: %w", m, n, ErrShape)
	}
	if x, ok := a.(*Matrix); ok && (x.m != m || x.n != n) {
		return nil, fmt.Errorf("solver: LeastSquares of %d × %d of a %d × %d matrix: %w", m, n, x.m, x.n, ErrShape)
	}
	if err := checkRidge("LeastSquares", o.Ridge); err != nil {
		return nil, err
	}
	if o.NewSketch == nil {
		o.NewSketch = func(n, s int, seed uint64) (Sketch, error) { return NewSparseSign(n, s, 8, seed) }
	}
	if o.Tol == 0 {
		o.Tol = 0x1p-51
	}
	if o.SketchRatio == 0 {
		o.SketchRatio = 4
	}
	if o.MaxSketchRatio == 0 {
		o.MaxSketchRatio = max(16, o.SketchRatio)
	}
	if o.RoundIter == 0 {
		o.RoundIter = 100
	}
	if o.Method < Refined || o.Method > Textbook || !(o.Tol > 0) || !(o.SketchRatio >= 1) || !(o.MaxSketchRatio >= o.SketchRatio) || !finite(o.MaxSketchRatio) || o.RoundIter < 0 {
		return nil, fmt.Errorf("solver: LeastSquares: Method %d, Tol %v, SketchRatio %v, MaxSketchRatio %v, RoundIter %d: %w", o.Method, o.Tol, o.SketchRatio, o.MaxSketchRatio, o.RoundIter, ErrOption)
	}
	l := &LeastSquares{a: a, m: m, n: n, o: o, ratio: o.SketchRatio}
	if err := l.sketch(ctx); err != nil {
		return nil, err
	}
	l.fresh = 0
	if m >= n {
		l.x, l.full = make([]float64, n), make([]float64, n)
		l.r, l.tm = make([]float64, m), make([]float64, m)
	} else {
		l.r = make([]float64, m)
		l.wide = wideOperator{a, l.f.exp}
	}
	l.normal = l.mulNormal
	return l, nil
}

// sketch makes and factors a sketch of ratio times the smaller dimension.
func (l *LeastSquares) sketch(ctx context.Context) error {
	f, err := newSketchFactor(ctx, l)
	if err != nil {
		return err
	}
	l.f = f
	l.sb = make([]float64, f.rows)
	l.fresh++
	k := len(f.cols)
	l.z, l.g, l.w, l.tz, l.tn = make([]float64, k), make([]float64, k), make([]float64, k), make([]float64, k), make([]float64, k)
	return nil
}

// Dims returns m and n.
func (l *LeastSquares) Dims() (rows, cols int) { return l.m, l.n }

// Solve sets dst, of length n, to the solution for b, of length m; they must not
// overlap. But for a sketch that has to be made anew, nothing is allocated.
//
// Reason is Converged once BackwardError is at most Options.Tol, Stagnated if a
// round does not halve it any more, MaxIterations if a round reaches
// RoundIter with the largest sketch; dst then is the best x. Iterations are those of
// all rounds, Restarts their number less one. Errors: ErrShape; ErrNotFinite for
// NaN or Inf in b or made by the operator; the cause of ctx, with the x of the
// last full round.
func (l *LeastSquares) Solve(ctx context.Context, dst, b []float64) (LeastSquaresResult, error) {
	if len(dst) != l.n || len(b) != l.m {
		return LeastSquaresResult{}, fmt.Errorf("solver: LeastSquares of %d × %d with dst of %d, b of %d: %w", l.m, l.n, len(dst), len(b), ErrShape)
	}
	var res LeastSquaresResult
	var err error
	switch {
	case l.m < l.n:
		res, err = l.solveWide(ctx, dst, b)
	case l.o.Method == Textbook:
		res.Result, err = LSQR(ctx, dst, l.a, b, &Options{RelTol: l.o.Tol, Ridge: l.o.Ridge, Preconditioner: l.f, NoRestart: true, Workspace: &l.ws})
		res.BackwardError = math.NaN()
		if err == nil {
			res.BackwardError = l.estimate(dst, b)
		}
	default:
		res, err = l.refine(ctx, dst, b)
	}
	res.SketchRows, res.Sketches, res.Rank, res.Regularized = l.f.s, l.fresh, len(l.f.cols), l.f.regularized()
	l.fresh = 0
	return res, err
}

// wideOperator is 2^exp·A.
type wideOperator struct {
	a   TransOperator
	exp int
}

func (o *wideOperator) MulVec(dst, x []float64) {
	o.a.MulVec(dst, x)
	ldexp(dst, dst, o.exp)
}

func (o *wideOperator) MulTransVec(dst, y []float64) {
	o.a.MulTransVec(dst, y)
	ldexp(dst, dst, o.exp)
}

// solveWide leaves a wide A to MinNorm, in units in which A and b have norms about
// one, and judges the result by its backward error.
func (l *LeastSquares) solveWide(ctx context.Context, dst, b []float64) (LeastSquaresResult, error) {
	exp := 0
	if norm := asm.Nrm2(b); finite(norm) {
		_, exp = math.Frexp(norm)
	}
	ldexp(l.r, b, -exp)
	o := &Options{RelTol: l.o.Tol / 8, Ridge: l.f.ridge, Preconditioner: l.f, NoRestart: l.o.Method == Textbook, Workspace: &l.ws}
	r, err := minNormShifted(ctx, dst, &l.wide, l.r, l.f.reg, o)
	size := asm.Nrm2(dst)
	lost := unscaleWide(dst, exp+l.f.exp)
	if !finite(lost) {
		clear(dst)
		r.Reason, r.TrueResidual = NotFinite, r.RHSNorm
		err = fmt.Errorf("solver: LeastSquares: x of norm %g·2^%d overflows: %w", size, exp+l.f.exp, ErrNotFinite)
	} else if lost > 0 {
		r.TrueResidual += float64(l.f.norm * lost) // a bound
	}
	res := LeastSquaresResult{Result: r}
	res.BackwardError = ratio(r.TrueResidual, float64(l.f.norm*size)+r.RHSNorm)
	switch good := res.BackwardError <= l.o.Tol; {
	case r.Reason == Stagnated && good:
		res.Reason = Converged
	case r.Reason == Converged && !good:
		res.Reason = Stagnated
	}
	res.Curvature = math.Ldexp(r.Curvature, -2*l.f.exp)
	res.RHSNorm, res.Residual, res.TrueResidual = math.Ldexp(r.RHSNorm, exp), math.Ldexp(r.Residual, exp), math.Ldexp(r.TrueResidual, exp)
	return res, err
}

// unscaleWide replaces x by 2^exp·x, and returns a bound for the norm of what that
// loses of x: not finite if x overflows.
func unscaleWide(x []float64, exp int) float64 {
	var lost float64
	for i, v := range x {
		x[i] = math.Ldexp(v, exp)
		if d := v - math.Ldexp(x[i], -exp); d != 0 {
			lost = hypot(lost, d)
		}
	}
	return lost
}
