package solver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"
)

// fuzzFloats returns numbers made of the bytes that it consumes: fifteen of
// sixteen values of a byte are sixteenths, the others announce any float64 at
// all. What the bytes do not reach is zero. All are scaled by 2^exp.
func fuzzFloats(data *[]byte, n, exp int) []float64 {
	x := make([]float64, n)
	for i := range x {
		if len(*data) == 0 {
			break
		}
		c := (*data)[0]
		*data = (*data)[1:]
		x[i] = float64(int(c)-120) / 16
		if c >= 0xf0 && len(*data) >= 8 {
			x[i] = math.Float64frombits(binary.LittleEndian.Uint64(*data))
			*data = (*data)[8:]
		}
		x[i] = math.Ldexp(x[i], exp)
	}
	return x
}

func addSeeds(f *testing.F) {
	square := []byte{200, 130, 125, 130, 190, 110, 125, 110, 180, 1, 2, 3}
	f.Add(uint8(2), uint8(2), int16(0), uint8(0), square)
	f.Add(uint8(2), uint8(2), int16(-500), uint8(0x11), square)
	f.Add(uint8(5), uint8(1), int16(400), uint8(2), square)
	f.Add(uint8(1), uint8(5), int16(3), uint8(3), square)
	f.Add(uint8(3), uint8(2), int16(0), uint8(0), []byte{136, 136, 136, 136, 136, 136, 136, 136, 136, 136, 136, 137}) // of rank one
	f.Add(uint8(0), uint8(0), int16(0), uint8(0), []byte{0xff, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f, 3})                      // infinity
	f.Add(uint8(3), uint8(3), int16(1), uint8(0x31), []byte("the quick brown fox jumps over"))
}

// knownError is nil or wraps one of the errors of this package.
func knownError(err error) bool {
	for _, e := range []error{nil, ErrShape, ErrOption, ErrNotFinite, ErrIndefinite, ErrNotPositiveDefinite, ErrRankDeficient} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// within reports that x neither overflows nor underflows in a square, zeros aside.
func within(x []float64) bool {
	for _, v := range x {
		if a := math.Abs(v); !(v == 0 || a > 1e-100 && a < 1e100) {
			return false
		}
	}
	return true
}

// FuzzKrylov gives small matrices of any values to the iterations: none panics,
// an error is one of the package, and Converged is true, by residuals that are
// computed again.
func FuzzKrylov(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, rows, cols uint8, exp int16, how uint8, data []byte) {
		m, n := 1+int(rows)%10, 1+int(cols)%10
		a := fuzzFloats(&data, m*n, int(exp)%600)
		b := fuzzFloats(&data, m, int(exp)/600)
		o := Options{RelTol: []float64{0, 1e-3, 1e-15, -1}[how%4], MaxIter: 200, Ridge: []float64{0, 1e-6, 1}[how/4%3]}
		c := honest{t: t, o: &o, b: b, op: matrix(a, m, n)}
		report := func(name string, x []float64, res Result, err error, residual, normal, scale float64) {
			what := fmt.Sprintf("%s of %d × %d, %v, b %v, tolerance %g, ridge %g: %+v, %v", name, m, n, a, b, o.RelTol, o.Ridge, res, err)
			switch {
			case !knownError(err) || err != nil && res.Converged():
				t.Fatalf("%s: error", what)
			case err == nil && checkFinite("", "x", x) != nil:
				t.Fatalf("%s: x is %v", what, x)
			case !res.Converged() || !within(a) || !within(b) || !within(x):
			case residual > c.tolerance()*(1+1e-12) && !(normal <= (4*c.relTol()+1e-13)*scale*residual) && !(c.relTol() > 0 && normal <= 0x1p-25*scale*residual && normal <= 0x1p-49*scale*(scale*norm2(x)+residual)):
				t.Fatalf("%s: false convergence: residual %g, normal %g", what, residual, normal)
			}
		}
		nan := math.NaN()
		if m == n {
			for i := range n { // symmetric, or the paper's assumptions are not the fuzzer's fault
				for j := range i {
					a[j*n+i] = a[i*n+j]
				}
			}
			x := make([]float64, n)
			res, err := CG(bg, x, c.op, b, &o)
			report("CG", x, res, err, norm2(c.residual(x, o.Ridge)), nan, 0)
			res, err = MINRES(bg, x, c.op, b, &o)
			report("MINRES", x, res, err, norm2(c.residual(x, o.Ridge)), nan, 0)
		}
		x := make([]float64, n)
		if o.Ridge == 0 {
			res, err := MinNorm(bg, x, c.op, b, &o)
			report("MinNorm", x, res, err, norm2(c.residual(x, 0)), nan, 0)
		}
		for name, solve := range bothLeastSquares {
			res, err := solve(bg, x, c.op, b, &o)
			r, g := c.residual(x, 0), make([]float64, n)
			c.op.MulTransVec(g, r)
			for i := range g {
				g[i] -= o.Ridge * x[i]
			}
			report(name, x, res, err, math.Hypot(norm2(r), math.Sqrt(o.Ridge)*norm2(x)), norm2(g), math.Hypot(norm2(a), math.Sqrt(o.Ridge)))
		}
	})
}

