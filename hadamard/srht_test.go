package hadamard

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// entry returns H[i][k] of any order that is large enough.
func entry(i, k int) float64 { return 1 - 2*float64(bits.OnesCount(uint(i&k))&1) }

func norm(x []float64) float64 { return math.Sqrt(dot(x, x)) }

func newSRHT(t testing.TB, n, s int, seed uint64) *SRHT {
	t.Helper()
	sk, err := NewSRHT(n, s, seed)
	if err != nil {
		t.Fatal(err)
	}
	return sk
}

func TestSRHTEqualsItsExplicitMatrix(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 64, 65, 100, 513} {
		for _, s := range []int{1, 2, 7, 64, 1024} {
			sk, err := NewSRHT(n, s, uint64(n*s))
			if err != nil {
				continue
			}
			x, got := randoms[float64](uint64(s), n), make([]float64, s)
			sk.Apply(got, x)
			for j, r := range sk.Rows() {
				var want float64
				for i, v := range x {
					want += entry(r, i) * sk.Sign(i) * v / math.Sqrt(float64(s))
				}
				if math.Abs(got[j]-want) > 1e-14*norm(x)*math.Sqrt(float64(n)) {
					t.Fatalf("n=%d s=%d seed=%d: (Sx)[%d] = %g, entrywise %g", n, s, n*s, j, got[j], want)
				}
			}
			if again := make([]float64, s); true {
				scratch := make([]float64, sk.PaddedLen())
				for i := range scratch {
					scratch[i] = math.NaN() // what follows x is not read
				}
				copy(scratch, x)
				sk.ApplyInPlace(again, scratch)
				sameBits(t, fmt.Sprintf("ApplyInPlace n=%d s=%d", n, s), again, got)
			}
		}
	}
}

func TestSRHTColumnsHaveTheBitsOfApply(t *testing.T) {
	for _, c := range [][3]int{{1, 1, 1}, {5, 8, 3}, {100, 30, 8}, {64, 64, 9}, {300, 17, 40}, {3000, 50, 21}} {
		n, s, cols := c[0], c[1], c[2]
		sk := newSRHT(t, n, s, 7)
		a, got, want := randoms[float64](8, n*cols), make([]float64, s*cols), make([]float64, s*cols)
		x, y := make([]float64, n), make([]float64, s)
		for c := range cols {
			for i := range x {
				x[i] = a[i*cols+c]
			}
			sk.Apply(y, x)
			for j, v := range y {
				want[j*cols+c] = v
			}
		}
		sk.ApplyCols(got, a, cols)
		sameBits(t, fmt.Sprintf("ApplyCols n=%d s=%d cols=%d seed=7", n, s, cols), got, want)
		clear(got)
		for lo := 0; lo < cols; lo += 5 {
			sk.ApplyColsRange(got, a, cols, lo, min(lo+5, cols))
		}
		sameBits(t, fmt.Sprintf("ApplyColsRange n=%d s=%d cols=%d seed=7", n, s, cols), got, want)
	}
}

// TestSRHTKeepsNormsOnAverage holds E‖Sx‖² = ‖x‖² for the vectors that break
// sketches without signs, without transform or with regular rows.
func TestSRHTKeepsNormsOnAverage(t *testing.T) {
	const n, s, trials = 200, 32, 2000
	for name, at := range map[string]func(i int) float64{
		"constant":  func(i int) float64 { return 1 },
		"impulse":   func(i int) float64 { return float64(max(0, 1-i)) },
		"alternate": func(i int) float64 { return float64(1 - 2*(i&1)) },
		"ramp":      func(i int) float64 { return float64(i) },
	} {
		x, y := make([]float64, n), make([]float64, s)
		for i := range x {
			x[i] = at(i)
		}
		var mean, square float64
		for seed := range uint64(trials) {
			newSRHT(t, n, s, seed).Apply(y, x)
			r := dot(y, y) / dot(x, x)
			mean += r / trials
			square += r * r / trials
		}
		sigma := math.Sqrt(max(square-mean*mean, 0) / trials)
		if math.Abs(mean-1) > 5*sigma+1e-12 || sigma*math.Sqrt(trials) > 2/math.Sqrt(s) {
			t.Errorf("%s: ‖Sx‖²/‖x‖² is %g ± %g over %d seeds, one of them ± %g", name, mean, sigma, trials, sigma*math.Sqrt(trials))
		}
	}
}

