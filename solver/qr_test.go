package solver

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
)

// heights returns row counts to go with n columns.
func heights(n int) []int { return []int{n, n + 1, 2*n + 5, 4 * n} }

func qrSizes() []int {
	return []int{1, 2, 3, 5, 6, 7, 8, 9, 15, 24, 25, 31, 32, 33, 48, 57, 63, 64, 65, 96, 100, 129}
}

func TestQRReproducesMatrix(t *testing.T) {
	for _, n := range qrSizes() {
		for _, s := range heights(n) {
			seed := uint64(1000*n + s)
			a := normal(seed, s*n)
			kept := append([]float64(nil), a...)
			q, err := NewQR(bg, a, s, n, nil)
			if err != nil {
				t.Fatalf("%d × %d seed=%d: %v", s, n, seed, err)
			}
			if !sameBits(a, kept) {
				t.Errorf("%d × %d: input changed", s, n)
			}
			r := make([]float64, n*n)
			q.R(r)
			col, y := make([]float64, s), make([]float64, s)
			for j := range n {
				for i := range s {
					col[i] = a[i*n+j]
				}
				clear(y)
				for i := range j + 1 {
					y[i] = r[i*n+j]
				}
				for i := j + 1; i < n; i++ {
					if r[i*n+j] != 0 {
						t.Fatalf("%d × %d: R[%d,%d] below the diagonal", s, n, i, j)
					}
				}
				q.MulQVec(y, y)
				// ‖A_j − QR_j‖ ≤ c·n·√s·eps·‖A_j‖ (Higham, theorem 19.4), c small.
				if e, tol := norm(sub(y, col)), 4*math.Sqrt(float64(s)*float64(n))*eps*norm(col); e > tol {
					t.Fatalf("%d × %d seed=%d: ‖QR − A‖ in column %d is %g, want ≤ %g", s, n, seed, j, e, tol)
				}
				q.MulQTransVec(col, col)
				clear(y)
				for i := range j + 1 {
					y[i] = r[i*n+j]
				}
				if e, tol := norm(sub(y, col)), 8*math.Sqrt(float64(s)*float64(n))*eps*norm(col); e > tol {
					t.Fatalf("%d × %d seed=%d: ‖R − QᵀA‖ in column %d is %g, want ≤ %g", s, n, seed, j, e, tol)
				}
			}
		}
	}
}