func (c *honest) relTol() float64 {
	if c.o.RelTol == 0 {
		return 1e-10
	}
	return max(c.o.RelTol, 0)
}

// FuzzFactors gives them to the factorisations, and to least squares by a
// sketch: what they return is a factor of the matrix, and the minimiser of one
// that differs by roundings.
func FuzzFactors(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, rows, cols uint8, exp int16, how uint8, data []byte) {
		m, n := 1+int(rows)%12, 1+int(cols)%12
		a := fuzzFloats(&data, m*n, int(exp)%600)
		b := fuzzFloats(&data, m, int(exp)/600)
		ridge := []float64{0, 1e-6, 1}[how%3]
		sane := within(a) && within(b)
		if m == n {
			checkCholesky(t, a, n, ridge, sane)
		}
		if m >= n {
			checkQR(t, a, b, m, n, sane)
		}
		checkLeastSquares(t, a, b, m, n, sane)
	})
}

func checkCholesky(t *testing.T, a []float64, n int, ridge float64, sane bool) {
	c, err := NewCholesky(bg, a, n, &CholeskyOptions{Ridge: ridge})
	if err != nil {
		if c != nil || !errors.Is(err, ErrNotPositiveDefinite) && !errors.Is(err, ErrNotFinite) {
			t.Fatalf("Cholesky of %v: %v, %v", a, c, err)
		}
		return
	}
	l := make([]float64, n*n)
	c.L(l)
	if checkFinite("", "L", l) != nil {
		t.Fatalf("Cholesky of %v: L is %v", a, l)
	}
	if !sane {
		return
	}
	for i := range n {
		for j := range i + 1 {
			want, got, size := a[i*n+j], 0.0, 0.0
			if i == j {
				want += ridge
			}
			for p := range j + 1 {
				got = math.FMA(l[i*n+p], l[j*n+p], got)
				size += math.Abs(l[i*n+p] * l[j*n+p])
			}
			if math.Abs(got-want) > float64(4*n+8)*eps*size {
				t.Fatalf("Cholesky of %v, ridge %g: element (%d, %d) of LLᵀ is %g, not %g", a, ridge, i, j, got, want)
			}
		}
	}
}

func checkQR(t *testing.T, a, b []float64, m, n int, sane bool) {
	q, err := NewQR(bg, a, m, n, nil)
	if err != nil {
		if q != nil || !errors.Is(err, ErrNotFinite) {
			t.Fatalf("QR of %v: %v, %v", a, q, err)
		}
		return
	}
	r, x := make([]float64, n*n), make([]float64, n)
	q.R(r)
	if checkFinite("", "R", r) != nil {
		t.Fatalf("QR of %v: R is %v", a, r)
	}
	residual, err := q.SolveVec(x, b)
	if !knownError(err) {
		t.Fatal(err)
	}
	if !sane {
		return
	}
	at, rt := transpose(a, m, n), transpose(r, n, n)
	for i := range n {
		for j := range n {
			ai, aj := at[i*m:(i+1)*m], at[j*m:(j+1)*m]
			got, want := dot(rt[i*n:(i+1)*n], rt[j*n:(j+1)*n]), dot(ai, aj)
			if math.Abs(got-want) > float64(40*m)*eps*norm2(ai)*norm2(aj) {
				t.Fatalf("QR of %v: element (%d, %d) of RᵀR is %g, not %g", a, i, j, got, want)
			}
		}
	}
	if err == nil && within(x) {
		want := norm2(sub(b, mulVec(a, m, n, x)))
		if math.Abs(residual-want) > 1e-12*(norm2(a)*norm2(x)+norm2(b)) {
			t.Fatalf("QR of %v: residual %g for %v, not %g", a, want, b, residual)
		}
	}
}

func checkLeastSquares(t *testing.T, a, b []float64, m, n int, sane bool) {
	l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, nil)
	if err != nil {
		if l != nil || !errors.Is(err, ErrNotFinite) {
			t.Fatalf("LeastSquares of %v: %v", a, err)
		}
		return
	}
	x := make([]float64, n)
	res, err := l.Solve(bg, x, b)
	if !knownError(err) || err != nil && res.Converged() || err == nil && checkFinite("", "x", x) != nil {
		t.Fatalf("LeastSquares of %v for %v: x %v, %+v, %v", a, b, x, res, err)
	}
	if !sane || !within(x) || res.Reason != Converged || m >= n && res.Rank < n {
		return
	}
	const bound = 100 * 0x1p-51
	r := sub(b, mulVec(a, m, n, x))
	size := norm2(a)*norm2(x) + norm2(b)
	// A wide matrix of full rank reaches b, one of less its part in the range.
	solvable := m < n && res.Rank == m
	if fault := norm2(r); solvable && fault > bound*size {
		t.Fatalf("LeastSquares of %v for %v: false convergence: residual %g: %+v", a, b, fault, res)
	}
	if fault := norm2(mulVec(transpose(a, m, n), n, m, r)); !solvable && fault > bound*norm2(a)*size {
		t.Fatalf("LeastSquares of %v for %v: false convergence: normal residual %g: %+v", a, b, fault, res)
	}
}
