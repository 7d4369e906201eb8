package portable

import "math"

// ln 2 in two parts: the first has 32 bits, so that its products with the exponents of
// finite results are exact.
const (
	ln2High = 0x1.62e42feep-1
	ln2Low  = 0x1.a39ef35793c76p-33
)

// Exp returns eˣ to 2 units in the last place, in an order of IEEE operations that no
// compiler may fuse: x = k·ln 2 + r with |r| ≤ ½ ln 2, and eʳ by its series. Exp(−∞) is 0,
// and what is beyond the finite numbers is +∞.
func Exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 710:
		return math.Inf(1)
	case x < -746:
		return 0
	}
	k := math.Floor(float64(x*(1/math.Ln2)) + 0.5)
	high, low := x-float64(k*ln2High), float64(k*ln2Low)
	r := high - low
	// eʳ = 1 + r + r²·q with q = ½ + r/3! + …; r¹⁴/14! < 5e-18.
	q := 0.0
	for _, c := range expSeries {
		q = float64(q*r) + c
	}
	tail := float64(float64(r*r)*q) + ((high - r) - low)
	return math.Ldexp(1+(r+tail), int(k))
}

// expSeries are 1/i! for i from 13 to 2.
var expSeries = [...]float64{1. / 6227020800, 1. / 479001600, 1. / 39916800, 1. / 3628800, 1. / 362880, 1. / 40320, 1. / 5040, 1. / 720, 1. / 120, 1. / 24, 1. / 6, 1. / 2}
