package solver

import (
	"errors"
	"math"
	"testing"
)

func TestJacobi(t *testing.T) {
	d := []float64{4, 0.5, 1e6}
	p, err := NewJacobi(d, 0)
	if err != nil {
		t.Fatal(err)
	}
	d[0] = 0 // copied
	for _, c := range []float64{0, 1, 1e-3} {
		check(t, p.SetRidge(c))
		x := []float64{1, 2, 3}
		p.SolveVec(x, x)
		for i, v := range []float64{4, 0.5, 1e6} {
			if want := float64(i+1) / (v + c); math.Abs(x[i]-want) > 2*eps*want {
				t.Errorf("c=%g: entry %d is %g, want %g", c, i, x[i], want)
			}
		}
		if p.Ridge() != c || p.N() != 3 {
			t.Errorf("ridge %g, order %d", p.Ridge(), p.N())
		}
	}
	// Scaling of the unknowns is undone: the same iterations as without.
	const n = 60
	a := symmetric(2, logspace(0.1, 1, n))
	for i := range n {
		for j := range n {
			if i != j {
				a[i*n+j] /= math.Sqrt(a[i*n+i] * a[j*n+j])
			}
		}
	}
	for i := range n {
		a[i*n+i] = 1
	}
	count := func(scale float64) int {
		b, diag := append([]float64(nil), a...), make([]float64, n)
		for i := range n {
			for j := range n {
				b[i*n+j] *= math.Pow(scale, float64(i%7)) * math.Pow(scale, float64(j%7))
			}
			diag[i] = b[i*n+i]
		}
		p, err := NewJacobi(diag, 0)
		if err != nil {
			t.Fatal(err)
		}
		rhs := normal(1, n)
		for i := range rhs {
			rhs[i] *= math.Pow(scale, float64(i%7))
		}
		res, err := CG(bg, make([]float64, n), matrix(b, n, n), rhs, &Options{Preconditioner: p, RelTol: 1e-8})
		if err != nil || res.Reason != Converged {
			t.Fatalf("%+v, %v", res, err)
		}
		return res.Iterations
	}
	if one, ten := count(1), count(10); ten > one+25 {
		t.Errorf("%d iterations scaled, %d not", ten, one)
	}
	for _, c := range []struct {
		diag  []float64
		ridge float64
		want  error
	}{
		{[]float64{1, math.NaN()}, 0, ErrNotFinite},
		{[]float64{1, 0}, 0, ErrNotPositiveDefinite},
		{[]float64{1, -2}, 1, ErrNotPositiveDefinite},
		{[]float64{1}, -1, ErrOption},
	} {
		if _, err := NewJacobi(c.diag, c.ridge); !errors.Is(err, c.want) {
			t.Errorf("%v ridge %g: %v", c.diag, c.ridge, err)
		}
	}
	if err := p.SetRidge(-1); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	mustPanic(t, "wrong length", func() { p.SolveVec(make([]float64, 2), make([]float64, 3)) })
}
