package solver

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/asm"
)

// sketchFactor is the QR factorisation of [S·A·D; P^½] for a diagonal D of powers
// of two and P = λD², or of a sketch of c·Aᵀ for one power of two c if A is wide,
// when D = I and c²λ stands for λ. With the bidiagonal form of R besides, which
// tells its singular values. Of a tall A that is singular, the columns kept are
// independent ones; a wide one that is has a span besides.
//
// As a Preconditioner of a tall A it applies D·(RᵀR)⁻¹·D, and zero to what is not
// kept.
type sketchFactor struct {
	s, k, rows int // S·A is s × k; rows of the matrix that is factored
	sketch     Sketch
	d          []float64
	cols       []int // the columns kept, ascending: their number is the order of R
	out        []int // the others, with their part of D
	outD       []float64
	depend     []float64 // what makes each of out, times outD, of those kept, times D
	qr         *QR[float64]
	bd         *bidiagonal
	norm       float64      // Frobenius norm of R
	exp        int          // c = 2^exp; 0 if A is tall
	ridge      float64      // c²λ
	p          []float64    // the diagonal of P; nil if it is zero
	span, root *QR[float64] // see narrowSpan; nil but for a wide A that is singular
	tm         []float64    // scratch for them
}

// singularLimit is the ratio of singular values below which a matrix of k
// columns counts as singular to working precision: 30 roundings, as in FOSSILS,
// or what the rounding of R itself may come to.
func singularLimit(k int) float64 { return max(30, 4*math.Sqrt(float64(k))) * 0x1p-53 }

// newSketchFactor sketches and factors the operator of l with its ratio.
func newSketchFactor(ctx context.Context, l *LeastSquares) (*sketchFactor, error) {
	k, long := min(l.m, l.n), max(l.m, l.n)
	f := &sketchFactor{k: k, s: long}
	if s := l.ratio * float64(k); s < float64(long) {
		f.s = int(s)
		var err error
		if f.sketch, err = l.o.NewSketch(long, f.s, l.o.Seed+uint64(f.s)); err != nil {
			return nil, err
		}
		if f.sketch == nil {
			return nil, fmt.Errorf("solver: LeastSquares: NewSketch made none: %w", ErrOption)
		}
		if f.sketch.N() != long || f.sketch.S() != f.s {
			return nil, fmt.Errorf("solver: LeastSquares: NewSketch made %d × %d, want %d × %d: %w", f.sketch.S(), f.sketch.N(), f.s, long, ErrShape)
		}
	}
	sa := make([]float64, (f.s+k)*k) // room for a ridge
	if err := f.apply(ctx, l, sa[:f.s*k]); err != nil {
		return nil, err
	}
	f.ridge = l.o.Ridge
	if f.scale(sa[:f.s*k], l.m >= l.n); l.m < l.n {
		f.scaleWide(sa[:f.s*k])
	}
	ridge := f.ridge
	if l.m < l.n {
		ridge = 0 // which would not make b belong to the range of A
	}
	if err := f.factor(ctx, sa, ridge, l.o.Workers); err != nil {
		return nil, err
	}
	high := f.bd.singular(k - 1)
	small := float64(singularLimit(k) * high)
	switch singular := !(f.bd.singular(0) > small); {
	case !singular && ridge == f.ridge:
		return f, nil
	case singular && l.m < l.n:
		return f, f.narrowSpan(ctx, small, l.o.Workers)
	case singular:
		if err := f.drop(ctx, sa, small); err != nil {
			return nil, err
		}
	}
	return f, f.factor(ctx, sa, f.ridge, l.o.Workers)
}