func TestQIsOrthogonal(t *testing.T) {
	for _, sh := range [][2]int{{1, 1}, {40, 33}, {130, 65}} {
		s, n := sh[0], sh[1]
		q, err := NewQR(bg, normal(3, s*n), s, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		cols := make([]float64, s*s)
		for j := range s {
			cols[j*s+j] = 1
			q.MulQVec(cols[j*s:(j+1)*s], cols[j*s:(j+1)*s])
		}
		for i, v := range gram(cols, s, s) {
			want := 0.0
			if i%(s+1) == 0 {
				want = 1
			}
			if tol := 4 * float64(n) * eps; math.Abs(v-want) > tol {
				t.Fatalf("%d × %d: (QᵀQ)[%d,%d] = %g", s, n, i/s, i%s, v)
			}
		}
	}
}

func TestQRWorkersGiveSameBits(t *testing.T) {
	const s, n = 700, 150
	a := normal(8, s*n)
	var want []float64
	for _, w := range []int{1, 2, 7} {
		q, err := NewQR(bg, a, s, n, &QROptions{Workers: w})
		if err != nil {
			t.Fatal(err)
		}
		got := append([]float64(nil), q.h.at...)
		if want == nil {
			want = got
		}
		if !sameBits(got, want) {
			t.Errorf("%d workers give other bits than one", w)
		}
	}
}

func TestQRLeastSquares(t *testing.T) {
	for _, n := range []int{1, 7, 40, 100} {
		s := 2*n + 3
		a, b := normal(1, s*n), normal(2, s)
		q, err := NewQR(bg, a, s, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, n)
		res, err := q.SolveVec(x, b)
		if err != nil {
			t.Fatal(err)
		}
		r := sub(b, mulVec(a, s, n, x))
		if e := norm(mulVec(transpose(a, s, n), n, s, r)); e > 100*float64(s)*eps*norm(b)*math.Sqrt(float64(s)) {
			t.Errorf("n=%d: ‖Aᵀ(b − Ax)‖ = %g", n, e)
		}
		if math.Abs(res-norm(r)) > 100*float64(s)*eps*norm(b) {
			t.Errorf("n=%d: residual %g reported, %g true", n, res, norm(r))
		}
	}
}

// Powers of two must not change a bit of the reflectors.
func TestQRScales(t *testing.T) {
	const s, n = 90, 40
	a := normal(6, s*n)
	q, err := NewQR(bg, a, s, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, n*n)
	q.R(want)
	for _, e := range []int{-950, -500, 500, 950} {
		b, got := make([]float64, s*n), make([]float64, n*n)
		ldexp(b, a, e)
		if err := q.Factor(bg, b); err != nil {
			t.Fatalf("scale 2^%d: %v", e, err)
		}
		q.R(got)
		ldexp(got, got, -e)
		if d := norm(sub(got, want)); d > 10*eps*norm(want) {
			t.Errorf("scale 2^%d: R differs by %g", e, d)
		}
	}
	// Columns of very different sizes, 1e±150.
	b, scale := append([]float64(nil), a...), make([]float64, n)
	for j := range scale {
		scale[j] = math.Ldexp(1, (j%3-1)*498)
		for i := range s {
			b[i*n+j] *= scale[j]
		}
	}
	if err := q.Factor(bg, b); err != nil {
		t.Fatal(err)
	}
	got := make([]float64, n*n)
	q.R(got)
	for j := range n {
		for i := range n {
			if d := math.Abs(got[i*n+j]/scale[j] - want[i*n+j]); d > 1e-12 {
				t.Fatalf("scaled columns: R[%d,%d] off by %g", i, j, d)
			}
		}
	}
}

func TestQRZeroAndDependentColumns(t *testing.T) {
	const s, n = 80, 45
	for _, col := range []int{0, 1, 31, 32, 44} {
		for _, kind := range []string{"zero", "copy"} {
			if kind == "copy" && col == 0 {
				continue
			}
			a := normal(12, s*n)
			for i := range s {
				a[i*n+col] = 0
				if kind == "copy" {
					a[i*n+col] = a[i*n+col/2]
				}
			}
			q, err := NewQR(bg, a, s, n, nil)
			if err != nil {
				t.Fatalf("%s column %d: %v", kind, col, err)
			}
			r := make([]float64, n*n)
			q.R(r)
			g, h := gram(transpose(r, n, n), n, n), gram(transpose(a, s, n), n, s)
			if e := norm(sub(g, h)); e > 1e-13*norm(h) {
				t.Errorf("%s column %d: ‖RᵀR − AᵀA‖ = %g", kind, col, e)
			}
			if _, err := q.SolveVec(make([]float64, n), make([]float64, s)); !errors.Is(err, ErrRankDeficient) || !strings.Contains(err.Error(), "column "+itoa(col)+" ") {
				t.Errorf("%s column %d: %v", kind, col, err)
			}
		}
	}
}

func TestQRRefuses(t *testing.T) {
	if _, err := NewQR(bg, make([]float64, 6), 2, 3, nil); !errors.Is(err, ErrShape) {
		t.Errorf("2 × 3: %v", err)
	}
	if _, err := NewQR(bg, make([]float64, 6), 3, 3, nil); !errors.Is(err, ErrShape) {
		t.Errorf("short slice: %v", err)
	}
	for _, v := range []float64{math.NaN(), math.Inf(-1), math.MaxFloat64} {
		a := normal(1, 50*40)
		for i := range 50 {
			a[i*40+35] = v
		}
		if _, err := NewQR(bg, a, 50, 40, nil); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "column") {
			t.Errorf("%v: %v", v, err)
		}
	}
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(bg)
	cancel(why)
	if _, err := NewQR(ctx, normal(1, 100*50), 100, 50, nil); !errors.Is(err, why) {
		t.Errorf("cancelled: %v", err)
	}
	if q, err := NewQR[float64](bg, nil, 0, 0, nil); err != nil {
		t.Errorf("0 × 0: %v, %v", q, err)
	}
}

func TestSketchQRNormalMatrix(t *testing.T) {
	for _, n := range qrSizes() {
		for _, s := range heights(n) {
			a := normal(uint64(n), s*n)
			p, err := NewSketchQR(bg, a, s, n, &SketchQROptions{Ridge: 0.5})
			if err != nil {
				t.Fatal(err)
			}
			base := gram(transpose(a, s, n), n, s)
			for _, c := range []float64{0.5, 0, 1e-3, 30, 0} {
				if err := p.SetRidge(bg, c); err != nil {
					t.Fatalf("%d × %d ridge %g: %v", s, n, c, err)
				}
				want := addDiag(base, n, c)
				r := make([]float64, n*n)
				p.R(r)
				got := gram(transpose(r, n, n), n, n)
				if e, tol := norm(sub(got, want)), 20*math.Sqrt(float64(s)*float64(n))*eps*norm(want); e > tol {
					t.Fatalf("%d × %d ridge %g: ‖RᵀR − AᵀA − cI‖ = %g, want ≤ %g", s, n, c, e, tol)
				}
				if p.Ridge() != c || p.N() != n {
					t.Errorf("Ridge %g, N %d", p.Ridge(), p.N())
				}
				// The solves invert R, Rᵀ, RᵀR.
				v := normal(77, n)
				x := append([]float64(nil), v...)
				p.SolveR(x, x)
				low, high, _ := diagRange(r, n, n)
				tol := 100 * float64(n*n) * eps * norm(v) * (high / low)
				if e := norm(sub(mulVec(r, n, n, x), v)); e > tol {
					t.Fatalf("%d × %d: ‖R·R⁻¹v − v‖ = %g", s, n, e)
				}
				p.SolveRTrans(x, v)
				if e := norm(sub(mulVec(transpose(r, n, n), n, n, x), v)); e > tol {
					t.Fatalf("%d × %d: ‖Rᵀ·R⁻ᵀv − v‖ = %g", s, n, e)
				}
				p.SolveR(x, x)
				y := append([]float64(nil), v...)
				p.SolveVec(y, y)
				if !sameBits(x, y) {
					t.Fatalf("%d × %d: SolveVec differs from SolveR(SolveRTrans)", s, n)
				}
			}
		}
	}
}

