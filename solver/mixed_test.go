package solver

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// mixedCase makes a preconditioner of A = X·Xᵀ in either precision.
type mixedCase struct {
	name string
	make func(x, a []float64, n, m int, ridge float64, single bool) (Preconditioner, error)
}

var mixedCases = []mixedCase{
	{"SketchQR", func(x, _ []float64, n, m int, ridge float64, single bool) (Preconditioner, error) {
		// The whole of Xᵀ stands for its sketch, one row in two twice as large.
		xt := transpose(x, n, m)
		for i := range xt {
			if i/n%2 == 0 {
				xt[i] *= 2
			}
		}
		return NewSketchQR(bg, xt, m, n, &SketchQROptions{Ridge: ridge, Float32: single, Workers: 2})
	}},
	{"RPCholesky", func(_, a []float64, n, _ int, ridge float64, single bool) (Preconditioner, error) {
		return NewRPCholesky(bg, matrix(a, n, n), n, &RPCholeskyOptions{Ridge: ridge, Rank: n / 2, Float32: single, Workers: 2})
	}},
	{"Nystrom", func(_, a []float64, n, _ int, ridge float64, single bool) (Preconditioner, error) {
		return NewNystrom(bg, matrix(a, n, n), n, &NystromOptions{Ridge: ridge, Rank: n / 2, Float32: single, Workers: 2})
	}},
	{"Cholesky", func(_, a []float64, n, _ int, ridge float64, single bool) (Preconditioner, error) {
		if single {
			return NewMixedCholesky(bg, a, n, &CholeskyOptions{Ridge: ridge, Workers: 2})
		}
		return NewCholesky(bg, a, n, &CholeskyOptions{Ridge: ridge, Workers: 2})
	}},
}

// solvedWith returns the iterations of CG to a true residual of tol with the
// preconditioner of each precision.
func solvedWith(t *testing.T, c mixedCase, x []float64, n, m int, ridge, tol float64) (wide, narrow int) {
	t.Helper()
	a := gram(x, n, m)
	b, z := normal(9, n), make([]float64, n)
	for _, single := range []bool{false, true} {
		p, err := c.make(x, a, n, m, ridge, single)
		if err != nil {
			t.Fatalf("%s single=%t: %v", c.name, single, err)
		}
		res, err := CG(bg, z, matrix(a, n, n), b, &Options{Ridge: ridge, RelTol: tol, Preconditioner: p, MaxIter: 2000})
		r := sub(b, mulVec(addDiag(a, n, ridge), n, n, z))
		if err != nil || res.Reason != Converged || norm(r) > 1.1*tol*norm(b) {
			t.Errorf("%s single=%t: %v, %v, true residual %g", c.name, single, res.Reason, err, norm(r)/norm(b))
		}
		if single {
			narrow = res.Iterations
		} else {
			wide = res.Iterations
		}
	}
	return wide, narrow
}

// In float32 CG takes about as many iterations as in float64, and comes as far.
func TestFloat32PreconditionersSaveNoDigits(t *testing.T) {
	const n, m = 150, 400
	for _, kappa := range []float64{10, 1e3, 1e6} {
		x := singular(2, logspace(1/math.Sqrt(kappa), 1, n), n, m)
		for _, c := range mixedCases {
			ridge := 0.0
			if c.name == "RPCholesky" || c.name == "Nystrom" {
				ridge = 1 / kappa
			}
			wide, narrow := solvedWith(t, c, x, n, m, ridge, 1e-10)
			t.Logf("%s κ=%g: %d and %d iterations", c.name, kappa, wide, narrow)
			limit := int(1.3*float64(wide)) + 1
			if c.name == "Cholesky" { // one in float64
				limit = 2 + int(math.Log10(kappa))
			}
			if narrow > limit {
				t.Errorf("%s κ=%g: %d iterations in float64, %d in float32", c.name, kappa, wide, narrow)
			}
		}
	}
}

// Near-duplicate rows, and a ridge that lifts them or does not.
func TestFloat32PreconditionersOnNearDuplicates(t *testing.T) {
	const n, m = 120, 300
	x := normal(3, n*m)
	noise := normal(4, n*m)
	for i := n / 2; i < n; i++ {
		for j := range m {
			x[i*m+j] = x[(i-n/2)*m+j] + 1e-4*noise[i*m+j]
		}
	}
	for _, ridge := range []float64{1e-5, 1e-3, 1} { // κ is 600 over it
		for _, c := range mixedCases {
			wide, narrow := solvedWith(t, c, x, n, m, ridge, 1e-6)
			t.Logf("%s ridge %g: %d and %d iterations", c.name, ridge, wide, narrow)
			if narrow > 2*wide+12 {
				t.Errorf("%s ridge %g: %d iterations in float64, %d in float32", c.name, ridge, wide, narrow)
			}
		}
	}
}

