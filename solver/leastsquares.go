package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// LeastSquaresMethod is a way to use the factor R of a sketch.
type LeastSquaresMethod int

const (
	// Refined is backward stable; see LeastSquares.
	Refined LeastSquaresMethod = iota
	// Textbook is LSQR with the preconditioner RᵀR, from zero and in one run
	// (for a wide A, a single round): what Rokhlin and Tygert (2008) and Blendenpik
	// do. It loses digits as κ(A) grows (Meier, Nakatsukasa, Townsend and
	// Webb 2024), and is here to be compared with.
	Textbook
)

// LeastSquaresOptions configures NewLeastSquares. nil means the zero value.
type LeastSquaresOptions struct {
	Method LeastSquaresMethod

	// Ridge is λ ≥ 0: minimise ‖Ax − b‖² + λ‖x‖².
	Ridge float64

	// Tol is the relative backward error that counts as converged; 0 means
	// 2⁻⁵¹, four roundings. For Textbook of a tall A it is LSQR's RelTol.
	Tol float64

	// Callback is called before the first iteration of a solve and after each
	// one, with the x and b − A·x of the last full round; Residual is the
	// norm of what the running round reduces: of R⁻ᵀ(Aᵀr − λx), for a wide A of
	// R⁻ᵀ(b − Ax − λg) with x = Aᵀg. To return false stops the solve. For Textbook
	// of a tall A it is LSQR's.
	Callback func(Iteration) bool

	// TimeLimit stops a solve before the first iteration that would start later; 0
	// means none.
	TimeLimit time.Duration

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
	// A, its columns brought to norms alike, that of Karlson and Waldén (1997) with
	// the sketch in place of A. The true one was at most three times as large, but
	// for two roundings, on random, coherent and graded matrices. With the default sketch
	// it was mostly more than half as large, on coherent rows in one case of ten less than
	// a quarter, down to a thirtieth. Where the sketch does not embed A, as one with few
	// rows or signs does not embed coherent rows, it may be 10⁷ times smaller. Columns left
	// out (see Rank) are part of it: by up to 240 roundings that does not count against Tol.
	// For a wide A it is ‖b − Ax − λg‖/(‖A‖‖x‖ + λ‖g‖ + ‖b‖)
	// with x = Aᵀg, in which of a singular A only the part within its range counts.
	BackwardError float64

	SketchRows int // s of the last sketch; the larger dimension itself if that was as cheap
	Sketches   int // how many were made by this solve, none if the first one served

	// Rank is how many of the columns of a tall A, or of the rows of a wide one,
	// are independent to working precision, by the sketch. Where that is less than n,
	// the other unknowns of a tall or square A are zero, and x is a minimiser but not the
	// shortest. Whether the columns left out do depend on those kept is seen from their
	// products with the residual, whatever its size: if not, the sketch doubles, or the
	// solve ends as Stagnated, and BackwardError tells. x of a wide A is the shortest minimiser, of A less its
	// part below the rounding of its norm.
	Rank int
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
// the backward error meets Options.Tol. A square A counts as tall: if it is
// singular, x has zeros for the columns that depend on others, and is not the
// shortest minimiser. For that one, use LSQR, or MinNorm if the system has a
// solution.
//
// A wide A is sketched on its other side: R of S·Aᵀ makes the rows of R⁻ᵀA nearly
// orthonormal, and rounds of
//
//	r ← b − A·x,   R⁻ᵀAAᵀ·R⁻¹·w = R⁻ᵀr by conjugate gradients,   x ← x + Aᵀ·R⁻¹·w
//
// from x = 0, the LSRN form (Meng, Saunders and Mahoney 2014) refined, find the
// shortest x to κ(A) roundings. They meet Options.Tol while κ(A) is below about 10⁸;
// from there on the rounding of Aᵀ·R⁻¹·w leaves a residual of (κ(A)·2⁻⁵³)²·‖A‖‖x‖,
// and the solve ends as Stagnated, which MinNorm does sooner. If rows of A are dependent to working precision, a
// basis of its range from QR of R with column pivoting takes the place of R, and
// x is the shortest minimiser: compare TrueResidual with RHSNorm to see whether b
// lies in that range.
//
// The sketch of an explicit Matrix reads it once; that of another operator takes
// n products with unit vectors. Then 2sn² + 8n³/3 flops; a solve takes about 40
// products with A and as many with Aᵀ. One factor serves any number of b.
type LeastSquares struct {
	a         TransOperator
	m, n      int
	o         LeastSquaresOptions
	f         *sketchFactor
	ratio     float64
	fresh     int       // sketches since the last result
	sb        []float64 // S·b, then Qᵀ·S·b
	z         []float64 // unknown among kept and scaled columns of a tall A
	x         []float64 // what it is in full
	r         []float64 // b − A·x
	g         []float64 // what is to be zero: D·Aᵀr − P·z, or R⁻ᵀr
	full      []float64 // Aᵀr − λx of a wide A
	exp       int       // r, g and full are in units of 2^exp
	missed    float64   // backward error by columns left out
	dependent bool      // if those of a tall A are no more than rounding
	w         []float64 // the correction of a round
	tz, tn    []float64
	tm        []float64
	sum       []float64 // of a wide A with ridge, g with x = Aᵀg
	unit      int       // of a wide A, b and r are in units of 2^unit besides
	wide      wideOperator
	start     time.Time
	books     Result
	shown     Iteration // X and R have memory of their own, if there is a callback
	ws        Workspace
	normal    OperatorFunc
	watch     func(Iteration) bool
	busy      chan struct{} // holds one while a solve runs
}

// NewLeastSquares sketches the m × n operator a and factors the sketch.
//
// ErrShape for an empty matrix, ErrOption for an option out of range; errors of
// NewSketch; ErrNotFinite for NaN or Inf in the sketch, with the column; the
// cause of ctx, which is asked between products and every few milliseconds. A
// singular A is no error: see Rank in LeastSquaresResult.
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
	if o.Method < Refined || o.Method > Textbook || !(o.Tol > 0) || !(o.SketchRatio >= 1) || !(o.MaxSketchRatio >= o.SketchRatio) || !finite(o.MaxSketchRatio) || o.RoundIter < 0 || o.TimeLimit < 0 {
		return nil, fmt.Errorf("solver: LeastSquares: Method %d, Tol %v, SketchRatio %v, MaxSketchRatio %v, RoundIter %d, TimeLimit %v: %w", o.Method, o.Tol, o.SketchRatio, o.MaxSketchRatio, o.RoundIter, o.TimeLimit, ErrOption)
	}
	l := &LeastSquares{a: a, m: m, n: n, o: o, ratio: o.SketchRatio, busy: make(chan struct{}, 1)}
	if err := l.sketch(ctx); err != nil {
		return nil, err
	}
	l.fresh = 0
	l.x, l.full = make([]float64, n), make([]float64, n)
	l.r, l.tm = make([]float64, m), make([]float64, m)
	l.normal = l.mulNormal
	if m < n {
		l.normal = l.mulWideNormal
		if o.Ridge > 0 {
			l.sum = make([]float64, m)
		}
	}
	if o.Callback != nil {
		l.watch = l.callback
		l.shown = Iteration{X: make([]float64, n), R: make([]float64, m)}
	}
	return l, nil
}

