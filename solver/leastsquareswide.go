package solver

import (
	"context"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

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

// What follows is in units in which a wide A and b have norms of about one: those of
// wideOperator, and 2^unit.

// measureWide sets r = b − A·x, full = Aᵀr − λx and g = Nᵀ·(r − λ·sum), and returns
// √(‖r‖² + λ‖x‖²) and the backward error. r, full and g are in units of 2^exp.
func (l *LeastSquares) measureWide(b []float64) (norm, eta float64) {
	f := l.f
	l.wide.MulVec(l.tm, l.x)
	for i, v := range l.tm {
		l.r[i] = math.Ldexp(b[i], -l.unit) - v
	}
	size := asm.Nrm2(l.x)
	norm = hypot(asm.Nrm2(l.r), float64(math.Sqrt(f.ridge)*size))
	_, l.exp = math.Frexp(norm)
	ldexp(l.r, l.r, -l.exp)
	l.wide.MulTransVec(l.full, l.r)
	l.books.MulVecs++
	l.books.MulTransVecs++
	copy(l.tm, l.r)
	// A sketch of nothing but zeros knows no norm of A.
	anorm := max(f.norm, ratio(asm.Nrm2(l.full), asm.Nrm2(l.r)))
	scale := float64(anorm*size) + math.Ldexp(l.books.RHSNorm, -l.unit)
	if f.ridge > 0 {
		for i, v := range l.x {
			l.full[i] = math.FMA(-f.ridge, math.Ldexp(v, -l.exp), l.full[i])
		}
		for i, v := range l.sum {
			l.tm[i] = math.FMA(-f.ridge, math.Ldexp(v, -l.exp), l.tm[i])
		}
		scale += float64(f.ridge * asm.Nrm2(l.sum))
	}
	within := f.narrow(l.g, l.tm)
	l.books.PrecondSolves++
	if f.span != nil {
		// Whatever the span: no part of the residual in the range is less than this.
		within = min(asm.Nrm2(l.tm), max(within, ratio(asm.Nrm2(l.full), anorm)))
	}
	return norm, ratio(math.Ldexp(within, l.exp), scale)
}

// roundWide adds one correction to x.
func (l *LeastSquares) roundWide(ctx context.Context) (StopReason, error) {
	// An error in w of this size is one rounding of x.
	tol := 0x1p-54 * (math.Ldexp(asm.Nrm2(l.x), -l.exp) + asm.Nrm2(l.g))
	reason, err := l.conjugate(ctx, l.g, tol)
	if reason == Cancelled || reason == NotFinite {
		return reason, err
	}
	ldexp(l.w, l.w, l.exp)
	l.f.widen(l.tm, l.w)
	if l.sum != nil {
		asm.Axpy(l.sum, 1, l.tm)
	}
	l.wide.MulTransVec(l.full, l.tm)
	l.books.MulTransVecs++
	asm.Axpy(l.x, 1, l.full)
	return reason, nil
}

// mulWideNormal sets dst = Nᵀ·(AAᵀ + λI)·N·w.
func (l *LeastSquares) mulWideNormal(dst, w []float64) {
	l.f.widen(l.tm, w)
	l.wide.MulTransVec(l.full, l.tm)
	l.wide.MulVec(l.r, l.full)
	if l.f.ridge > 0 {
		asm.Axpy(l.r, l.f.ridge, l.tm)
	}
	l.f.narrow(dst, l.r)
	l.books.MulVecs++
	l.books.MulTransVecs++
	l.books.PrecondSolves++
}

// recordWide copies x to dst and its norms to the books, in the units of A and b. It
// returns a norm that is not finite if x overflows, and leaves both alone then.
func (l *LeastSquares) recordWide(dst []float64, norm float64) float64 {
	exp := l.unit + l.f.exp
	var lost float64 // of x, to underflow
	for _, v := range l.x {
		u := math.Ldexp(v, exp)
		if !finite(u) {
			return u
		}
		lost = hypot(lost, v-math.Ldexp(u, -exp))
	}
	ldexp(dst, l.x, exp)
	l.books.TrueResidual = math.Ldexp(norm+float64(l.f.norm*lost), l.unit) // a bound, with a loss
	l.books.NormalResidual = math.Ldexp(asm.Nrm2(l.full), l.exp+l.unit-l.f.exp)
	return ratio(float64(l.f.norm*lost), float64(l.f.norm*asm.Nrm2(l.x))+math.Ldexp(l.books.RHSNorm, -l.unit))
}

// N makes NᵀA nearly orthonormal rows: R⁻¹ of S·Aᵀ = Q·R, or if A is singular Q·F⁻¹
// as follows.

// narrowSpan factors the span of what counts at the given size. From a pivoted
// QR of R, A ≈ T·Cᵀ for a tall T and a C of nearly orthonormal columns, so that with
// T = Q·R, now another R, Q is a basis of the range of A, in which AAᵀ + λI is
// about R·Rᵀ + λI = FᵀF, by QR of [Rᵀ; √λ·I].
func (f *sketchFactor) narrowSpan(ctx context.Context, small float64, workers int) error {
	c, perm, kept, err := f.pivoted(ctx, small)
	if err != nil {
		return err
	}
	t := make([]float64, f.k*kept)
	for q, j := range perm {
		copy(t[j*kept:(j+1)*kept], c[j*f.k:j*f.k+min(q+1, kept)])
	}
	f.cols, f.tm = f.cols[:kept], make([]float64, f.k)
	if f.span, err = NewQR(ctx, t, f.k, kept, &QROptions{Workers: workers}); err != nil {
		return err
	}
	h := f.span.h
	t = make([]float64, 2*kept*kept)
	for j := range kept {
		copy(t[j*kept:], h.at[j*h.ld:j*h.ld+j+1])
		t[(kept+j)*kept+j] = math.Sqrt(f.ridge)
	}
	f.root, err = NewQR(ctx, t, 2*kept, kept, &QROptions{Workers: workers})
	return err
}

// narrow sets dst = Nᵀ·y and returns the norm of the part of y in the span.
func (f *sketchFactor) narrow(dst, y []float64) float64 {
	if f.span == nil {
		norm := asm.Nrm2(y)
		copy(dst, y)
		f.solveRTrans(dst)
		return norm
	}
	f.span.MulQTransVec(f.tm, y)
	copy(dst, f.tm)
	norm := asm.Nrm2(dst)
	solveLower(dst, f.root.h.at, f.root.h.ld, asm.Dot)
	return norm
}

// widen sets dst = N·w.
func (f *sketchFactor) widen(dst, w []float64) {
	if f.span == nil {
		copy(dst, w)
		f.solveR(dst)
		return
	}
	copy(f.tm, w)
	solveLowerTrans(f.tm[:len(w)], f.root.h.at, f.root.h.ld, asm.Axpy)
	clear(f.tm[len(w):])
	f.span.MulQVec(dst, f.tm)
}