// No scale of A changes the iterations: powers of two change no bit.
func TestFloat32PreconditionersAtEveryScale(t *testing.T) {
	const n, m = 60, 150
	x0 := singular(2, logspace(1e-2, 1, n), n, m)
	b := normal(9, n)
	for _, c := range mixedCases {
		var want []float64
		for _, e := range []int{0, -249, 249, 31} {
			x := make([]float64, n*m)
			ldexp(x, x0, e)
			a := gram(x, n, m)
			p, err := c.make(x, a, n, m, math.Ldexp(1, 2*e-10), true)
			if err != nil {
				t.Fatalf("%s scale 2^%d: %v", c.name, e, err)
			}
			z := make([]float64, n)
			p.SolveVec(z, b)
			ldexp(z, z, 2*e)
			if want == nil {
				want = z
			}
			if !sameBits(z, want) {
				t.Errorf("%s: scale 2^%d changes bits", c.name, e)
			}
		}
		// Rows of very different size, which only a ridge holds together, at both ends.
		x := append([]float64(nil), x0...)
		for i := range n {
			rescale(x[i*m:(i+1)*m], math.Pow(10, float64(i%7-3)*20))
		}
		p, err := c.make(x, gram(x, n, m), n, m, 1, true)
		if err != nil {
			t.Fatalf("%s, rows from 1e-60 to 1e60: %v", c.name, err)
		}
		z := make([]float64, n)
		if p.SolveVec(z, b); checkFinite("", "z", z) != nil || !(dot(z, b) > 0) {
			t.Errorf("%s, rows from 1e-60 to 1e60: M⁻¹b = %v", c.name, z)
		}
	}
}

func TestFloat32PreconditionersRefuse(t *testing.T) {
	const n, m = 40, 90
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		for _, c := range mixedCases {
			x := normal(1, n*m)
			a := gram(x, n, m)
			x[17*m+20], a[17*n+17] = bad, bad
			if _, err := c.make(x, a, n, m, 1, true); !errors.Is(err, ErrNotFinite) {
				t.Errorf("%s with %v: %v", c.name, bad, err)
			}
		}
	}
	a := addDiag(make([]float64, n*n), n, 1)
	a[n*n-1] = -1
	if _, err := NewMixedCholesky(bg, a, n, nil); !errors.Is(err, ErrNotPositiveDefinite) {
		t.Errorf("negative diagonal: %v", err)
	}
	a[n*n-1], a[n*n-2] = 1, 2
	_, err := NewMixedCholesky(bg, a, n, nil)
	if !errors.Is(err, ErrNotPositiveDefinite) || !strings.Contains(err.Error(), fmt.Sprint("column ", n-1)) {
		t.Errorf("indefinite: %v", err)
	}
	a[n*n-2] = 1 // singular: a shift makes it definite
	p, err := NewMixedCholesky(bg, a, n, nil)
	if err != nil || p.Shift() == 0 {
		t.Errorf("singular: %v", err)
	}
	if _, err := NewSketchQR(bg, normal(1, 10), 5, 2, nil); err != nil {
		t.Error(err)
	}
	q, err := NewSketchQR(bg, normal(1, 10), 5, 2, nil)
	check(t, err)
	if err := q.Factor32(bg, make([]float32, 10), 0); !errors.Is(err, ErrOption) {
		t.Errorf("Factor32 of a float64 factor: %v", err)
	}
	if _, err := NewShiftedSketch(bg, normal(1, 10), 5, 2, &SketchQROptions{Float32: true}); !errors.Is(err, ErrOption) {
		t.Errorf("ShiftedSketch: %v", err)
	}
}

// Rank is judged by the rounding of float32; a ridge or Regularize makes R usable.
func TestSketchQR32JudgesRank(t *testing.T) {
	const s, n = 200, 40
	for _, distance := range []float64{0, 1e-8, 1e-2} {
		sa := normal(5, s*n)
		for i := range s {
			sa[i*n+20] = sa[i*n+3] - sa[i*n+7] + distance*sa[i*n+20]
		}
		p, err := NewSketchQR(bg, sa, s, n, &SketchQROptions{Float32: true})
		if distance > 1e-3 {
			check(t, err)
			continue
		}
		if !errors.Is(err, ErrRankDeficient) || !strings.Contains(err.Error(), "column 20 ") {
			t.Fatalf("distance %g: %v", distance, err)
		}
		mustPanic(t, "SolveVec without a factor", func() { p.SolveVec(make([]float64, n), make([]float64, n)) })
		x := make([]float64, n)
		for _, c := range []float64{1e-3, 1e-30} {
			check(t, p.SetRidge(bg, c))
			if p.SolveVec(x, normal(1, n)); checkFinite("", "x", x) != nil || p.Ridge() != c {
				t.Errorf("distance %g, ridge %g: %v", distance, c, x)
			}
		}
		p, err = NewSketchQR(bg, sa, s, n, &SketchQROptions{Float32: true, Regularize: true})
		check(t, err)
		if p.SolveVec(x, normal(1, n)); checkFinite("", "x", x) != nil {
			t.Errorf("distance %g, regularized: %v", distance, x)
		}
	}
}

