package solver

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/asm"
)

// maxRounds bounds the rounds of refinement; two are enough in theory, a third
// where the first one was cut short.
const maxRounds = 6

// refine solves a tall problem. dst is the x of the least backward error yet, to
// which the residuals in the books belong, also if ctx ends.
func (l *LeastSquares) refine(ctx context.Context, dst, b []float64) (res LeastSquaresResult, err error) {
	start := time.Now()
	l.books = Result{RHSNorm: asm.Nrm2(b), TrueResidual: math.NaN(), NormalResidual: math.NaN()}
	res.BackwardError = math.NaN()
	finish := func(reason StopReason, err error) (LeastSquaresResult, error) {
		if reason == Cancelled {
			err = fmt.Errorf("solver: LeastSquares cancelled after %d iterations: %w", l.books.Iterations, context.Cause(ctx))
		}
		l.books.Reason, l.books.Elapsed = reason, time.Since(start)
		l.books.Residual = l.books.TrueResidual // there is no other
		res.Result = l.books
		return res, err
	}
	clear(dst)
	if l.books.RHSNorm == 0 {
		l.books.TrueResidual, l.books.NormalResidual, res.BackwardError = 0, 0, 0
		return finish(ZeroRHS, nil)
	}
	if !finite(l.books.RHSNorm) {
		if err := checkFinite("LeastSquares", "b", b); err != nil {
			return finish(NotFinite, err)
		}
		return finish(NotFinite, fmt.Errorf("solver: LeastSquares: the norm of b overflows: %w", ErrNotFinite))
	}
	l.f.start(l.z, l.sb, b)
	best := math.Inf(1)
	last, cut := best, false // cut: the last round was, by its limit
	for round := 0; ; round++ {
		if ctx.Err() != nil {
			return finish(Cancelled, nil)
		}
		rnorm := l.residual(l.x, b)
		if ctx.Err() != nil {
			return finish(Cancelled, nil) // the product may have been cut short
		}
		eta := l.backward(rnorm)
		if round == 0 && !(rnorm <= l.books.RHSNorm) {
			// The sketched minimiser is no better than nothing.
			clear(l.z)
			rnorm = l.residual(l.x, b)
			eta = l.backward(rnorm)
		}
		if !finite(rnorm) || !finite(eta) {
			return finish(NotFinite, fmt.Errorf("solver: LeastSquares: residual norm %v, backward error %v after %d iterations: %w", rnorm, eta, l.books.Iterations, ErrNotFinite))
		}
		if eta < best || math.IsInf(best, 1) {
			best = eta
			copy(dst, l.x)
			res.BackwardError, l.books.TrueResidual, l.books.NormalResidual = eta, rnorm, l.normalResidual(l.x)
		}
		switch {
		case eta <= l.o.Tol:
			return finish(Converged, nil)
		case cut:
			if l.f.sketch == nil || 2*l.ratio > l.o.MaxSketchRatio {
				return finish(MaxIterations, nil)
			}
			l.ratio *= 2
			if err := l.sketch(ctx); err != nil {
				l.ratio /= 2
				if ctx.Err() != nil {
					return finish(Cancelled, nil)
				}
				return finish(None, err)
			}
			l.unscale(dst) // the scaling is another one
			last, round, cut = math.Inf(1), -1, false
			continue
		case round == maxRounds || round > 2 && !(eta <= last/2):
			return finish(Stagnated, nil)
		}
		last = eta
		reason, err := l.round(ctx, rnorm)
		switch reason {
		case Cancelled:
			return finish(Cancelled, nil)
		case NotFinite:
			return finish(NotFinite, err)
		}
		cut = reason == MaxIterations
		if round > 0 {
			l.books.Restarts++
		}
	}
}

// residual sets x = D·z, r = b − A·x and g = D·Aᵀr − P·z, and returns
// √(‖r‖² + zᵀP·z). r, full and g are in units of 2^exp, which bring that norm to
// between ½ and 1: the products of an r and an A that are both tiny would vanish.
func (l *LeastSquares) residual(x, b []float64) float64 {
	l.f.spread(x, l.z)
	l.a.MulVec(l.r, x)
	l.books.MulVecs++
	for i, v := range l.r {
		l.r[i] = b[i] - v
	}
	norm := asm.Nrm2(l.r)
	for i, p := range l.f.p {
		l.tn[i] = math.Sqrt(p) * l.z[i]
	}
	if l.f.p != nil {
		norm = hypot(norm, asm.Nrm2(l.tn))
	}
	_, l.exp = math.Frexp(norm)
	ldexp(l.r, l.r, -l.exp)
	l.a.MulTransVec(l.full, l.r)
	l.books.MulTransVecs++
	l.f.gather(l.g, l.full)
	for i, p := range l.f.p {
		l.g[i] = math.FMA(-p, math.Ldexp(l.z[i], -l.exp), l.g[i])
	}
	return norm
}

