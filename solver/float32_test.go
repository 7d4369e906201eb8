package solver

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

const eps32 = 0x1p-23

func widened[T Float](x []T) []float64 {
	y := make([]float64, len(x))
	convert(y, x)
	return y
}

func TestCholesky32(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 95, 97, 130, 300} {
		a := rounded(spd(3, n, false))
		l, b := make([]float32, n*n), rounded(normal(1, 20*n))
		var first []float32
		for _, w := range []int{1, 3} {
			c, err := NewCholesky(bg, a, n, &CholeskyOptions{Workers: w, Ridge: 0.5})
			if err != nil {
				t.Fatal(err)
			}
			if c.L(l); first == nil {
				first = append(first, l...)
			}
			if !sameBits(widened(l), widened(first)) {
				t.Errorf("n=%d: workers change bits", n)
			}
			x := make([]float32, 20*n)
			check(t, c.SolveVecs(bg, x, b, 20))
			y := make([]float32, n)
			for i := range 20 {
				c.SolveVec(y, b[i*n:(i+1)*n])
				for q, r := range [][]float32{y, x[i*n : (i+1)*n]} {
					ax := mulVec(addDiag(widened(a), n, 0.5), n, n, widened(r))
					if e := norm(sub(ax, widened(b[i*n:(i+1)*n]))); e > 20*eps32*float64(n+10)*norm(widened(b)) {
						t.Errorf("n=%d: residual %g of solution %d (%d)", n, e, i, q)
					}
				}
			}
		}
		lw := widened(first)
		llt := gram(lw, n, n)
		want := addDiag(widened(a), n, 0.5)
		for i := range want {
			if j := i % max(n, 1); j <= i/max(n, 1) && math.Abs(llt[i]-want[i]) > 4*eps32*math.Sqrt(float64(n)+10)*want[0] {
				t.Fatalf("n=%d: L·Lᵀ is off by %g at %d", n, llt[i]-want[i], i)
			}
		}
	}
}

func TestQR32(t *testing.T) {
	for _, n := range []int{1, 15, 16, 31, 33, 70, 129} {
		for _, s := range []int{n, n + 3, 300} {
			if s < n {
				continue
			}
			a := rounded(normal(uint64(s), s*n))
			q, err := NewQR(bg, a, s, n, &QROptions{Workers: 1 + n%3})
			if err != nil {
				t.Fatal(err)
			}
			// Qᵀ·A = R, column by column; Q is orthogonal far beyond float32.
			r, col := make([]float32, n*n), make([]float32, s)
			q.R(r)
			for j := range n {
				for i := range col {
					col[i] = a[i*n+j]
				}
				size := norm(widened(col))
				q.MulQTransVec(col, col)
				for i, v := range col {
					var want float32
					if i < n {
						want = r[i*n+j]
					}
					if e := math.Abs(float64(v - want)); e > 4*eps32*math.Sqrt(float64(n)+10)*size {
						t.Fatalf("s=%d n=%d: QᵀA is off by %g at (%d, %d)", s, n, e, i, j)
					}
				}
			}
			y := normal(3, s)
			z := append([]float64(nil), y...)
			q.h.mulQTrans(z)
			if e := math.Abs(norm(z) - norm(y)); e > 1e-14*float64(n+20)*norm(y) {
				t.Errorf("s=%d n=%d: Qᵀ changes a norm by %g", s, n, e)
			}
		}
	}
}

// Gaps between rows are neither read nor written, and change no bit.
func TestFactorsWithStrides(t *testing.T) {
	t.Run("float64", testStrides[float64])
	t.Run("float32", testStrides[float32])
}

func testStrides[T float32 | float64](t *testing.T) {
	const s, n, ld = 150, 70, 75
	nan := T(math.NaN())
	spread := func(a []T, rows int) []T {
		b := make([]T, (rows-1)*ld+n)
		for i := range b {
			b[i] = nan
		}
		for i := range rows {
			copy(b[i*ld:], a[i*n:(i+1)*n])
		}
		return b
	}
	a, l := make([]T, s*n), make([]T, n*n)
	convert(a, normal(4, s*n))
	sym := make([]T, n*n)
	convert(sym, spd(4, n, false))
	c, err := NewCholesky(bg, sym, n, nil)
	check(t, err)
	d, err := NewCholesky(bg, spread(sym, n), n, &CholeskyOptions{Stride: ld})
	check(t, err)
	c.L(l)
	m := make([]T, n*n)
	if d.L(m); !sameBits(widened(l), widened(m)) {
		t.Error("Cholesky with a stride has other bits")
	}
	check(t, d.Factor(bg, spread(sym, n), 0))
	q, err := NewQR(bg, a, s, n, nil)
	check(t, err)
	r, err := NewQR(bg, spread(a, s), s, n, &QROptions{Stride: ld})
	check(t, err)
	q.R(l)
	if r.R(m); !sameBits(widened(l), widened(m)) {
		t.Error("QR with a stride has other bits")
	}
	if _, err := NewCholesky(bg, sym, n, &CholeskyOptions{Stride: n - 1}); !errors.Is(err, ErrShape) {
		t.Errorf("short stride: %v", err)
	}
	if _, err := NewQR(bg, spread(a, s)[1:], s, n, &QROptions{Stride: ld}); !errors.Is(err, ErrShape) {
		t.Errorf("short slice: %v", err)
	}
}

