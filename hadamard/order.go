package hadamard

import "math/bits"

// Order is the order in which a transform of length n = 2ᵏ lists its outputs,
// that is, the rows of H. H is symmetric in each of them.
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
	shift := 64 - bits.Len(uint(len(x)-1))
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> shift); i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	if order == Sequency {
		unGray(x)
	}
}

// unGray sets x[i] = x[gray(i)]. Bit b of gray(i) is the sum of bits b and b+1
// of i: one exchange for every b, from the highest down, here by recursion.
func unGray[T Float](x []T) {
	for ; len(x) >= 4; x = x[len(x)/2:] {
		q := len(x) / 4
		swap(x[2*q:3*q], x[3*q:])
		unGray(x[:2*q])
	}
}

// arrangeRows does to the rows of a matrix what arrange does to elements.
func arrangeRows[T Float](x []T, rows, cols, stride int, order Order) {
	if order == Natural {
		return
	}
	row := func(i int) []T { return x[i*stride:][:cols] }
	shift := 64 - bits.Len(uint(rows-1))
	for i := range rows {
		if j := int(bits.Reverse64(uint64(i)) >> shift); i < j {
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
