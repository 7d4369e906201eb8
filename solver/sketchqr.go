package solver

import (
	"context"
	"fmt"
)

// SketchQR preconditions with the triangular factor of a sketch: for the QR
// factorisation S·A = Q·R of a sketched N × n matrix A, the columns of A·R⁻¹ are
// nearly orthonormal, whatever the condition of A, so (RᵀR)⁻¹ ≈ (AᵀA)⁻¹. With s
// sketch rows the condition number of A·R⁻¹ is about (1+√(n/s))/(1−√(n/s)): 3 for
// s = 4n (Rokhlin and Tygert 2008; Avron, Maymounkov and Toledo 2010).
//
// For the project's own problem A is Jᵀ and AᵀA the Gram matrix JJᵀ.
//
// R comes from QR of the sketch and never from a Cholesky factor of its
// normal equations, which would square the condition. Solves may run
// concurrently; Factor and SetRidge may not run beside anything.
type SketchQR struct {
	n    int
	soft bool // SketchQROptions.Regularize
	f64  *sketchTriangle[float64]
	f32  *sketchTriangle[float32] // with SketchQROptions.Float32
}

// SketchQROptions configures NewSketchQR. nil means the zero value.
type SketchQROptions struct {
	Ridge   float64 // c ≥ 0: R is the factor of [S·A; √c·I], RᵀR ≈ AᵀA + cI
	Workers int     // goroutines; 0 means GOMAXPROCS. No bit of the result depends on it.

	// Regularize takes, where c = 0 would be ErrRankDeficient, c = 2⁻⁵²·max|R_jj|²
	// instead; Ridge() tells it. Less would make R usable too, but would amplify
	// the rounding of products in directions that A does not see more than 2²⁶
	// times; directions A sees at less than 2⁻²⁶ of the largest are left
	// to the iteration. A zero sketch remains an error. With Float32 it is 2⁻⁴⁰ of
	// the square of each column's norm, and Ridge() remains 0.
	Regularize bool

	// Float32 makes R and stores it in float32, half of the memory and of the time.
	// Its columns are scaled to norm one before, and it is applied to vectors in
	// float64, so that neither overflows, and the preconditioner is symmetric to
	// the rounding of float64. What it is good for ends at a condition of the
	// scaled AᵀA + cI of about 10¹⁰, beyond which iterations grow; rank is judged by
	// the rounding of float32.
	Float32 bool
}

// NewSketchQR factors the sketch sa = S·A, s × n row-major, which is copied. See
// Factor for cost and errors; about 8n(max(s, 2n) + 2n + 97) bytes are held, half
// of it with Float32.
//
// With ErrRankDeficient the SketchQR is returned beside the error: it holds R,
// and SetRidge with c > 0 makes it usable.
func NewSketchQR(ctx context.Context, sa []float64, s, n int, opts *SketchQROptions) (*SketchQR, error) {
	return newSketchQR(ctx, sa, s, n, opts)
}

// NewSketchQR32 is NewSketchQR for a sketch in float32, with Float32 implied.
func NewSketchQR32(ctx context.Context, sa []float32, s, n int, opts *SketchQROptions) (*SketchQR, error) {
	var o SketchQROptions
	if opts != nil {
		o = *opts
	}
	o.Float32 = true
	return newSketchQR(ctx, sa, s, n, &o)
}

func newSketchQR[V float32 | float64](ctx context.Context, sa []V, s, n int, opts *SketchQROptions) (*SketchQR, error) {
	var o SketchQROptions
	if opts != nil {
		o = *opts
	}
	if err := checkMatrix("SketchQR", sa, s, n); err != nil {
		return nil, err
	}
	if err := checkOrder("SketchQR", n); err != nil {
		return nil, err
	}
	p := &SketchQR{n: n, soft: o.Regularize}
	if o.Float32 {
		p.f32 = newSketchTriangle[float32](ctx, s, n, o.Workers)
	} else {
		p.f64 = newSketchTriangle[float64](ctx, s, n, o.Workers)
	}
	err := factorSketch(ctx, p, sa, o.Ridge)
	if err != nil && !(p.r().factored() && o.Ridge == 0) {
		return nil, err
	}
	return p, err
}

// sketchR is what SketchQR asks of its R in either precision.
type sketchR interface {
	factored() bool
	set(ctx context.Context, c float64, soft bool) error
	usable() bool
	inForce() float64
	diagRange() (low, high float64)
	copyR(dst []float64)
	solveR(x []float64)
	solveRTrans(x []float64)
}

func (p *SketchQR) r() sketchR {
	if p.f32 != nil {
		return p.f32
	}
	return p.f64
}