// sketch makes and factors a sketch of ratio times the smaller dimension.
func (l *LeastSquares) sketch(ctx context.Context) error {
	f, err := newSketchFactor(ctx, l)
	if err != nil {
		return err
	}
	l.f = f
	l.wide = wideOperator{l.a, f.exp}
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
// Reason is Converged once BackwardError is at most Options.Tol, but for columns left
// out (see Rank), Stagnated if a
// round does not halve it any more, MaxIterations if a round reaches
// RoundIter with the largest sketch, TimeLimit or Callback; dst then is the best x.
// Iterations are those of all rounds, Restarts their number less one, TrueResidual
// is √(‖b−Ax‖² + λ‖x‖²). Errors: ErrShape; ErrNotFinite for NaN or Inf in b or made by
// the operator, and for an x that overflows; ErrOverlap; the cause of ctx, with the
// x of the last full round.
//
// Any number of goroutines may call it: solves take turns, since they share the
// memory and the operator, and one whose context ends while it waits leaves dst
// alone. Only its own callback must not call it, and would wait for ever. What a
// solve finds depends on b and the sketch; a solve that doubled the sketch leaves it
// so to those after it.
func (l *LeastSquares) Solve(ctx context.Context, dst, b []float64) (LeastSquaresResult, error) {
	if len(dst) != l.n || len(b) != l.m {
		return LeastSquaresResult{}, fmt.Errorf("solver: LeastSquares of %d × %d with dst of %d, b of %d: %w", l.m, l.n, len(dst), len(b), ErrShape)
	}
	if overlap(dst, b) {
		return LeastSquaresResult{}, fmt.Errorf("solver: LeastSquares: dst and b: %w", ErrOverlap)
	}
	var res LeastSquaresResult
	var err error
	select {
	case l.busy <- struct{}{}:
	default:
		select {
		case l.busy <- struct{}{}:
		case <-ctx.Done():
			res.Reason = Cancelled
			return res, fmt.Errorf("solver: LeastSquares cancelled before its turn: %w", context.Cause(ctx))
		}
	}
	defer func() { <-l.busy }()
	if l.o.Method == Textbook && l.m >= l.n {
		res.Result, err = LSQR(ctx, dst, l.a, b, &Options{RelTol: l.o.Tol, Ridge: l.o.Ridge, Preconditioner: l.f, NoRestart: true, Callback: l.o.Callback, TimeLimit: l.o.TimeLimit, Workspace: &l.ws})
		if errors.Is(err, ErrIndefinite) {
			// By rounding: of RᵀR, or of the zeros that stand for the columns left out.
			res.Reason, err = Stagnated, nil
		}
		res.BackwardError = math.NaN()
		if err == nil {
			res.BackwardError = l.estimate(dst, b)
		}
	} else {
		res, err = l.refine(ctx, dst, b)
	}
	res.SketchRows, res.Sketches, res.Rank = l.f.s, l.fresh, len(l.f.cols)
	l.fresh = 0
	return res, err
}