// pivoted is QR with column pivoting of R (Businger and Golub 1965), broken off
// after kept columns, where the rest has norms of at most small: row i of the
// result is c[perm[q]·k + i] for q ≥ i, of column perm[q] of R.
func (f *sketchFactor) pivoted(ctx context.Context, small float64) (c []float64, perm []int, kept int, err error) {
	k, h := f.k, f.qr.h
	c = make([]float64, k*k) // R by columns
	for j := range k {
		copy(c[j*k:], h.at[j*h.ld:j*h.ld+j+1])
	}
	perm = make([]int, k)
	for j := range perm {
		perm[j] = j
	}
	for ; kept < k; kept++ {
		if ctx.Err() != nil {
			return nil, nil, 0, fmt.Errorf("solver: LeastSquares stopped at pivot %d of %d: %w", kept, k, context.Cause(ctx))
		}
		best, norm := kept, -1.0
		for q := kept; q < k; q++ {
			if v := asm.Nrm2(c[perm[q]*k+kept : (perm[q]+1)*k]); v > norm {
				best, norm = q, v
			}
		}
		if norm <= small {
			break
		}
		perm[kept], perm[best] = perm[best], perm[kept]
		v := c[perm[kept]*k+kept : (perm[kept]+1)*k]
		beta, tau := reflector(v)
		for _, j := range perm[kept+1:] {
			reflect(c[j*k+kept:(j+1)*k], v, tau)
		}
		v[0] = beta
	}
	return c, perm, kept, nil
}

// drop keeps only columns that are independent to working precision, and moves
// them together in sa.
func (f *sketchFactor) drop(ctx context.Context, sa []float64, small float64) error {
	k := f.k
	c, perm, kept, err := f.pivoted(ctx, small)
	if err != nil {
		return err
	}
	f.cols = append(f.cols[:0], perm[:kept]...)
	slices.Sort(f.cols)
	f.out = perm[kept:]
	f.depend = make([]float64, len(f.out)*kept)
	for o, j := range f.out {
		f.outD = append(f.outD, f.d[j])
		v := c[j*k : j*k+kept]
		for q := kept - 1; q >= 0; q-- {
			column := c[perm[q]*k : perm[q]*k+q+1]
			v[q] /= column[q]
			asm.Axpy(v[:q], -v[q], column[:q])
			place, _ := slices.BinarySearch(f.cols, perm[q])
			f.depend[o*kept+place] = v[q]
		}
	}
	for i := range f.s {
		for q, j := range f.cols {
			sa[i*kept+q] = sa[i*k+j] // never beyond what is still to be read
		}
	}
	clear(sa[f.s*kept:])
	for q, j := range f.cols {
		f.d[q] = f.d[j]
	}
	f.d = f.d[:kept]
	return nil
}

// apply sets sa = S·A, or S·Aᵀ if A is wide. What is not an explicit tall matrix
// goes through a block of a few columns.
func (f *sketchFactor) apply(ctx context.Context, l *LeastSquares, sa []float64) error {
	team := asm.NewTeam(l.o.Workers)
	team.Bind(ctx)
	defer team.Bind(nil)
	stopped := func(j int) error {
		return fmt.Errorf("solver: LeastSquares stopped at column %d of %d of the sketch: %w", j, f.k, context.Cause(ctx))
	}
	x, explicit := l.a.(*Matrix)
	if explicit && l.m >= l.n {
		if f.sketch == nil {
			copy(sa, x.a)
			return nil
		}
		const width = 64
		if !team.Do(ceil(f.k, width), func(_, task int) {
			f.sketch.ApplyColsRange(sa, x.a, f.k, task*width, min((task+1)*width, f.k))
		}) {
			return stopped(0)
		}
		return nil
	}
	const width = 16
	long := max(l.m, l.n)
	col, block, unit, out := make([]float64, long), make([]float64, long*width), make([]float64, f.k), make([]float64, f.s*width)
	for j := 0; j < f.k; j += width {
		w := min(width, f.k-j)
		for q := range w {
			if ctx.Err() != nil {
				return stopped(j + q)
			}
			v := col
			switch unit[j+q] = 1; {
			case explicit:
				v = x.a[(j+q)*long : (j+q+1)*long]
			case l.m >= l.n:
				l.a.MulVec(col, unit)
			default:
				l.a.MulTransVec(col, unit)
			}
			unit[j+q] = 0
			for i, u := range v {
				block[i*w+q] = u
			}
		}
		src := block[:long*w]
		if f.sketch != nil {
			src = out[:f.s*w]
			f.sketch.ApplyColsRange(src, block[:long*w], w, 0, w)
		}
		for i := range f.s {
			copy(sa[i*f.k+j:], src[i*w:(i+1)*w])
		}
	}
	if ctx.Err() != nil {
		return stopped(f.k)
	}
	return nil
}

