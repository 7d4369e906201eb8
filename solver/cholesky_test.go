package solver

import (
	"context"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
)

var bg = context.Background()

// spd returns a well conditioned matrix; NaN above the diagonal shows that the
// upper triangle is not read.
func spd(seed uint64, n int, lowerOnly bool) []float64 {
	x := normal(seed, n*(n+3))
	a := addDiag(gram(x, n, n+3), n, 0.1)
	if lowerOnly {
		for i := range n {
			for j := i + 1; j < n; j++ {
				a[i*n+j] = math.NaN()
			}
		}
	}
	return a
}

func TestCholeskyReproducesMatrix(t *testing.T) {
	for _, n := range sizes() {
		seed := uint64(n)
		a, ridge := spd(seed, n, true), 0.25*float64(n%3)
		kept := append([]float64(nil), a...)
		c, err := NewCholesky(bg, a, n, &CholeskyOptions{Ridge: ridge})
		if err != nil {
			t.Fatalf("n=%d seed=%d: %v", n, seed, err)
		}
		if !sameBits(a, kept) {
			t.Errorf("n=%d: input changed", n)
		}
		l := make([]float64, n*n)
		c.L(l)
		// |A − LLᵀ| ≤ (n+1)·eps/2·|L||Lᵀ| (Higham, theorem 10.3), and as much for
		// forming the product here.
		for i := range n {
			for j := range i + 1 {
				want := a[i*n+j]
				if i == j {
					want += ridge
				}
				got := dot(l[i*n:(i+1)*n], l[j*n:(j+1)*n])
				if tol := float64(n+2) * eps * math.Sqrt((a[i*n+i]+ridge)*(a[j*n+j]+ridge)); !(math.Abs(got-want) <= tol) {
					t.Fatalf("n=%d seed=%d: (LLᵀ)[%d,%d] = %g, want %g ± %g", n, seed, i, j, got, want, tol)
				}
			}
			for j := i + 1; j < n; j++ {
				if l[i*n+j] != 0 {
					t.Fatalf("n=%d: L[%d,%d] = %g above the diagonal", n, i, j, l[i*n+j])
				}
			}
		}
		d := make([]float64, n)
		c.Diag(d)
		for i := range d {
			if d[i] != l[i*n+i] {
				t.Errorf("n=%d: Diag[%d] = %g, L has %g", n, i, d[i], l[i*n+i])
			}
		}
	}
}

// Every element is one chain of fused multiply-adds in index order, so a
// scalar loop gives the same bits.
func TestCholeskyBitsAreThoseOfTheScalarLoop(t *testing.T) {
	for _, n := range []int{1, 8, 13, 100, 129, 300} {
		a := spd(7, n, false)
		c, err := NewCholesky(bg, a, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, want := make([]float64, n*n), make([]float64, n*n)
		c.L(got)
		for j := range n {
			d := a[j*n+j]
			for p := range j {
				d = math.FMA(-want[j*n+p], want[j*n+p], d)
			}
			d = math.Sqrt(d)
			want[j*n+j] = d
			for i := j + 1; i < n; i++ {
				v := a[i*n+j]
				for p := range j {
					v = math.FMA(-want[i*n+p], want[j*n+p], v)
				}
				want[i*n+j] = v * (1 / d)
			}
		}
		if !sameBits(got, want) {
			t.Errorf("n=%d: blocked and scalar factor differ", n)
		}
	}
}

func TestCholeskyAgreesWithBigFloat(t *testing.T) {
	const n = 12
	a := spd(3, n, false)
	bf := func(v float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(v) }
	l := make([]*big.Float, n*n)
	for j := range n {
		for i := j; i < n; i++ {
			s := bf(a[i*n+j])
			for p := range j {
				s.Sub(s, new(big.Float).Mul(l[i*n+p], l[j*n+p]))
			}
			if i == j {
				l[i*n+j] = s.Sqrt(s)
			} else {
				l[i*n+j] = s.Quo(s, l[j*n+j])
			}
		}
	}
	c, err := NewCholesky(bg, a, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float64, n*n)
	c.L(got)
	low, high, _ := diagRange(got, n, n)
	kappa := (high / low) * (high / low) * float64(n) // a generous estimate
	for i := range n {
		for j := range i + 1 {
			want, _ := l[i*n+j].Float64()
			if tol := n * eps * kappa * high; math.Abs(got[i*n+j]-want) > tol {
				t.Errorf("L[%d,%d] = %g, want %g ± %g", i, j, got[i*n+j], want, tol)
			}
		}
	}
}

func TestCholeskyWorkersGiveSameBits(t *testing.T) {
	for _, n := range []int{5, 97, 200, 300} {
		a := spd(11, n, false)
		var want []float64
		for _, w := range []int{1, 2, 7} {
			c, err := NewCholesky(bg, a, n, &CholeskyOptions{Workers: w})
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float64, n*n)
			c.L(got)
			if want == nil {
				want = got
			}
			if !sameBits(got, want) {
				t.Errorf("n=%d: %d workers give other bits than one", n, w)
			}
		}
	}
}