// A column of zeros, and a ridge that float32 cannot hold beside the others.
func TestSketchQR32WithZeroColumn(t *testing.T) {
	const s, n = 90, 20
	sa := normal(5, s*n)
	for i := range s {
		sa[i*n+7] = 0
	}
	p, err := NewSketchQR(bg, sa, s, n, &SketchQROptions{Float32: true, Ridge: 1e-120})
	check(t, err)
	x := make([]float64, n)
	if p.SolveVec(x, normal(1, n)); checkFinite("", "x", x) != nil {
		t.Errorf("M⁻¹b = %v", x)
	}
}

// RᵀR is AᵀA + cI to the rounding of float32, from a sketch of either precision,
// and a ridge that moves gives the bits of a new factor.
func TestSketchQR32Normal(t *testing.T) {
	const s, n = 150, 50
	sa32 := rounded(normal(6, s*n))
	sa := widened(sa32)
	g := gram(transpose(sa, s, n), n, s)
	r := make([]float64, n*n)
	x, y := make([]float64, n), make([]float64, n)
	p, err := NewSketchQR32(bg, sa32, s, n, nil)
	check(t, err)
	for _, c := range []float64{0, 1e-3, 10, 1e6, 1e200} {
		check(t, p.SetRidge(bg, c))
		q, err := NewSketchQR(bg, sa, s, n, &SketchQROptions{Float32: true, Ridge: c, Workers: 3})
		check(t, err)
		p.SolveVec(x, normal(1, n))
		if q.SolveVec(y, normal(1, n)); !sameBits(x, y) {
			t.Errorf("ridge %g: precision of the sketch, workers or order change bits", c)
		}
		p.R(r)
		rtr, want := gram(transpose(r, n, n), n, n), addDiag(g, n, c)
		for i := range want {
			if e := math.Abs(rtr[i] - want[i]); e > 100*eps32*want[0] {
				t.Fatalf("ridge %g: RᵀR is off by %g", c, e)
			}
		}
		p.SolveRTrans(x, normal(1, n))
		p.SolveR(x, x)
		if !sameBits(x, y) {
			t.Errorf("ridge %g: SolveVec differs from SolveR(SolveRTrans)", c)
		}
	}
	low, high := p.DiagRange()
	if !(low > 0) || high > norm(sa) {
		t.Errorf("DiagRange %g, %g", low, high)
	}
}

func TestFloat32PreconditionersAllocateNothing(t *testing.T) {
	const n, m = 70, 150
	x := normal(1, n*m)
	a, b, z := gram(x, n, m), normal(2, n), make([]float64, n)
	xt := transpose(x, n, m)
	sketch, err := NewSketchQR32(bg, rounded(xt), m, n, &SketchQROptions{Workers: 1})
	check(t, err)
	chol, err := NewMixedCholesky(bg, a, n, &CholeskyOptions{Workers: 1})
	check(t, err)
	low, err := NewRPCholesky(bg, matrix(a, n, n), n, &RPCholeskyOptions{Rank: 30, Ridge: 1, Float32: true, Workers: 1})
	check(t, err)
	xt32 := rounded(xt)
	check(t, sketch.Factor(bg, xt, 1)) // its strip
	for name, f := range map[string]func(){
		"SketchQR.Factor32":    func() { check(t, sketch.Factor32(bg, xt32, 1)) },
		"SketchQR.Factor":      func() { check(t, sketch.Factor(bg, xt, 1)) },
		"SketchQR.SetRidge":    func() { check(t, sketch.SetRidge(bg, 2)) },
		"SketchQR.SolveVec":    func() { sketch.SolveVec(z, b) },
		"MixedCholesky.Factor": func() { check(t, chol.Factor(bg, a, 1)) },
		"MixedCholesky.Solve":  func() { chol.SolveVec(z, b) },
		"RPCholesky.SolveVec":  func() { low.SolveVec(z, b) },
		"RPCholesky.MulVec":    func() { low.MulVec(z, b) },
		"RPCholesky.SetRidge":  func() { check(t, low.SetRidge(2)) },
	} {
		if allocs := testing.AllocsPerRun(3, f); allocs != 0 {
			t.Errorf("%s: %g allocations", name, allocs)
		}
	}
}

// Low rank: F of float32 is orthonormal in float64, so that M⁻¹ inverts M far
// beyond float32; workers change nothing.
func TestLowRank32InvertsItself(t *testing.T) {
	const n = 9000 // three tasks
	const k = 20
	var first []float64
	for _, workers := range []int{1, 3} {
		h := newHouseholder[float32](bg, n, k, workers)
		for q := range k {
			convert(h.at[q*h.ld:], normal(uint64(q), n))
		}
		clear(h.at[5*h.ld : 5*h.ld+n]) // a column of zeros
		p, err := factorTall(bg, h, n, k, 0, workers)
		check(t, err)
		check(t, p.set("", 1e-3, 1e-3, 1e-3))
		x, y := normal(3, n), make([]float64, n)
		p.MulVec(y, x)
		p.SolveVec(y, y)
		if e := norm(sub(x, y)); e > 1e-14*(1.1*n/1e-3)*norm(x) {
			t.Errorf("workers=%d: M⁻¹M is off by %g", workers, e/norm(x))
		}
		p.SolveVec(y, x)
		if first == nil {
			first = append(first, y...)
		}
		if !sameBits(y, first) {
			t.Error("workers change bits")
		}
	}
}
