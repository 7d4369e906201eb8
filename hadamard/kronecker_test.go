package hadamard

import (
	"math"
	"math/bits"
	"testing"
)

func newKronecker(t testing.TB, m, d, s int, seed uint64) *KroneckerSRHT {
	t.Helper()
	kr, err := NewKroneckerSRHT(m, d, s, seed)
	if err != nil {
		t.Fatal(err)
	}
	return kr
}

func TestKroneckerSRHTEqualsItsExplicitMatrix(t *testing.T) {
	for _, c := range [][3]int{{1, 1, 1}, {2, 3, 8}, {5, 1, 4}, {1, 9, 10}, {65, 6, 100}, {17, 30, 64}} {
		m, d, s := c[0], c[1], c[2]
		kr := newKronecker(t, m, d, s, 5)
		p, q := kr.Pairs()
		x, got := randoms[float64](6, m*d), make([]float64, s)
		kr.Apply(got, x)
		for j := range got {
			if j > 0 && (p[j] < p[j-1] || p[j] == p[j-1] && q[j] <= q[j-1]) {
				t.Fatalf("m=%d d=%d s=%d: pairs %d and %d are not ascending", m, d, s, j-1, j)
			}
			var want float64
			for r := range m {
				for k := range d {
					want += entry(p[j], r) * kr.LeftSign(r) * entry(q[j], k) * kr.RightSign(k) * x[r*d+k]
				}
			}
			want /= math.Sqrt(float64(s))
			if math.Abs(got[j]-want) > 1e-14*norm(x)*math.Sqrt(float64(m*d)) {
				t.Fatalf("m=%d d=%d s=%d seed=5: (Sx)[%d] = %g, entrywise %g", m, d, s, j, got[j], want)
			}
		}
	}
}

func TestKroneckerSRHTOfAProductFactors(t *testing.T) {
	for _, c := range [][3]int{{1, 1, 1}, {3, 5, 20}, {64, 10, 200}, {300, 65, 1000}} {
		m, d, s := c[0], c[1], c[2]
		kr := newKronecker(t, m, d, s, 9)
		u, v := make([]float64, kr.LeftLen()), make([]float64, kr.RightLen())
		copy(u, randoms[float64](1, m))
		copy(v, randoms[float64](2, d))
		x := make([]float64, m*d)
		for i := range x {
			x[i] = u[i/d] * v[i%d]
		}
		got, want := make([]float64, s), make([]float64, s)
		kr.Apply(want, x)
		for i := m; i < len(u); i++ {
			u[i] = math.NaN() // the padding is not read
		}
		kr.TransformLeft(u)
		kr.TransformRight(v)
		kr.Sample(got, u, v)
		for j := range got {
			if math.Abs(got[j]-want[j]) > 1e-14*norm(x)*math.Sqrt(float64(m*d)) {
				t.Fatalf("m=%d d=%d s=%d seed=9: output %d is %g from factors, %g from their product", m, d, s, j, got[j], want[j])
			}
		}
	}
}

func TestKroneckerSRHTKeepsNormsOnAverage(t *testing.T) {
	const m, d, s, trials = 12, 10, 24, 2000
	x, y := make([]float64, m*d), make([]float64, s)
	for i := range x {
		x[i] = float64(i % 11)
	}
	var mean, square float64
	for seed := range uint64(trials) {
		newKronecker(t, m, d, s, seed).Apply(y, x)
		r := dot(y, y) / dot(x, x)
		mean += r / trials
		square += r * r / trials
	}
	if sigma := math.Sqrt((square - mean*mean) / trials); math.Abs(mean-1) > 5*sigma {
		t.Errorf("‖Sx‖²/‖x‖² is %g ± %g over %d seeds", mean, sigma, trials)
	}
}

func TestKroneckerSRHTSamplesFromMoreThanMemoryHolds(t *testing.T) {
	if bits.UintSize < 64 {
		t.Skip("needs 64-bit integers")
	}
	kr := newKronecker(t, 1<<20, 1<<20, 1000, 1)
	p, q := kr.Pairs()
	var left, right float64
	for j := range p {
		left += float64(p[j]) / (1 << 20) / 1000
		right += float64(q[j]) / (1 << 20) / 1000
	}
	if math.Abs(left-0.5) > 0.05 || math.Abs(right-0.5) > 0.05 {
		t.Errorf("the sampled pairs have means %g and %g, want one half", left, right)
	}
}