// scale brings the norms of the columns of sa to [1, 2).
func (f *sketchFactor) scale(sa []float64, scaled bool) {
	f.d, f.cols = make([]float64, f.k), make([]int, f.k)
	col := make([]float64, f.s)
	for j := range f.d {
		f.d[j], f.cols[j] = 1, j
		for i := range col {
			col[i] = sa[i*f.k+j]
		}
		norm := asm.Nrm2(col)
		if !scaled || norm == 0 || !finite(norm) {
			continue
		}
		_, exp := math.Frexp(norm)
		exp = max(exp, -1021) // no finite power of two brings less there
		f.d[j] = math.Ldexp(1, 1-exp)
		for i := range col {
			sa[i*f.k+j] = math.Ldexp(col[i], 1-exp)
		}
	}
}

// scaleWide brings the norm of [S·Aᵀ; √λ·I] to [½, 1) instead: rows of a wide A
// have to keep their proportions, which say what is least squares.
func (f *sketchFactor) scaleWide(sa []float64) {
	norm := hypot(asm.Nrm2(sa), math.Sqrt(f.ridge))
	if norm == 0 || !finite(norm) {
		return
	}
	_, exp := math.Frexp(norm)
	f.exp = -exp
	ldexp(sa, sa, f.exp)
	f.ridge = math.Ldexp(f.ridge, 2*f.exp)
}

// factor makes R and its bidiagonal form, with the root of P below the sketch.
func (f *sketchFactor) factor(ctx context.Context, sa []float64, ridge float64, workers int) error {
	k := len(f.cols)
	f.rows, f.p = f.s, nil
	if ridge > 0 {
		f.rows = f.s + k
		f.p = make([]float64, k)
		for j, d := range f.d {
			root := math.Sqrt(ridge) * d
			f.p[j] = root * root
			sa[(f.s+j)*k+j] = root
		}
	}
	var err error
	if f.qr, err = NewQR(ctx, sa[:f.rows*k], f.rows, k, &QROptions{Workers: workers}); err != nil {
		return err
	}
	f.bd = newBidiagonal(k, workers)
	h := f.qr.h
	f.norm = 0
	for j := range k {
		col := h.at[j*h.ld : j*h.ld+j+1]
		f.norm = hypot(f.norm, asm.Nrm2(col))
		for i, v := range col {
			f.bd.m[i*f.bd.ld+j] = v
		}
	}
	return f.bd.reduce(ctx)
}

// start sets z to the minimiser of ‖S(A·D·z − b)‖² + zᵀP·z; sb is scratch of
// rows floats.
func (f *sketchFactor) start(z, sb, b []float64) {
	if f.sketch != nil {
		f.sketch.Apply(sb[:f.s], b)
	} else {
		copy(sb, b)
	}
	clear(sb[f.s:])
	f.qr.MulQTransVec(sb, sb)
	copy(z, sb[:len(z)])
	f.solveR(z)
}

// solveR replaces y by R⁻¹·y, solveRTrans by R⁻ᵀ·y.
func (f *sketchFactor) solveR(y []float64)      { solveLowerTrans(y, f.qr.h.at, f.qr.h.ld, asm.Axpy) }
func (f *sketchFactor) solveRTrans(y []float64) { solveLower(y, f.qr.h.at, f.qr.h.ld, asm.Dot) }

// gather sets y = D·(the kept entries of x), spread the opposite: x = D·y there
// and zero elsewhere.
func (f *sketchFactor) gather(y, x []float64) {
	for q, j := range f.cols {
		y[q] = f.d[q] * x[j]
	}
}

func (f *sketchFactor) spread(x, y []float64) {
	if len(f.cols) < len(x) {
		clear(x)
	}
	for q, j := range f.cols {
		x[j] = f.d[q] * y[q]
	}
}

// SolveVec sets dst = D·(RᵀR)⁻¹·D·r. Columns kept are ascending, so gather and
// spread from the end may work in place.
func (f *sketchFactor) SolveVec(dst, r []float64) {
	k := len(f.cols)
	f.gather(dst, r)
	f.solveRTrans(dst[:k])
	f.solveR(dst[:k])
	clear(dst[k:])
	for q := k - 1; q >= 0; q-- {
		v := f.d[q] * dst[q]
		dst[q] = 0
		dst[f.cols[q]] = v
	}
}
