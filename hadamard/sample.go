package hadamard

import (
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
)

var (
	// ErrDimension is wrapped by the errors for a dimension that is not
	// positive, or too large once padded to a power of two.
	ErrDimension = errors.New("hadamard: dimension out of range")
	// ErrSampleSize is wrapped by the errors for a number of samples that is
	// not positive, or larger than what there is to sample from.
	ErrSampleSize = errors.New("hadamard: sample size out of range")
)

// source is the randomness of a sketch: a PCG generator, whose output Go
// documents, used by its 64-bit outputs alone.
type source struct{ pcg *rand.PCG }

func newSource(seed, stream uint64) source { return source{rand.NewPCG(seed, stream)} }

// signs returns n random bits, 64 a word from the least significant up; the
// bits after the last are zero.
func (s source) signs(n int) []uint64 {
	words := make([]uint64, (n+63)/64)
	for i := range words {
		words[i] = s.pcg.Uint64()
	}
	if n%64 != 0 {
		words[len(words)-1] &= 1<<(n%64) - 1
	}
	return words
}

// below returns a uniform integer in [0, n): the high word of a 128-bit
// product, rejecting what would favour some (Lemire 2019).
func (s source) below(n uint64) uint64 {
	hi, lo := bits.Mul64(s.pcg.Uint64(), n)
	for lo < n && lo < -n%n {
		hi, lo = bits.Mul64(s.pcg.Uint64(), n)
	}
	return hi
}

// subset returns a uniformly random subset of [0, n) with size elements, in
// ascending order (Floyd's algorithm, in Bentley 1987: size draws whatever n).
func (s source) subset(n, size int) []int {
	in := make(map[int]struct{}, size)
	rows := make([]int, 0, size)
	for j := n - size; j < n; j++ {
		t := int(s.below(uint64(j) + 1))
		if _, taken := in[t]; taken {
			t = j
		}
		in[t] = struct{}{}
		rows = append(rows, t)
	}
	slices.Sort(rows)
	return rows
}

// paddedLen returns the least power of two ≥ n.
func paddedLen(name string, n int) (int, error) {
	if n < 1 || n > 1<<(bits.UintSize-2) {
		return 0, fmt.Errorf("%w: %s = %d", ErrDimension, name, n)
	}
	return 1 << bits.Len(uint(n-1)), nil
}