func TestSketchQRDetectsRank(t *testing.T) {
	const s, n = 200, 50
	a := normal(4, s*n)
	for i := range s {
		a[i*n+37] = a[i*n+3] - 2*a[i*n+20]
	}
	p, err := NewSketchQR(bg, a, s, n, nil)
	if !errors.Is(err, ErrRankDeficient) || !strings.Contains(err.Error(), "column 37 ") || p == nil {
		t.Fatalf("dependent column: %v, %v", p, err)
	}
	mustPanic(t, "SolveVec of a deficient R", func() { p.SolveVec(make([]float64, n), make([]float64, n)) })
	low, high := p.DiagRange()
	if !(low < 1e-13*high) || !(high > 1) {
		t.Errorf("DiagRange %g, %g", low, high)
	}
	if err := p.SetRidge(bg, 1e-6*high*high); err != nil {
		t.Errorf("SetRidge after ErrRankDeficient: %v", err)
	}
	p.SolveVec(make([]float64, n), make([]float64, n))
	if err := p.SetRidge(bg, 0); !errors.Is(err, ErrRankDeficient) {
		t.Errorf("SetRidge(0): %v", err)
	}
	// Fewer rows than columns.
	if _, err := NewSketchQR(bg, a[:30*n], 30, n, nil); !errors.Is(err, ErrRankDeficient) || !strings.Contains(err.Error(), "column 30 ") {
		t.Errorf("30 × 50: %v", err)
	}
	if _, err := NewSketchQR(bg, a[:30*n], 30, n, &SketchQROptions{Ridge: 1}); err != nil {
		t.Errorf("30 × 50 with ridge: %v", err)
	}
	if _, err := NewSketchQR(bg, make([]float64, s*n), s, n, nil); !errors.Is(err, ErrRankDeficient) || !strings.Contains(err.Error(), "column 0 ") {
		t.Errorf("zero: %v", err)
	}
	// κ = 1e10 is not deficient.
	if _, err := NewSketchQR(bg, singular(9, logspace(1e-10, 1, n), s, n), s, n, nil); err != nil {
		t.Errorf("condition 1e10: %v", err)
	}
}

func TestSketchQRCancelledKeepsRidge(t *testing.T) {
	const s, n = 100, 50
	p, err := NewSketchQR(bg, normal(1, s*n), s, n, &SketchQROptions{Ridge: 2})
	if err != nil {
		t.Fatal(err)
	}
	before, after := make([]float64, n*n), make([]float64, n*n)
	p.R(before)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if err := p.SetRidge(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled SetRidge: %v", err)
	}
	p.R(after)
	if !sameBits(before, after) || p.Ridge() != 2 {
		t.Error("cancelled SetRidge changed the factor")
	}
	if err := p.Factor(ctx, normal(1, s*n), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled Factor: %v", err)
	}
	if err := p.SetRidge(bg, 1); err == nil {
		t.Error("SetRidge without a factor succeeds")
	}
	if err := p.SetRidge(bg, -1); !errors.Is(err, ErrOption) {
		t.Errorf("negative ridge: %v", err)
	}
}

// Factors notice a context that ends while they run, and are usable again.
func TestFactorsAreCancelledOnTheWay(t *testing.T) {
	const s, n = 900, 400
	a, sa := spd(1, n, false), normal(2, s*n)
	c, err := NewCholesky(bg, a, n, nil)
	check(t, err)
	q, err := NewQR(bg, sa, s, n, nil)
	check(t, err)
	p, err := NewSketchQR(bg, sa, s, n, nil)
	check(t, err)
	x := make([]float64, n)
	for name, f := range map[string]func(context.Context) error{
		"Cholesky": func(ctx context.Context) error { return c.Factor(ctx, a, 1) },
		"QR":       func(ctx context.Context) error { return q.Factor(ctx, sa) },
		"SketchQR": func(ctx context.Context) error { return p.Factor(ctx, sa, 1) },
		"SetRidge": func(ctx context.Context) error { return p.SetRidge(ctx, 2) },
	} {
		for _, polls := range []int64{0, 1, 3, 10, 20} {
			ctx := &pollContext{Context: bg, done: make(chan struct{})}
			ctx.left.Store(polls)
			if err := f(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%s after %d polls: %v", name, polls, err)
			}
			check(t, f(bg))
		}
	}
	c.SolveVec(x, x)
	p.SolveVec(x, x)
}

// pollContext is cancelled once it has been asked a number of times.
type pollContext struct {
	context.Context
	done chan struct{}
	left atomic.Int64
}

func (c *pollContext) Done() <-chan struct{} { return c.done }

func (c *pollContext) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}