// normalResidual returns ‖Aᵀr − λx‖ after residual.
func (l *LeastSquares) normalResidual(x []float64) float64 {
	if l.o.Ridge > 0 {
		for i, v := range x {
			l.full[i] = math.FMA(-l.o.Ridge, math.Ldexp(v, -l.exp), l.full[i])
		}
	}
	return math.Ldexp(asm.Nrm2(l.full), l.exp)
}

// unscale sets z to what spread makes x of.
func (l *LeastSquares) unscale(x []float64) {
	for q, j := range l.f.cols {
		l.z[q] = x[j] / l.f.d[q]
	}
}

// backward returns the estimate of the relative backward error of z,
//
//	θ/√(1+θ²‖z‖²) · ‖(RᵀR + μI)^-½·g‖ / ‖R‖,   μ = θ²‖r‖²/(1+θ²‖z‖²),   θ = ‖R‖/‖b‖
//
// in which R stands for A·D: Karlson and Waldén 1997 with a sketch, as in
// section 5 of Epperly, Meier and Nakatsukasa. The bidiagonal form of R gives the
// inverse root for every μ at O(n²).
func (l *LeastSquares) backward(rnorm float64) float64 {
	f := l.f
	gnorm := asm.Nrm2(l.g)
	if gnorm == 0 || f.norm == 0 {
		return 0
	}
	theta := f.norm / l.books.RHSNorm
	scale := theta / hypot(1, float64(theta*asm.Nrm2(l.z)))
	root := float64(scale * rnorm)
	// g may be tiny, and so may μ: work with a g of norm one.
	copy(l.tn, l.g)
	unscale(l.tn, gnorm)
	if !f.bd.shift(root * root) {
		return math.Inf(1)
	}
	f.bd.solveRTrans(l.tn)
	return float64(float64(math.Ldexp(scale, l.exp)*asm.Nrm2(l.tn))*gnorm) / f.norm
}

// round adds one correction to z, found in the units of g. It reports
// MaxIterations if conjugate gradients did not reach rounding level in time.
func (l *LeastSquares) round(ctx context.Context, rnorm float64) (StopReason, error) {
	f := l.f
	copy(l.tn, l.g)
	f.solveRTrans(l.tn)
	l.books.PrecondSolves++
	// An error in w of this size is one rounding of A, in A·x or in Aᵀr.
	tol := math.Ldexp(0x1p-54*(float64(f.norm*asm.Nrm2(l.z))+rnorm), -l.exp)
	res, err := CG(ctx, l.w, OperatorFunc(l.normal), l.tn, &Options{AbsTol: tol, RelTol: 0x1p-60, MaxIter: l.o.RoundIter, NoRestart: true, Workspace: &l.ws})
	l.books.Iterations += res.Iterations
	switch res.Reason {
	case Cancelled:
		return Cancelled, nil
	case NotFinite:
		return NotFinite, err
	}
	f.solveR(l.w)
	ldexp(l.w, l.w, l.exp)
	asm.Axpy(l.z, 1, l.w)
	if res.Reason == MaxIterations {
		return MaxIterations, nil
	}
	return None, nil // Converged, Stagnated or Indefinite: rounding, to be judged by the next residual
}

// mulNormal sets dst = R⁻ᵀ·(D·AᵀA·D + P)·R⁻¹·w.
func (l *LeastSquares) mulNormal(dst, w []float64) {
	f := l.f
	copy(l.tz, w)
	f.solveR(l.tz)
	f.spread(l.x, l.tz)
	l.a.MulVec(l.tm, l.x)
	l.a.MulTransVec(l.full, l.tm)
	f.gather(dst, l.full)
	for i, p := range f.p {
		dst[i] = math.FMA(p, l.tz[i], dst[i])
	}
	f.solveRTrans(dst)
	l.books.MulVecs++
	l.books.MulTransVecs++
	l.books.PrecondSolves++
}

// estimate returns the backward error of x, for a solve that has none itself.
func (l *LeastSquares) estimate(x, b []float64) float64 {
	l.books = Result{RHSNorm: asm.Nrm2(b)}
	l.unscale(x)
	return l.backward(l.residual(l.x, b))
}