// Factor replaces the preconditioner by that of another sketch of the same
// shape. It allocates nothing. 2sn² − ⅔n³ flops, and ⅔n³ more with a ridge.
//
// With ridge = 0, a diagonal entry of R below max(s, n)·2⁻⁵² of the largest gives
// ErrRankDeficient, naming the first such column: a column of A that is a
// combination of those before it, or s < n. With Float32 the limit is
// max(30, 4√s)·2⁻²⁴. NaN and Inf give ErrNotFinite with the column. ctx is asked
// every few milliseconds and its cause returned. ErrShape and ErrOption change nothing;
// after another error SolveVec panics, until a Factor or SetRidge succeeds.
func (p *SketchQR) Factor(ctx context.Context, sa []float64, ridge float64) error {
	return factorSketch(ctx, p, sa, ridge)
}

// Factor32 is Factor for a sketch in float32. Without Float32 it is ErrOption.
func (p *SketchQR) Factor32(ctx context.Context, sa []float32, ridge float64) error {
	if p.f32 == nil {
		return fmt.Errorf("solver: SketchQR.Factor32 without Float32: %w", ErrOption)
	}
	return factorSketch(ctx, p, sa, ridge)
}

// factorSketch factors a sketch of type V; one of float32 goes to float32.
func factorSketch[V float32 | float64](ctx context.Context, p *SketchQR, sa []V, ridge float64) error {
	s := 0
	if p.f32 != nil {
		s = p.f32.s
	} else {
		s = p.f64.s
	}
	if err := checkMatrix("SketchQR", sa, s, p.n); err != nil {
		return err
	}
	if err := checkRidge("SketchQR", ridge); err != nil {
		return err
	}
	var err error
	switch sa := any(sa).(type) {
	case []float32:
		err = p.f32.factor(ctx, nil, sa)
	case []float64:
		if p.f32 != nil {
			err = p.f32.factor(ctx, sa, nil)
		} else {
			err = p.f64.factor(ctx, nil, sa)
		}
	}
	if err != nil {
		return err
	}
	return p.SetRidge(ctx, ridge)
}

// SetRidge changes the ridge to c without a new sketch: R becomes the factor of
// [R₀; √c·I], where R₀ belongs to c = 0 and is kept. Its rows are taken in turn,
// one of R₀, one of √c·I, so that column j ends at row 2j+1 and half of the work
// falls away: ⅔n³ flops, no allocation. c = 0 costs nothing. Errors are those of
// Factor; if ctx ends first, the old ridge stays in force.
func (p *SketchQR) SetRidge(ctx context.Context, c float64) error {
	if err := checkRidge("SketchQR", c); err != nil {
		return err
	}
	if !p.r().factored() {
		return fmt.Errorf("solver: SketchQR.SetRidge of order %d after a failed Factor: %w", p.n, ErrOption)
	}
	return p.r().set(ctx, c, p.soft)
}

// N returns the order n of R.
func (p *SketchQR) N() int { return p.n }

// Ridge returns the c in force.
func (p *SketchQR) Ridge() float64 { return p.r().inForce() }

// DiagRange returns the smallest and the largest |R_jj| without ridge. Their
// ratio is an upper bound of the reciprocal condition of the sketch; after
// ErrRankDeficient, a c of a small multiple of (2⁻⁵²·high)² or more is the least that
// makes a difference, with Float32 (2⁻²⁴·high)².
func (p *SketchQR) DiagRange() (low, high float64) { return p.r().diagRange() }

// R copies R to dst, n × n row-major, zeros below the diagonal.
func (p *SketchQR) R(dst []float64) {
	mustLen("SketchQR.R", dst, p.n*p.n)
	p.ready("R", nil, nil, 0)
	p.r().copyR(dst)
}

// SolveVec sets dst = (RᵀR)⁻¹·r = R⁻¹·(R⁻ᵀ·r); dst may be r. 2n² flops. It panics
// on a wrong length and without a usable factor.
func (p *SketchQR) SolveVec(dst, r []float64) {
	p.ready("SolveVec", dst, r, p.n)
	copy(dst, r)
	p.r().solveRTrans(dst)
	p.r().solveR(dst)
}

// SolveR sets dst = R⁻¹·v; n² flops, rules of SolveVec.
func (p *SketchQR) SolveR(dst, v []float64) {
	p.ready("SolveR", dst, v, p.n)
	copy(dst, v)
	p.r().solveR(dst)
}

// SolveRTrans sets dst = R⁻ᵀ·v; n² flops, rules of SolveVec.
func (p *SketchQR) SolveRTrans(dst, v []float64) {
	p.ready("SolveRTrans", dst, v, p.n)
	copy(dst, v)
	p.r().solveRTrans(dst)
}

func (p *SketchQR) ready(where string, dst, v []float64, want int) {
	if usable := p.r().usable(); !usable || len(dst) != want || len(v) != want {
		panic(fmt.Sprintf("solver: SketchQR.%s of order %d with vectors of %d and %d, usable factor: %t", where, p.n, len(dst), len(v), usable))
	}
}
