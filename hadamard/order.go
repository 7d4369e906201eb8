package hadamard

import "math/bits"

// Order is the order in which a transform of length n = 2ᵏ lists its outputs,
// that is, the rows of H. H is symmetric in each of them. In a transform of
// length m·2ᵏ it is the order of the factor 2ᵏ: of each run of 2ᵏ outputs.
type Order uint8

const (
	// Natural is the order of Sylvester's recursion: H[i][j] =
	// (-1)^popcount(i & j). It is what the transform itself produces.
	Natural Order = iota
	// Sequency sorts by sign changes, as Walsh did: row i has exactly i. It is
	// row reverse(gray(i)) in natural order, where gray(i) = i ^ i>>1 and
	// reverse turns round the k bits.
	Sequency
	// Dyadic is Paley's order: row reverse(i) in natural order.
	Dyadic
)

// String returns the name of the constant.
func (o Order) String() string {
	switch o {
	case Natural:
		return "Natural"
	case Sequency:
		return "Sequency"
	case Dyadic:
		return "Dyadic"
	}
	return "Order(?)"
}

// arrange brings x from natural order into the given one, in place.
func arrange[T Float](x []T, order Order) {
	if order == Natural {
		return
	}
	reverseBits(x)
	if order == Sequency {
		unGray(x)
	}
}

// reverseBits exchanges the elements whose indices are each other's reverse.
// An index is three parts a, m, b with three bits in a and in b; what is at
// (a, m, b) and what is at (b', m', a'), reversed, for the 64 values of (a, b)
// are eight short runs each. A pair of m and m' takes no test of an index.
func reverseBits[T Float](x []T) {
	k := bits.Len(uint(len(x) - 1))
	if k < 6 {
		for i := range x {
			if j := reverse(i, k); i < j {
				x[i], x[j] = x[j], x[i]
			}
		}
		return
	}
	rev := [8]int{0, 4, 2, 6, 1, 5, 3, 7}
	top := len(x) / 8
	for m := range len(x) / 64 {
		w := reverse(m, k-6)
		switch {
		case m < w:
			for a := range 8 {
				run := (*[8]T)(x[a*top+m*8:])
				other := x[w*8+rev[a]:]
				for b := range run {
					j := rev[b] * top
					run[b], other[j] = other[j], run[b]
				}
			}
		case m == w:
			for a := range 8 {
				for b := range 8 {
					i, j := a*top+m*8+b, rev[b]*top+m*8+rev[a]
					if i < j {
						x[i], x[j] = x[j], x[i]
					}
				}
			}
		}
	}
}

// reverse turns round the k low bits of i, its only ones.
func reverse(i, k int) int { return int(bits.Reverse64(uint64(i)) >> (64 - k)) }

// unGray sets x[i] = x[gray(i)]. Bit b of gray(i) is the sum of bits b and b+1
// of i: one exchange for every b, from the highest down, here by recursion.
func unGray[T Float](x []T) {
	for ; len(x) > 8; x = x[len(x)/2:] {
		q := len(x) / 4
		swap(x[2*q:3*q], x[3*q:])
		unGray(x[:2*q])
	}
	switch len(x) {
	case 4:
		x[2], x[3] = x[3], x[2]
	case 8:
		v := (*[8]T)(x)
		v[2], v[3], v[4], v[5], v[6], v[7] = v[3], v[2], v[6], v[7], v[5], v[4]
	}
}

// arrangeRows does to the rows of a matrix what arrange does to elements.
func arrangeRows[T Float](x []T, rows, cols, stride int, order Order) {
	if order == Natural {
		return
	}
	row := func(i int) []T { return x[i*stride:][:cols] }
	for i := range rows {
		if j := reverse(i, bits.Len(uint(rows-1))); i < j {
			swap(row(i), row(j))
		}
	}
	if order == Dyadic {
		return
	}
	for block := rows; block >= 4; block /= 2 {
		for i := block / 2; i < rows; i += block {
			for j := i; j < i+block/4; j++ {
				swap(row(j), row(j+block/4))
			}
		}
	}
}

func swap[T Float](a, b []T) {
	b = b[:len(a)]
	for i, v := range a {
		a[i], b[i] = b[i], v
	}
}
