package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
)

// M is that of SketchQR for every ridge, by one factorisation.
func TestShiftedSketchAgreesWithSketchQR(t *testing.T) {
	for _, n := range []int{1, 2, 9, 33, 70} {
		s := 3*n + 1
		sa := singular(uint64(n), logspace(1e-3, 1, n), s, n)
		p, err := NewShiftedSketch(bg, sa, s, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		q, err := NewSketchQR(bg, sa, s, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		x := normal(5, n)
		y, z, half := make([]float64, n), make([]float64, n), make([]float64, n)
		for _, c := range []float64{0, 1e-8, 1e-2, 5} {
			check(t, p.SetRidge(c))
			check(t, q.SetRidge(bg, c))
			p.SolveVec(y, x)
			q.SolveVec(z, x)
			if e := norm(sub(y, z)); e > 1e-9*norm(z) {
				t.Errorf("n=%d c=%g: %g from SketchQR", n, c, e)
			}
			p.SolveRTrans(half, x)
			p.SolveR(half, half)
			if e := norm(sub(half, y)); e > 1e-9*norm(y) {
				t.Errorf("n=%d c=%g: R⁻¹R⁻ᵀ off by %g", n, c, e)
			}
			if p.Ridge() != c || p.N() != n {
				t.Errorf("ridge %g, order %d", p.Ridge(), p.N())
			}
		}
		sv := make([]float64, n)
		p.SingularValues(sv)
		for i, want := range logspace(1e-3, 1, n) {
			if math.Abs(sv[i]-want) > 1e-13 {
				t.Errorf("n=%d: σ_%d = %g, want %g", n, i, sv[i], want)
			}
		}
		if low, high := p.SingularRange(); low != sv[n-1] || high != sv[0] {
			t.Errorf("n=%d: range %g, %g", n, low, high)
		}
	}
}

// One factor preconditions the damped normal equations for all c; iterations
// stay those of s = 4n.
func TestShiftedSketchServesEveryRidge(t *testing.T) {
	const m, n = 900, 40
	a := tall("incoherent", 3, m, n, 1e4)
	sk, err := NewSparseSign(m, 4*n, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewShiftedSketch(bg, apply(sk, a, n), 4*n, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	op := matrix(a, m, n)
	b := make([]float64, n)
	op.MulTransVec(b, noisy(2, a, m, n, 0.1))
	normalOp := OperatorFunc(func(dst, x []float64) {
		t := make([]float64, m)
		op.MulVec(t, x)
		op.MulTransVec(dst, t)
	})
	x := make([]float64, n)
	for _, c := range []float64{1e-6, 1e-3, 1, 1e3, 1e-5} {
		check(t, p.SetRidge(c))
		res, err := CG(bg, x, normalOp, b, &Options{Ridge: c, Preconditioner: p, RelTol: 1e-8})
		if err != nil || res.Reason != Converged || res.Iterations > 35 {
			t.Errorf("c=%g: %+v, %v", c, res, err)
		}
	}
}

func TestShiftedSketchRefuses(t *testing.T) {
	const s, n = 40, 6
	sa := normal(1, s*n)
	for i := range s {
		sa[i*n+4] = sa[i*n+1] - sa[i*n]
	}
	p, err := NewShiftedSketch(bg, sa, s, n, nil)
	if !errors.Is(err, ErrRankDeficient) || p == nil {
		t.Fatalf("dependent column: %v", err)
	}
	x := normal(1, n)
	mustPanic(t, "no ridge", func() { p.SolveVec(x, x) })
	check(t, p.SetRidge(1e-9))
	p.SolveVec(x, x)
	if err := p.SetRidge(-1); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	check(t, p.SetRidge(1))
	mustPanic(t, "length", func() { p.SolveR(x[1:], x) })
	if _, err := NewShiftedSketch(bg, sa, s, n, &SketchQROptions{Ridge: -1}); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	if _, err := NewShiftedSketch(bg, sa, s, n+1, nil); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
	if _, err := NewShiftedSketch(bg, sa[:2*n], 2, n, nil); !errors.Is(err, ErrRankDeficient) {
		t.Errorf("fewer rows than columns: %v", err)
	}
	sa[5] = math.Inf(1)
	if _, err := NewShiftedSketch(bg, sa, s, n, nil); !errors.Is(err, ErrNotFinite) {
		t.Error(err)
	}
	big := normal(3, 400*150)
	untilDone(t, func(ctx context.Context) error {
		_, err := NewShiftedSketch(ctx, big, 400, 150, &SketchQROptions{Workers: 1})
		return err
	})
	p, err = NewShiftedSketch(bg, big, 400, 150, nil)
	if err != nil {
		t.Fatal(err)
	}
	y := normal(1, 150)
	for name, f := range map[string]func(){
		"SolveVec": func() { p.SolveVec(y, y) }, "SetRidge": func() { check(t, p.SetRidge(2)) }, "SolveR": func() { p.SolveR(y, y) },
	} {
		if allocs := testing.AllocsPerRun(5, f); allocs != 0 {
			t.Errorf("%s: %g allocations", name, allocs)
		}
	}
}

// Regularize gives a deficient sketch a small ridge, and says so; a full one it
// leaves alone. With it LSQR finds the least residual.
func TestSketchRegularize(t *testing.T) {
	const m, n = 400, 12
	full := normal(1, m*n)
	deficient := append([]float64(nil), full...)
	for i := range m {
		deficient[i*n+7] = deficient[i*n+2] + deficient[i*n+3]
	}
	o := &SketchQROptions{Regularize: true}
	for name, a := range map[string][]float64{"full": full, "deficient": deficient} {
		sk, err := NewSparseSign(m, 4*n, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		sa := apply(sk, a, n)
		q, err := NewSketchQR(bg, sa, 4*n, n, o)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewShiftedSketch(bg, sa, 4*n, n, o)
		if err != nil {
			t.Fatal(err)
		}
		for kind, pre := range map[string]interface {
			Preconditioner
			Ridge() float64
		}{"SketchQR": q, "ShiftedSketch": p} {
			c := pre.Ridge()
			if name == "full" && c != 0 || name == "deficient" && !(c > 0 && c < 1e-15*norm(a)*norm(a)) {
				t.Errorf("%s, %s: ridge %g", name, kind, c)
			}
			b := noisy(3, a, m, n, 0.1)
			x := make([]float64, n)
			res, err := LSQR(bg, x, matrix(a, m, n), b, &Options{Preconditioner: pre, RelTol: 1e-6})
			least := norm(sub(b, mulVec(a, m, n, ridgeSolution(t, a, m, n, b, 1e-12))))
			if r := norm(sub(b, mulVec(a, m, n, x))); err != nil || res.Reason != Converged || res.Iterations > 60 || r > least*(1+1e-9) {
				t.Errorf("%s, %s: residual %g, least %g: %+v, %v", name, kind, r, least, res, err)
			}
		}
	}
	for _, f := range []func() error{
		func() error { _, err := NewSketchQR(bg, make([]float64, 40*n), 40, n, o); return err },
		func() error { _, err := NewShiftedSketch(bg, make([]float64, 40*n), 40, n, o); return err },
	} {
		if err := f(); !errors.Is(err, ErrRankDeficient) {
			t.Errorf("zero sketch: %v", err)
		}
	}
}

// BenchmarkShiftedSketch times construction, a new ridge and a solve, beside
// those of SketchQR.
func BenchmarkShiftedSketch(b *testing.B) {
	for _, n := range []int{256, 1024} {
		s := 4 * n
		sa := normal(1, s*n)
		p, err := NewShiftedSketch(bg, sa, s, n, nil)
		if err != nil {
			b.Fatal(err)
		}
		q, err := NewSketchQR(bg, sa, s, n, nil)
		if err != nil {
			b.Fatal(err)
		}
		x := normal(2, n)
		for name, f := range map[string]func() error{
			"op=new/kind=shifted":   func() error { _, err := NewShiftedSketch(bg, sa, s, n, nil); return err },
			"op=new/kind=qr":        func() error { return q.Factor(bg, sa, 0) },
			"op=ridge/kind=shifted": func() error { return p.SetRidge(2) },
			"op=ridge/kind=qr":      func() error { return q.SetRidge(bg, 2) },
			"op=solve/kind=shifted": func() error { p.SolveVec(x, x); return nil },
			"op=solve/kind=qr":      func() error { q.SolveVec(x, x); return nil },
		} {
			b.Run(fmt.Sprintf("%s/s=%d/n=%d", name, s, n), func(b *testing.B) {
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
