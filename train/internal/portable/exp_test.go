package portable

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/big"
	"testing"
)

// exact returns eˣ rounded once, by the series in 200 bits of x/2¹⁶ and squarings.
func exact(x float64) float64 {
	const prec = 200
	t := new(big.Float).SetPrec(prec).SetMantExp(new(big.Float).SetPrec(prec).SetFloat64(x), -16)
	sum, term := new(big.Float).SetPrec(prec).SetInt64(1), new(big.Float).SetPrec(prec).SetInt64(1)
	for i := int64(1); i < 40; i++ {
		term.Mul(term, t).Quo(term, new(big.Float).SetPrec(prec).SetInt64(i))
		sum.Add(sum, term)
	}
	for range 16 {
		sum.Mul(sum, sum)
	}
	f, _ := sum.Float64()
	return f
}

func TestExpIsTheExponential(t *testing.T) {
	worst := 0.0
	for x := -708.; x < 709.78; x += 0.3711 {
		want := exact(x)
		ulp := math.Nextafter(want, math.Inf(1)) - want
		e := math.Abs(Exp(x)-want) / ulp
		if worst = max(worst, e); e > 2 {
			t.Fatalf("e^%g = %.17g, want %.17g", x, Exp(x), want)
		}
	}
	t.Logf("at most %.2f units in the last place", worst)
	for x := -745.; x < 710; x += 1.0 / 1024 {
		got, want := Exp(x), math.Exp(x)
		if e := math.Abs(got - want); e > 2*(math.Nextafter(want, math.Inf(1))-want) && !(math.IsInf(got, 1) && math.IsInf(want, 1)) {
			t.Fatalf("e^%g = %.17g, the library has %.17g", x, got, want)
		}
	}
}

func TestExpAtTheEnds(t *testing.T) {
	const top = 709.782712893384 // ln of the largest number, rounded down
	for x, want := range map[float64]float64{
		0: 1, math.Copysign(0, -1): 1, 5e-324: 1, -5e-324: 1, 0x1p-54: 1,
		math.Inf(-1): 0, -math.MaxFloat64: 0, -746: 0, -745.2: 0,
		math.Inf(1): math.Inf(1), math.MaxFloat64: math.Inf(1), 709.79: math.Inf(1), 710: math.Inf(1),
	} {
		if got := Exp(x); got != want {
			t.Errorf("e^%g = %g, want %g", x, got, want)
		}
	}
	if got := Exp(math.NaN()); got == got {
		t.Errorf("e^NaN = %g", got)
	}
	if got := Exp(top); got > math.MaxFloat64 || got < 1.79769e308 {
		t.Errorf("e^%g = %g", top, got)
	}
	if got := Exp(-745); got <= 0 {
		t.Errorf("e^-745 = %g", got)
	}
}

func TestExpIsTheInverseOfLogAndMonotone(t *testing.T) {
	last := 0.0
	for x := 1e-300; x < 1e300; x *= 1.37 {
		y := Log(x)
		if got := Exp(y); math.Abs(got/x-1) > 4e-16*(1+math.Abs(y)) {
			t.Errorf("e^ln %g is %g", x, got)
		}
		if y := Exp(math.Log(x)); !(y > last) {
			t.Errorf("not monotone at %g", x)
		} else {
			last = y
		}
	}
}

func TestExpHasTheSameBitsEverywhere(t *testing.T) {
	h := fnv.New64a()
	for i := -30000; i < 30000; i++ {
		binary.Write(h, binary.LittleEndian, Exp(float64(i)/41))
	}
	if got, want := h.Sum64(), uint64(0xb93d20ddaf2c9b54); got != want {
		t.Errorf("hash %#x, want %#x", got, want)
	}
}