func TestAllRowsKeepTheNormExactly(t *testing.T) {
	for _, n := range []int{1, 3, 64, 100, 1000} {
		padded := 1 << bits.Len(uint(n-1))
		sk := newSRHT(t, n, padded, 3)
		x, y := randoms[float64](4, n), make([]float64, padded)
		sk.Apply(y, x)
		if r := norm(y) / norm(x); math.Abs(r-1) > 1e-14 {
			t.Errorf("n=%d s=N=%d: the norm grows by %g", n, padded, r)
		}
	}
}

// TestSubsetsAreUniform counts how often each element and each pair is drawn.
func TestSubsetsAreUniform(t *testing.T) {
	const n, size, trials = 7, 3, 70000
	var one [n]int
	var two [n][n]int
	src := newSource(1, 2)
	for range trials {
		set := src.subset(n, size)
		if !slices.IsSorted(set) || len(set) != size {
			t.Fatalf("subset %v", set)
		}
		for i, a := range set {
			one[a]++
			for _, b := range set[i+1:] {
				if a == b {
					t.Fatalf("subset %v repeats", set)
				}
				two[a][b]++
			}
		}
	}
	near := func(what string, got int, p float64) {
		if dev := 5 * math.Sqrt(trials*p*(1-p)); math.Abs(float64(got)-trials*p) > dev {
			t.Errorf("%s was drawn %d times in %d, want %.0f ± %.0f", what, got, trials, trials*p, dev)
		}
	}
	for a := range n {
		near(fmt.Sprint(a), one[a], float64(size)/n)
		for b := a + 1; b < n; b++ {
			near(fmt.Sprint("pair ", a, b), two[a][b], float64(size*(size-1))/(n*(n-1)))
		}
	}
}

func TestSketchesDependOnTheSeedAlone(t *testing.T) {
	x := randoms[float64](5, 1000)
	y, z := make([]float64, 50), make([]float64, 50)
	a, b, c := newSRHT(t, 1000, 50, 1), newSRHT(t, 1000, 50, 1), newSRHT(t, 1000, 50, 2)
	a.Apply(y, x)
	b.Apply(z, x)
	sameBits(t, "two SRHT with seed 1", y, z)
	if !slices.Equal(a.Rows(), b.Rows()) || slices.Equal(a.Rows(), c.Rows()) {
		t.Error("rows do not follow the seed")
	}
	differ := 0
	for i := range x {
		if a.Sign(i) != c.Sign(i) {
			differ++
		}
	}
	if differ < 400 || differ > 600 {
		t.Errorf("%d of 1000 signs differ between seeds 1 and 2", differ)
	}
}

func TestConstructorsRefuseWhatCannotBe(t *testing.T) {
	for _, c := range []struct {
		n, s int
		want error
	}{{0, 1, ErrDimension}, {-5, 1, ErrDimension}, {math.MaxInt, 1, ErrDimension}, {5, 0, ErrSampleSize}, {5, -1, ErrSampleSize}, {5, 9, ErrSampleSize}, {5, 8, nil}, {1, 1, nil}} {
		if _, err := NewSRHT(c.n, c.s, 1); !errors.Is(err, c.want) {
			t.Errorf("NewSRHT(%d, %d): error %v, want %v", c.n, c.s, err, c.want)
		}
	}
	half := 1 << (bits.UintSize/2 - 1)
	for _, c := range []struct {
		m, d, s int
		want    error
	}{{0, 1, 1, ErrDimension}, {1, 0, 1, ErrDimension}, {half + 1, half, 1, ErrDimension}, {2, math.MaxInt/2 + 1, 1, ErrDimension},
		{3, 5, 33, ErrSampleSize}, {3, 5, 0, ErrSampleSize}, {3, 5, 32, nil}, {1000, 1000, 5, nil}} {
		if _, err := NewKroneckerSRHT(c.m, c.d, c.s, 1); !errors.Is(err, c.want) {
			t.Errorf("NewKroneckerSRHT(%d, %d, %d): error %v, want %v", c.m, c.d, c.s, err, c.want)
		}
	}
}

