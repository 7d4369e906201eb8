package portable

import (
	"math"
	"testing"
)

func TestLogIsTheLogarithm(t *testing.T) {
	for x := 1e-17; x < 1e3; x *= 1.0037 {
		if got, want := Log(x), math.Log(x); math.Abs(got-want) > 4e-16*max(math.Abs(want), 0.1) {
			t.Fatalf("ln(%g) = %.17g, want %.17g", x, got, want)
		}
	}
}

func TestPermutationHasEveryRowOnce(t *testing.T) {
	p := Permutation(1000, 5, 7)
	seen := make([]bool, 1000)
	fixed := 0
	for i, j := range p {
		if seen[j] {
			t.Fatalf("%d appears twice", j)
		}
		seen[j] = true
		if i == j {
			fixed++
		}
	}
	if fixed > 10 {
		t.Errorf("%d fixed points", fixed)
	}
}