// SolveTriangular against the definition, for every form of T.
func TestSolveTriangular(t *testing.T) {
	t.Run("float64", testTriangular[float64])
	t.Run("float32", testTriangular[float32])
}

func testTriangular[T float32 | float64](t *testing.T) {
	unit := 0x1p-52
	if isFloat32[T]() {
		unit = eps32
	}
	ws := new(TriangularWorkspace)
	for _, n := range []int{0, 1, 8, 17, 96, 97, 210} {
		for form := range 4 {
			upper, trans := form&1 == 1, form&2 == 2
			ldt, ldx, k := n+form, n+3, 1+n%40
			a, x := make([]T, n*ldt+1), make([]T, k*ldx)
			convert(a, normal(7, n*ldt))
			convert(x, normal(8, k*ldx))
			for i := range n {
				a[i*ldt+i] = T(math.Sqrt(float64(n))) + 2
				for j := range n {
					if upper && j < i || !upper && j > i {
						a[i*ldt+j] = T(math.NaN())
					}
				}
			}
			b := append([]T(nil), x...)
			var first []T
			for _, w := range []int{1, 2} {
				copy(x, b)
				o := &TriangularOptions{Upper: upper, Trans: trans, StrideX: ldx, StrideT: ldt, Workers: w, Workspace: ws}
				check(t, SolveTriangular(bg, x, a, k, n, o))
				if first == nil {
					first = append(first, x...)
				}
				if !sameBits(widened(x), widened(first)) {
					t.Errorf("n=%d form=%d: workers change bits", n, form)
				}
			}
			for i := range k {
				for r := range n {
					var s, abs float64
					for c := range n {
						v := a[r*ldt+c]
						if trans {
							v = a[c*ldt+r]
						}
						if v == v {
							p := float64(v) * float64(x[i*ldx+c])
							s, abs = s+p, abs+math.Abs(p)
						}
					}
					if e := math.Abs(s - float64(b[i*ldx+r])); e > 8*unit*float64(n+1)*abs {
						t.Fatalf("n=%d form=%d: row %d of T·x is off by %g", n, form, r, e)
					}
				}
				for j := n; j < ldx && i < k-1; j++ {
					if x[i*ldx+j] != b[i*ldx+j] {
						t.Fatalf("n=%d form=%d: gap %d changed", n, form, j)
					}
				}
			}
			o := &TriangularOptions{Upper: upper, Trans: trans, StrideX: ldx, StrideT: ldt, Workers: 1, Workspace: ws}
			if allocs := testing.AllocsPerRun(2, func() { check(t, SolveTriangular(bg, x, a, k, n, o)) }); allocs != 0 {
				t.Errorf("%g allocations", allocs)
			}
			if n > 1 {
				a[(n-1)*ldt+n-1] = 0
				if err := SolveTriangular(bg, x, a, k, n, o); !errors.Is(err, ErrRankDeficient) || !strings.Contains(err.Error(), fmt.Sprint("entry ", n-1)) {
					t.Errorf("zero on the diagonal: %v", err)
				}
			}
		}
	}
	if err := SolveTriangular(bg, make([]T, 5), make([]T, 9), 2, 3, nil); !errors.Is(err, ErrShape) {
		t.Errorf("short x: %v", err)
	}
}

func TestQRSolvesSeveral(t *testing.T) {
	t.Run("float64", func(t *testing.T) { testQRVecs[float64](t, 1e-10) })
	t.Run("float32", func(t *testing.T) { testQRVecs[float32](t, 1e-3) })
}

func testQRVecs[T float32 | float64](t *testing.T, tol float64) {
	for _, n := range []int{1, 31, 32, 33, 100} {
		for _, k := range []int{0, 1, 25} {
			s := 2*n + 7
			a, b := make([]T, s*n), make([]T, k*s)
			convert(a, normal(5, s*n))
			convert(b, normal(6, k*s))
			x, y := make([]T, k*n), make([]T, n)
			var first []T
			for _, w := range []int{1, 3} {
				q, err := NewQR(bg, a, s, n, &QROptions{Workers: w})
				check(t, err)
				check(t, q.SolveVecs(bg, x, b, k))
				if first == nil {
					first = append(first, x...)
				}
				if !sameBits(widened(x), widened(first)) {
					t.Errorf("n=%d k=%d: workers change bits", n, k)
				}
				for i := range k {
					_, err := q.SolveVec(y, b[i*s:(i+1)*s])
					check(t, err)
					if e := norm(sub(widened(y), widened(x[i*n:(i+1)*n]))); e > tol*norm(widened(y)) {
						t.Errorf("n=%d k=%d: solution %d is %g from SolveVec", n, k, i, e)
					}
				}
				if w == 1 {
					if allocs := testing.AllocsPerRun(2, func() { check(t, q.SolveVecs(bg, x, b, k)) }); allocs != 0 {
						t.Errorf("%g allocations", allocs)
					}
				}
			}
		}
	}
	q, err := NewQR(bg, []T{1, 2, 2, 4, 3, 6}, 3, 2, nil)
	check(t, err)
	if err := q.SolveVecs(bg, make([]T, 2), make([]T, 3), 1); !errors.Is(err, ErrRankDeficient) {
		t.Errorf("rank 1: %v", err)
	}
}
