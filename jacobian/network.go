package jacobian

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Errors that constructors wrap; test with errors.Is.
var (
	ErrShape     = errors.New("wrong shape")
	ErrSign      = errors.New("output sign is not ±1")
	ErrNotFinite = errors.New("value is not finite")
	ErrOverflow  = errors.New("size overflows")
)

// Network is a two-layer ReLU network with fixed output signs,
// f(x) = M^-½ Σ_r A[r]·max(0, ⟨w_r, x⟩), where row r of W (M × D, row-major) is
// w_r. Every A[r] is +1 or -1.
type Network struct {
	M, D int       // neurons, features
	W    []float64 // M × D, row-major
	A    []float64 // M signs
}

// Check returns an error unless the shapes agree, every sign is ±1 and every
// weight is finite.
func (net *Network) Check() error {
	if net.M < 1 || net.D < 1 {
		return fmt.Errorf("jacobian: network of %d neurons, %d features: %w", net.M, net.D, ErrShape)
	}
	if err := checkSize(1, net.M, net.D); err != nil {
		return err
	}
	if len(net.W) != net.M*net.D || len(net.A) != net.M {
		return fmt.Errorf("jacobian: network of %d neurons, %d features has %d weights and %d signs: %w", net.M, net.D, len(net.W), len(net.A), ErrShape)
	}
	for r, a := range net.A {
		if a != 1 && a != -1 {
			return fmt.Errorf("jacobian: sign of neuron %d is %v: %w", r, a, ErrSign)
		}
	}
	if k := firstNotFinite(net.W); k >= 0 {
		return fmt.Errorf("jacobian: weight of neuron %d, feature %d is %v: %w", k/net.D, k%net.D, net.W[k], ErrNotFinite)
	}
	return nil
}

// checkSamples returns the number of rows of the row-major sample matrix x.
func checkSamples(x []float64, d int) (n int, err error) {
	if len(x) == 0 || len(x)%d != 0 {
		return 0, fmt.Errorf("jacobian: %d values are not a matrix of %d features: %w", len(x), d, ErrShape)
	}
	if k := firstNotFinite(x); k >= 0 {
		return 0, fmt.Errorf("jacobian: sample %d, feature %d is %v: %w", k/d, k%d, x[k], ErrNotFinite)
	}
	return len(x) / d, nil
}

// checkSize refuses sizes whose flop count n·m·d does not fit 63 bits, or whose
// buffers, of n·m gates or m·d weights, cannot be indexed by an int.
func checkSize(n, m, d int) error {
	hi, nm := bits.Mul64(uint64(n), uint64(m))
	if hi == 0 {
		var nmd uint64
		if hi, nmd = bits.Mul64(nm, uint64(d)); hi == 0 && nmd <= math.MaxInt64/16 && nm <= math.MaxInt/16 && uint64(m)*uint64(d) <= math.MaxInt/16 {
			return nil
		}
	}
	return fmt.Errorf("jacobian: %d samples × %d neurons × %d features: %w", n, m, d, ErrOverflow)
}

func firstNotFinite(x []float64) int {
	for i, v := range x {
		if v-v != 0 {
			return i
		}
	}
	return -1
}