func TestSketchesServeManyGoroutines(t *testing.T) {
	sk := newSRHT(t, 500, 40, 3)
	kr, err := NewKroneckerSRHT(20, 25, 40, 3)
	if err != nil {
		t.Fatal(err)
	}
	const cols = 6
	a := randoms[float64](6, 500*cols)
	x, wantOne, wantKron, wantAll := a[:500], make([]float64, 40), make([]float64, 40), make([]float64, 40*cols)
	sk.Apply(wantOne, x)
	sk.ApplyCols(wantAll, a, cols)
	kr.Apply(wantKron, x)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			one, all := make([]float64, 40), make([]float64, 40*cols)
			for range 50 {
				sk.Apply(one, x)
				sameBits(t, "Apply", one, wantOne)
				sk.ApplyCols(all, a, cols)
				sameBits(t, "ApplyCols", all, wantAll)
				kr.Apply(one, x)
				sameBits(t, "KroneckerSRHT.Apply", one, wantKron)
			}
		})
	}
	wg.Wait()
}

// TestSRHTKeepsTheDifferenceOfNearDuplicates takes a vector that is zero but
// for eight entries: what tells near-duplicates apart. A sketch that only
// sampled rows would lose it, which shows that the test can fail.
func TestSRHTKeepsTheDifferenceOfNearDuplicates(t *testing.T) {
	const n, s = 4096, 256
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float64, n), make([]float64, s)
	for range 8 {
		x[rng.IntN(n)] = rng.NormFloat64()
	}
	worst, sampled := 0.0, 0.0
	for seed := range uint64(50) {
		sk := newSRHT(t, n, s, seed)
		sk.Apply(y, x)
		worst = max(worst, math.Abs(norm(y)/norm(x)-1))
		for j, r := range sk.Rows() {
			y[j] = x[r] * math.Sqrt(n/s)
		}
		sampled = max(sampled, math.Abs(norm(y)/norm(x)-1))
	}
	if worst > 0.3 || sampled < 0.9 {
		t.Errorf("in the worst of 50 sketches the norm is off by %g, by plain sampling %g", worst, sampled)
	}
}

// TestSampledStagesHaveTheBitsOfTheWholeTransform covers lengths where only
// the sampled rows are carried across parts, with padding that ends inside a
// part, at its end and after many; zeros of either sign among the elements.
func TestSampledStagesHaveTheBitsOfTheWholeTransform(t *testing.T) {
	for i, c := range [][2]int{{1 << 15, 100}, {1<<15 + 1, 100}, {1 << 16, 2048}, {1 << 16, 2049}, {1<<16 + 3<<15, 300}, {100000, 7}, {150000, 900}, {1<<18 + 5, 1000}, {1<<20 - 1<<15, 64}} {
		n, s := c[0], c[1]
		if testing.Short() && n > 1<<18 {
			continue
		}
		sk := newSRHT(t, n, s, uint64(i))
		x := randoms[float64](uint64(i), n)
		if i%2 == 0 { // few entries: most sums are zeros
			clear(x[3:])
		}
		whole := make([]float64, sk.PaddedLen())
		for k, v := range x {
			whole[k] = v * sk.Sign(k)
		}
		Transform(whole)
		got, want := make([]float64, s), make([]float64, s)
		for j, r := range sk.Rows() {
			want[j] = 1 / math.Sqrt(float64(s)) * whole[r]
		}
		sk.Apply(got, x)
		sameBits(t, fmt.Sprintf("Apply n=%d s=%d seed=%d", n, s, i), got, want)
		clear(got)
		copy(whole, x)
		sk.ApplyInPlace(got, whole)
		sameBits(t, fmt.Sprintf("ApplyInPlace n=%d s=%d seed=%d", n, s, i), got, want)
		if n > 1<<18 {
			continue
		}
		a, b := make([]float64, 3*n), make([]float64, 3*s)
		for k, v := range x {
			a[3*k+1] = v
		}
		sk.ApplyCols(b, a, 3)
		for j := range got {
			got[j] = b[3*j+1]
		}
		sameBits(t, fmt.Sprintf("ApplyCols n=%d s=%d seed=%d", n, s, i), got, want)
	}
}

func TestSampledStagesKeepTheSignOfZero(t *testing.T) {
	negative := math.Copysign(0, -1)
	for n := 1; n <= 16; n *= 2 {
		for parts := 1; parts <= n; parts++ {
			for set := range 1 << parts {
				x := make([]float64, n)
				for i := range parts {
					if set>>i&1 == 1 {
						x[i] = negative
					}
				}
				want := clone(x)
				Transform(want)
				for q := range n {
					v := clone(x[:parts])
					joinParts(v, q, n)
					sameBits(t, fmt.Sprintf("n=%d parts=%d set=%b q=%d", n, parts, set, q), v[:1], want[q:q+1])
				}
			}
			if parts == 8 {
				break
			}
		}
	}
}
