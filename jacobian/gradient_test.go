package jacobian

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestGradientsMatchTheirDefinition: term by term, for a v that is not W; the
// inner product with the sample is J·v; and other workers change no bit.
func TestGradientsMatchTheirDefinition(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		n, m, d := op.Dims()
		op.Linearize(make([]float64, n))
		v := normals(rand.New(rand.NewPCG(9, 9)), m*d)
		got, jv := make([]float64, n*d), make([]float64, n)
		got[0] = math.NaN() // what was there does not count
		op.Gradients(got, v)
		op.MulVec(jv, v)
		for i := range n {
			inner := 0.0
			for k := range d {
				want := 0.0
				for r := range m {
					if op.Gate(r, i) {
						want += p.net.A[r] * v[r*d+k] / math.Sqrt(float64(m))
					}
				}
				if e := math.Abs(got[i*d+k] - want); !(e < 1e-12*math.Sqrt(float64(m))) {
					t.Fatalf("sample %d, feature %d: %.17g, want %.17g", i, k, got[i*d+k], want)
				}
				inner += got[i*d+k] * p.x[i*d+k]
			}
			if e := math.Abs(inner - jv[i]); !(e < 1e-11*math.Sqrt(float64(m*d))) {
				t.Fatalf("sample %d: ⟨∇, x⟩ = %.17g, J·v = %.17g", i, inner, jv[i])
			}
		}
		one, err := New(p.net, p.x, &Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		one.Linearize(make([]float64, n))
		alone := make([]float64, n*d)
		one.Gradients(alone, v)
		equal(t, "Gradients on one worker", alone, got)
	})
}