func TestCholeskySolves(t *testing.T) {
	for _, n := range []int{1, 6, 31, 130, 257} {
		a := spd(5, n, false)
		c, err := NewCholesky(bg, a, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := normal(9, n)
		x := append([]float64(nil), b...)
		c.SolveVec(x, x) // aliased
		r := sub(b, mulVec(a, n, n, x))
		if tol := 10 * float64(n) * eps * norm(x) * a[0] * float64(n); norm(r) > tol {
			t.Errorf("n=%d: residual %g, want ≤ %g", n, norm(r), tol)
		}
		// SolveVec is SolveR after SolveRTrans, and SolveRTrans inverts L.
		y := make([]float64, n)
		c.SolveRTrans(y, b)
		l := make([]float64, n*n)
		c.L(l)
		if e := norm(sub(mulVec(l, n, n, y), b)); e > 100*float64(n)*eps*norm(b) {
			t.Errorf("n=%d: ‖L·L⁻¹b − b‖ = %g", n, e)
		}
		c.SolveR(y, y)
		if !sameBits(x, y) {
			t.Errorf("n=%d: SolveVec differs from SolveR(SolveRTrans)", n)
		}
	}
}

// SolveVecs is the scalar substitution, whatever the number of vectors.
func TestCholeskySolvesSeveral(t *testing.T) {
	for _, n := range []int{1, 7, 8, 95, 96, 97, 192, 205, 300, 410} {
		a := spd(6, n, false)
		for _, k := range []int{0, 1, 5, 16, 17, 33, 70} {
			c, err := NewCholesky(bg, a, n, &CholeskyOptions{Workers: 1 + k%3})
			if err != nil {
				t.Fatal(err)
			}
			l, b := make([]float64, n*n), normal(uint64(k+1), k*n)
			c.L(l)
			want := append([]float64(nil), b...)
			for i := range k {
				x := want[i*n : (i+1)*n]
				for j := range x {
					for p := range j {
						x[j] = math.FMA(-x[p], l[j*n+p], x[j])
					}
					x[j] *= 1 / l[j*n+j]
				}
				for j := n - 1; j >= 0; j-- {
					// Known blocks ascending, then the block itself descending.
					end := min((j/cholBlock+1)*cholBlock, n)
					for p := end; p < n; p++ {
						x[j] = math.FMA(-x[p], l[p*n+j], x[j])
					}
					for p := end - 1; p > j; p-- {
						x[j] = math.FMA(-x[p], l[p*n+j], x[j])
					}
					x[j] *= 1 / l[j*n+j]
				}
			}
			x := append([]float64(nil), b...)
			if err := c.SolveVecs(bg, x, x, k); err != nil {
				t.Fatal(err)
			}
			if !sameBits(x, want) {
				t.Errorf("n=%d k=%d: not the scalar substitution", n, k)
			}
			y := make([]float64, n)
			for i := range k {
				c.SolveVec(y, b[i*n:(i+1)*n])
				if e := norm(sub(y, x[i*n:(i+1)*n])); e > 1e-9*norm(y) {
					t.Errorf("n=%d k=%d: vector %d is %g from SolveVec", n, k, i, e)
				}
			}
			// The factor is as it was.
			m := make([]float64, n*n)
			if c.L(m); !sameBits(l, m) {
				t.Errorf("n=%d k=%d: SolveVecs changed L", n, k)
			}
		}
	}
	c, err := NewCholesky(bg, spd(1, 3, false), 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SolveVecs(bg, make([]float64, 6), make([]float64, 5), 2); !errors.Is(err, ErrShape) {
		t.Errorf("short r: %v", err)
	}
	if err := c.SolveVecs(bg, make([]float64, 5), make([]float64, 6), 2); !errors.Is(err, ErrShape) {
		t.Errorf("short dst: %v", err)
	}
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(bg)
	cancel(why)
	if err := c.SolveVecs(ctx, make([]float64, 6), make([]float64, 6), 2); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}

func TestCholeskyNamesBadPivot(t *testing.T) {
	for _, n := range []int{1, 9, 130, 300} {
		for _, col := range []int{0, n / 2, n - 1} {
			c, err := NewCholesky(bg, addDiag(make([]float64, n*n), n, 1), n, nil)
			if err != nil {
				t.Fatal(err)
			}
			a := spd(2, n, false)
			for j := range col { // make column col a copy of nothing: a negative diagonal
				a[col*n+j] = 0
			}
			a[col*n+col] = -3
			err = c.Factor(bg, a, 1)
			if !errors.Is(err, ErrNotPositiveDefinite) || !strings.Contains(err.Error(), "pivot -2 in column "+itoa(col)+" ") {
				t.Errorf("n=%d col=%d: %v", n, col, err)
			}
			mustPanic(t, "SolveVecs after a failure", func() { c.SolveVecs(bg, make([]float64, n), make([]float64, n), 1) })
			mustPanic(t, "SolveVec after a failure", func() { c.SolveVec(make([]float64, n), make([]float64, n)) })
			if err := c.Factor(bg, a, 4*float64(n)); err != nil {
				t.Errorf("n=%d col=%d: ridge does not help: %v", n, col, err)
			}
			a[col*n+col/2] = math.NaN()
			if err := c.Factor(bg, a, 4); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "("+itoa(col)+", "+itoa(col/2)+")") {
				t.Errorf("n=%d col=%d: NaN: %v", n, col, err)
			}
			a[col*n+col/2] = math.Inf(1)
			if err := c.Factor(bg, a, 4); !errors.Is(err, ErrNotFinite) {
				t.Errorf("n=%d col=%d: Inf: %v", n, col, err)
			}
		}
	}
}

func itoa(i int) string { return big.NewInt(int64(i)).String() }

func TestCholeskyScales(t *testing.T) {
	const n = 70
	a := spd(4, n, false)
	want := make([]float64, n*n)
	c, err := NewCholesky(bg, a, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.L(want)
	for _, e := range []int{-900, -500, 500, 900} { // 2^e, an even power: L scales exactly
		s := make([]float64, n*n)
		ldexp(s, a, e)
		if err := c.Factor(bg, s, 0); err != nil {
			t.Fatalf("scale 2^%d: %v", e, err)
		}
		got := make([]float64, n*n)
		c.L(got)
		ldexp(got, got, -e/2)
		if !sameBits(got, want) {
			t.Errorf("scale 2^%d changes bits of L", e)
		}
	}
}

func TestCholeskyRefusesWrongShape(t *testing.T) {
	for _, tc := range []struct{ len, n int }{{5, 2}, {4, -2}, {0, 1}, {16, math.MaxInt}} {
		if _, err := NewCholesky(bg, make([]float64, tc.len), tc.n, nil); !errors.Is(err, ErrShape) {
			t.Errorf("%v: %v", tc, err)
		}
	}
	for _, ridge := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := NewCholesky(bg, []float64{1}, 1, &CholeskyOptions{Ridge: ridge}); !errors.Is(err, ErrOption) {
			t.Errorf("ridge %v: %v", ridge, err)
		}
	}
	if c, err := NewCholesky[float64](bg, nil, 0, nil); err != nil || c.N() != 0 {
		t.Errorf("order 0: %v", err)
	}
}

func TestCholeskyCancelled(t *testing.T) {
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(bg)
	cancel(why)
	if _, err := NewCholesky(ctx, spd(1, 200, false), 200, nil); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}

// countdown is a context that ends when its error has been asked for so often.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestCholeskySolveVecContext: the bits are those of SolveVec, and the context
// is asked between pieces on both ways.
func TestCholeskySolveVecContext(t *testing.T) {
	const n = 1100 // more than one piece
	a, r := normal(1, n*n), normal(2, n)
	c, err := NewCholesky(bg, addDiag(a, n, 3*n), n, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, got := make([]float64, n), make([]float64, n)
	c.SolveVec(want, r)
	ctx := &countdown{bg, 1 << 20}
	if err := c.SolveVecContext(ctx, got, r); err != nil || !sameBits(got, want) {
		t.Fatalf("%v, same bits: %t", err, sameBits(got, want))
	}
	asked := 1<<20 - ctx.left
	if asked < 4 {
		t.Errorf("asked %d times", asked)
	}
	for k := range asked {
		if err := c.SolveVecContext(&countdown{bg, k}, got, r); err == nil {
			t.Errorf("not ended by the context that ends when asked for the %d-th time", k+1)
		}
	}
}
