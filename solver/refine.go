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

// refine solves by rounds. dst is the x of the least backward error yet, to
// which the residuals in the books belong, also if ctx ends.
func (l *LeastSquares) refine(ctx context.Context, dst, b []float64) (res LeastSquaresResult, err error) {
	l.start = time.Now()
	l.books = Result{RHSNorm: asm.Nrm2(b), TrueResidual: math.NaN(), NormalResidual: math.NaN(), Curvature: math.NaN()}
	res.BackwardError = math.NaN()
	finish := func(reason StopReason, err error) (LeastSquaresResult, error) {
		if reason == Cancelled {
			err = fmt.Errorf("solver: LeastSquares cancelled after %d iterations: %w", l.books.Iterations, context.Cause(ctx))
		}
		if reason == Converged && l.watch != nil && l.books.Iterations == 0 {
			l.shown.Iteration, l.shown.Residual = 0, l.books.NormalResidual
			l.o.Callback(l.shown)
		}
		l.books.Reason, l.books.Elapsed = reason, time.Since(l.start)
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
	tall, limit := l.m >= l.n, maxRounds
	if tall {
		l.f.start(l.z, l.sb, b)
	} else {
		_, l.unit = math.Frexp(l.books.RHSNorm)
		clear(l.x)
		clear(l.sum)
		if l.o.Method == Textbook {
			limit = 1
		}
	}
	best := math.Inf(1)
	last, cut := best, None // cut: why the last round was
	for round := 0; ; round++ {
		if ctx.Err() != nil {
			return finish(Cancelled, nil)
		}
		rnorm, eta := l.measure(b)
		if ctx.Err() != nil {
			return finish(Cancelled, nil) // the product may have been cut short
		}
		if tall && round == 0 && !(rnorm <= l.books.RHSNorm) {
			// The sketched minimiser is no better than nothing.
			clear(l.z)
			rnorm, eta = l.measure(b)
		}
		if !finite(rnorm) || !finite(eta) {
			return finish(NotFinite, fmt.Errorf("solver: LeastSquares: residual norm %v, backward error %v after %d iterations: %w", rnorm, eta, l.books.Iterations, ErrNotFinite))
		}
		l.show()
		if eta < best || math.IsInf(best, 1) {
			best = eta
			lost := l.record(dst, rnorm)
			if !finite(lost) {
				return finish(NotFinite, fmt.Errorf("solver: LeastSquares: x overflows after %d iterations: %w", l.books.Iterations, ErrNotFinite))
			}
			eta += lost
			res.BackwardError = max(eta, l.missed)
		}
		switch {
		case eta <= l.o.Tol && (l.dependent || !tall):
			return finish(Converged, nil)
		case cut == TimeLimit || cut == Callback:
			return finish(cut, nil)
		case cut == MaxIterations || eta <= l.o.Tol || len(l.f.cols) == 0: // or the sketch vanished
			if l.f.sketch == nil || 2*l.ratio > l.o.MaxSketchRatio {
				if cut == None {
					cut = Stagnated // the columns left out are what is wrong
				}
				return finish(cut, nil)
			}
			if err := l.resketch(ctx, dst); err != nil {
				if ctx.Err() != nil {
					return finish(Cancelled, nil)
				}
				return finish(None, err)
			}
			if last, round, cut = math.Inf(1), -1, None; tall {
				best = last // dst is x, and the new sketch judges it anew
			}
			continue
		case round == limit || round > 2 && !(eta <= last/2):
			return finish(Stagnated, nil)
		}
		last = eta
		var reason StopReason
		if tall {
			reason, err = l.round(ctx, rnorm)
		} else {
			reason, err = l.roundWide(ctx)
		}
		switch reason {
		case Cancelled:
			return finish(Cancelled, nil)
		case NotFinite:
			return finish(NotFinite, err)
		}
		cut = reason
		if round > 0 {
			l.books.Restarts++
		}
	}
}

// measure computes the residual of z or, of a wide A, x anew, with all that is named
// there, and returns its norm and the backward error.
func (l *LeastSquares) measure(b []float64) (rnorm, eta float64) {
	if l.m < l.n {
		return l.measureWide(b)
	}
	rnorm = l.residual(l.x, b)
	l.missed, l.dependent = l.leftOut(rnorm)
	return rnorm, l.backward(rnorm)
}

// leftOut returns what the columns left out of R add to the backward error. With
// those kept they are A·D·[I C] + [0 Δ], where C is of the sketch and Δ is zero where
// the sketch tells the truth; x is a minimiser if Δᵀr = 0 besides g = 0. Δᵀr is had from
// the product with Aᵀ that made g, and not from Δ; that the residual is small, and so
// mostly the rounding of A·x, makes no difference to it. With t = ‖Δᵀr‖/‖r‖ and θ and μ
// of backward,
//
//	‖(ΔᵀΔ + μI)^-½·Δᵀr‖ ≤ ‖r‖·t/√(t²+μ),
//
// as σ²/(σ²+μ) is concave in σ². It is dependent as far as working precision goes if
// t is no more than what counts as singular, or rounding of that product.
func (l *LeastSquares) leftOut(rnorm float64) (eta float64, dependent bool) {
	f := l.f
	if len(f.out) == 0 || rnorm == 0 {
		return 0, true
	}
	kept := len(f.cols)
	var t, allowed float64
	for q, j := range f.out {
		c := f.depend[q*kept : (q+1)*kept]
		t = hypot(t, float64(f.outD[q]*l.full[j])-asm.Dot(c, l.g))
		allowed = hypot(allowed, hypot(1, asm.Nrm2(c)))
	}
	if t /= math.Ldexp(rnorm, -l.exp); t == 0 {
		return 0, true
	}
	norm := max(f.norm, t) // a sketch of nothing but zeros knows no norm of A
	theta := norm / l.books.RHSNorm
	scale := theta / hypot(1, float64(theta*asm.Nrm2(l.z)))
	root := float64(scale * rnorm)
	eta = root * (t / hypot(t, root)) / norm
	return eta, eta <= l.o.Tol || t <= float64(8*singularLimit(f.k))*norm*allowed
}

// record copies x to dst and what measure found to the books. It returns the relative
// backward error that rounding to dst adds, not finite if x overflows.
func (l *LeastSquares) record(dst []float64, rnorm float64) float64 {
	if l.m < l.n {
		return l.recordWide(dst, rnorm)
	}
	copy(dst, l.x)
	l.books.TrueResidual, l.books.NormalResidual = rnorm, l.normalResidual(l.x)
	return 0
}

// resketch doubles the sketch, and goes on from dst or, of a wide A, from x.
func (l *LeastSquares) resketch(ctx context.Context, dst []float64) error {
	exp := l.f.exp
	l.ratio *= 2
	if err := l.sketch(ctx); err != nil {
		l.ratio /= 2
		return err
	}
	if l.m >= l.n {
		l.unscale(dst) // the scaling is another one
		return nil
	}
	ldexp(l.x, l.x, exp-l.f.exp)
	ldexp(l.sum, l.sum, 2*(exp-l.f.exp))
	return nil
}

// show keeps x and the residual for the callback.
func (l *LeastSquares) show() {
	if l.watch == nil {
		return
	}
	if l.m >= l.n {
		copy(l.shown.X, l.x)
		ldexp(l.shown.R, l.r, l.exp)
		return
	}
	ldexp(l.shown.X, l.x, l.unit+l.f.exp)
	ldexp(l.shown.R, l.r, l.unit+l.exp)
}

// callback tells the options' callback of an iteration of the running round; the
// rounds are counted through.
func (l *LeastSquares) callback(it Iteration) bool {
	if it.Iteration == 0 && l.books.Iterations > 0 {
		return true // told as the last one of the round before
	}
	unit := l.exp
	if l.m < l.n {
		unit += l.unit
	}
	l.shown.Iteration = l.books.Iterations + it.Iteration
	l.shown.Residual = math.Ldexp(it.Residual, unit)
	return l.o.Callback(l.shown)
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

// round adds one correction to z, found in the units of g. Its reason is that of
// conjugate.
func (l *LeastSquares) round(ctx context.Context, rnorm float64) (StopReason, error) {
	f := l.f
	copy(l.tn, l.g)
	f.solveRTrans(l.tn)
	l.books.PrecondSolves++
	// An error in w of this size is one rounding of A, in A·x or in Aᵀr.
	tol := math.Ldexp(0x1p-54*(float64(f.norm*asm.Nrm2(l.z))+rnorm), -l.exp)
	reason, err := l.conjugate(ctx, l.tn, tol)
	if reason == Cancelled || reason == NotFinite {
		return reason, err
	}
	f.solveR(l.w)
	ldexp(l.w, l.w, l.exp)
	asm.Axpy(l.z, 1, l.w)
	return reason, nil
}

// conjugate sets w to the solution of l.normal·w = rhs by conjugate gradients, down to a
// residual of tol or rounding. Its reason is None, or why the round is cut short.
func (l *LeastSquares) conjugate(ctx context.Context, rhs []float64, tol float64) (StopReason, error) {
	o := &Options{AbsTol: tol, RelTol: 0x1p-60, MaxIter: l.o.RoundIter, NoRestart: true, Callback: l.watch, Workspace: &l.ws}
	if l.o.TimeLimit > 0 {
		o.TimeLimit = max(l.o.TimeLimit-time.Since(l.start), 1)
	}
	res, err := CG(ctx, l.w, l.normal, rhs, o)
	l.books.Iterations += res.Iterations
	switch res.Reason {
	case Cancelled, NotFinite, MaxIterations, TimeLimit, Callback:
		return res.Reason, err
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
	_, eta := l.measure(b)
	return max(eta, l.missed)
}
