package solver

import (
	"math"
	"slices"
	"testing"
)

// bidiagonalOf reduces a k × k matrix.
func bidiagonalOf(t *testing.T, m []float64, k, workers int) *bidiagonal {
	t.Helper()
	b := newBidiagonal(k, workers)
	for i := range k {
		copy(b.m[i*b.ld:], m[i*k:(i+1)*k])
	}
	check(t, b.reduce(bg))
	return b
}

// V·(BᵀB + μI)·Vᵀ is MᵀM + μI, solve its inverse, solveR and solveRTrans the
// halves of it.
func TestBidiagonalRepresentsShiftedGram(t *testing.T) {
	for _, k := range []int{1, 2, 3, 5, 8, 31, 64, 65, 130} {
		m := normal(uint64(k), k*k)
		b := bidiagonalOf(t, m, k, 2)
		mtm := gram(transpose(m, k, k), k, k)
		for _, mu := range []float64{0, 1e-6, 1, 100} {
			if !b.shift(mu) {
				t.Fatalf("k=%d μ=%g: singular", k, mu)
			}
			x := normal(7, k)
			want := mulVec(addDiag(mtm, k, mu), k, k, x)
			got := slices.Clone(x)
			b.mul(got)
			if e := norm(sub(got, want)); e > 30*float64(k)*eps*norm(mtm)*norm(x) {
				t.Errorf("k=%d μ=%g: product off by %g", k, mu, e)
			}
			half := slices.Clone(got)
			b.solve(got)
			cond := norm(mtm) / (b.singular(0)*b.singular(0) + mu)
			if e := norm(sub(got, x)); e > 30*float64(k)*eps*(cond+1)*norm(x) {
				t.Errorf("k=%d μ=%g: solution off by %g, condition %g", k, mu, e, cond)
			}
			b.solveRTrans(half)
			b.solveR(half)
			if e := norm(sub(half, got)); e > 30*float64(k)*eps*(cond+1)*norm(x) {
				t.Errorf("k=%d μ=%g: R⁻¹R⁻ᵀ off by %g", k, mu, e)
			}
		}
	}
}

func TestBidiagonalSingularValues(t *testing.T) {
	for _, k := range []int{1, 2, 7, 40, 90} {
		for _, kappa := range []float64{1, 1e3, 1e12} {
			for _, scale := range []float64{1, 0x1p+300, 0x1p-300} {
				d := logspace(1/kappa, 1, k)
				m := singular(3, d, k, k)
				for i := range m {
					m[i] *= scale
				}
				b := bidiagonalOf(t, m, k, 1)
				for i := range k {
					if got, want := b.singular(k-1-i)/scale, d[i]; math.Abs(got-want) > 100*eps*math.Sqrt(float64(k)) {
						t.Fatalf("k=%d κ=%g scale=%g: σ_%d = %g, want %g", k, kappa, scale, i, got, want)
					}
				}
			}
		}
	}
}

// Adding μ keeps the relative accuracy of small entries: a diagonal matrix shows
// it, where the answer is known.
func TestBidiagonalShiftIsAccurate(t *testing.T) {
	d := []float64{1, 1e-5, 1e-10, 1e-15, 1e-20}
	k := len(d)
	m := make([]float64, k*k)
	for i, v := range d {
		m[i*k+i] = v
	}
	b := bidiagonalOf(t, m, k, 1)
	for _, mu := range []float64{0, 1e-42, 1e-30, 1e-12, 1} {
		if !b.shift(mu) {
			t.Fatal("singular")
		}
		x := []float64{1, 1, 1, 1, 1}
		b.solve(x)
		for i, v := range d {
			if want := 1 / (v*v + mu); math.Abs(x[i]-want) > 8*eps*want {
				t.Errorf("μ=%g: entry %d is %g, want %g", mu, i, x[i], want)
			}
		}
	}
}

func TestBidiagonalZeroAndWorkers(t *testing.T) {
	const k = 150
	b := bidiagonalOf(t, make([]float64, k*k), k, 2)
	if b.shift(0) || !b.shift(2) || b.singular(0) != 0 || b.singular(k-1) != 0 {
		t.Error("the zero matrix")
	}
	m := normal(4, k*k)
	want := bidiagonalOf(t, m, k, 1)
	for _, w := range []int{2, 5} {
		got := bidiagonalOf(t, m, k, w)
		if !sameBits(got.m, want.m) || !sameBits(got.a, want.a) || !sameBits(got.b, want.b) {
			t.Errorf("%d workers give other bits than one", w)
		}
	}
}

// The variates have the moments and the tail of N(0, 1), item by item the same
// whatever was drawn before.
func TestGaussianVariates(t *testing.T) {
	const n = 400000
	x := make([]float64, n)
	src := counter(1, streamGauss, 0)
	gaussian(x, &src, 1)
	var m [5]float64
	far := 0
	for _, v := range x {
		p := 1.0
		for k := range m {
			m[k] += p / n
			p *= v
		}
		if math.Abs(v) > 1.959963984540054 {
			far++
		}
	}
	// Five standard deviations of each mean; the variances are 1, 2, 15, 96.
	for k, want := range []float64{1, 0, 1, 0, 3} {
		if tol := 5 * math.Sqrt([]float64{0, 1, 2, 15, 96}[k]/n); math.Abs(m[k]-want) > tol+1e-10 {
			t.Errorf("moment %d is %g, want %g ± %g", k, m[k], want, tol)
		}
	}
	if math.Abs(float64(far)-0.05*n) > 5*math.Sqrt(0.05*0.95*n) {
		t.Errorf("%d of %d beyond 1.96", far, n)
	}
	// Items of one stream are uncorrelated.
	y := make([]float64, n)
	src = counter(1, streamGauss, 1)
	gaussian(y, &src, 1)
	if c := dot(x, y) / n; math.Abs(c) > 5/math.Sqrt(n) {
		t.Errorf("correlation %g between items", c)
	}
	z := make([]float64, 7)
	src = counter(1, streamGauss, 0)
	gaussian(z, &src, 1)
	if !sameBits(z, x[:7]) {
		t.Error("a shorter draw differs")
	}
}

func TestNaturalLogIsAccurate(t *testing.T) {
	src := counter(9, streamGauss, 0)
	for range 100000 {
		x := math.Ldexp(uniform(&src)+0x1p-60, int(src.Uint64()%80)-60)
		want := math.Log(x)
		if e := math.Abs(naturalLog(x) - want); e > 3*eps*math.Max(math.Abs(want), 0x1p-3) {
			t.Fatalf("ln %g is %g, want %g", x, naturalLog(x), want)
		}
	}
}
