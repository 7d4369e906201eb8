package hadamard

import (
	"fmt"
	"math/bits"

	"github.com/nearlinear/nearlinear/asm"
)

// mixedOrders are the m of the orders m·2ᵏ, and mixedSigns their matrices: bit
// j of row i is set where H_m[i][j] = -1. They are those of Paley's second
// construction over the fields of 5, 9 and 13 elements (Paley, On orthogonal
// matrices, 1933), with the signs of rows and columns changed alike so that
// the first of both is all ones: symmetric, and H_m·H_m = m·I.
var mixedOrders = [...]int{1, 12, 20, 28}

var mixedSigns = [...][]uint32{
	nil,
	{0x0, 0x556, 0x3ca, 0x96c, 0xf22, 0x5b8, 0xc8e, 0x6e4, 0x23e, 0xb94, 0x8f2, 0xe58},
	{0x0, 0x55556, 0xf3c0a, 0x596ac, 0xcf322, 0x659b8, 0x3cf82, 0x965e8, 0xf02f2, 0x5ab58, 0xcc8ce, 0x66e64, 0x3e03e, 0x97a94, 0xbcf2, 0xad658, 0x233ce, 0xb9964, 0x80f3e, 0xea594},
	{0x0, 0x5555556, 0x30ff0ca, 0x9a55a6c, 0xc3fc322, 0x69569b8, 0xff0c8e, 0xa55a6e4, 0x3fc3232, 0x9569b98, 0xff0c8c2, 0x55a6e68, 0xfc3230e, 0x569b9a4, 0xf0c8c3e, 0x5a6e694, 0xc3230fe, 0x69b9a54, 0xc8c3fe, 0xa6e6954, 0x3230ff2, 0x9b9a558, 0xc8c3fc2, 0x6e69568, 0x230ff0e, 0xb9a55a4, 0x8c3fc32, 0xe695698},
}

// maxMixed is the largest m.
const maxMixed = 28

// splitOrder returns the index of m and 2ᵏ where n = m·2ᵏ, or ok = false.
func splitOrder(n int) (which, pow int, ok bool) {
	for i, m := range mixedOrders {
		if q := n / m; n >= m && q*m == n && q&(q-1) == 0 {
			return i, q, true
		}
	}
	return 0, 0, false
}

func checkOrder(what string, n int) (which, pow int) {
	which, pow, ok := splitOrder(n)
	if !ok {
		panic(fmt.Sprintf("hadamard: %s %d is not 2ᵏ, 12·2ᵏ, 20·2ᵏ or 28·2ᵏ", what, n))
	}
	return which, pow
}

// NextOrder returns the least order n' ≥ n of [TransformMixed]: 2ᵏ, 12·2ᵏ,
// 20·2ᵏ or 28·2ᵏ. From 16 on it exceeds n by less than a quarter, where the
// next power of two may double it. It panics if n < 1 or n' overflows an int.
func NextOrder(n int) int {
	if n < 1 || n > 1<<(bits.UintSize-2) {
		panic(fmt.Sprintf("hadamard: NextOrder(%d)", n))
	}
	best := 1 << bits.Len(uint(n-1))
	for _, m := range mixedOrders[1:] {
		best = min(best, m<<bits.Len(uint((n-1)/m)))
	}
	return best
}

// TransformMixed replaces x by H·x, where H is a symmetric Hadamard matrix of
// order n = len(x) = m·2ᵏ, m one of 1, 12, 20 and 28:
//
//	H = H_m ⊗ H_{2ᵏ}
//
// with Paley's H_m, whose first row and column are ones, and the matrix of
// [Transform]. There is no scale: H·H = n·I. For m = 1 it is Transform.
//
// It panics if n is not such a number. It takes n·(k + m) additions, allocates
// nothing and runs in the calling goroutine. The result has the same bits on
// every platform: Transform of the m runs of 2ᵏ elements, then for each of
// their places the m sums of H_m, term by term in ascending order, in float64,
// rounded to T at the end.
func TransformMixed[T Float](x []T) {
	which, pow := checkOrder("length", len(x))
	asm.FWHT(x, pow)
	mix(x, which, pow, mixedOrders[which])
}

// InverseMixed replaces x by H⁻¹·x = (1/n)·H·x, which undoes [TransformMixed]
// up to rounding; see there for lengths, cost and panics. Where n is no power
// of two the factor 1/n is rounded.
func InverseMixed[T Float](x []T) {
	TransformMixed(x)
	asm.FWHTScale(x, 1/float64(len(x)))
}

// TransformPadded sets dst = H·(src, 0, …, 0), the transform of src padded
// with zeros to the length of dst: [TransformMixed] of order len(dst), to the
// bit. Any length of src will do; [NextOrder] gives the shortest dst, and a
// power of two the transform of most other libraries. What is known to be zero
// is not computed with before it has to be.
//
// It panics if len(dst) is not an order of TransformMixed or less than
// len(src). src may be the beginning of dst, and must not overlap it
// otherwise. It allocates nothing.
func TransformPadded[T Float](dst, src []T) {
	which, pow := checkOrder("length", len(dst))
	if len(src) > len(dst) {
		panic(fmt.Sprintf("hadamard: TransformPadded from length %d to length %d", len(src), len(dst)))
	}
	copy(dst, src)
	clear(dst[len(src):])
	used := (len(src) + pow - 1) / pow // runs that are not zero
	block := min(pow, 1<<15)
	for i := 0; i < len(src); i += block {
		asm.FWHT(dst[i:i+block], block)
	}
	for r := range used {
		asm.FWHTCols(dst[r*pow:][:pow], pow/block, block, block)
	}
	mix(dst, which, pow, used)
}

// mix applies H_m ⊗ I to x, m runs of pow elements of which used are not zero:
// eight places at a time, as a product of matrices whose additions are fused
// with products by ±1.
func mix[T Float](x []T, which, pow, used int) {
	signs := mixedSigns[which]
	m := len(signs)
	if m == 0 {
		return
	}
	var h [maxMixed * maxMixed]float64
	for i, row := range signs {
		for j := range used {
			h[i*used+j] = sign32(row, j)
		}
	}
	const w = asm.TileCols
	var in, out [maxMixed * w]float64
	for c := 0; c < pow; c += w {
		width := min(w, pow-c)
		for r := range used {
			run, v := x[r*pow+c:][:width], (*[w]float64)(in[r*w:])
			if width < w {
				for k := range run {
					v[k] = float64(run[k])
				}
				continue
			}
			u := (*[w]T)(run)
			v[0], v[1], v[2], v[3] = float64(u[0]), float64(u[1]), float64(u[2]), float64(u[3])
			v[4], v[5], v[6], v[7] = float64(u[4]), float64(u[5]), float64(u[6]), float64(u[7])
		}
		clear(out[:m*w])
		asm.MulAdd(out[:m*w], w, h[:m*used], used, 1, in[:used*w], m, w, used)
		for r := range m {
			run, v := x[r*pow+c:][:width], (*[w]float64)(out[r*w:])
			if width < w {
				for k := range run {
					run[k] = T(v[k])
				}
				continue
			}
			u := (*[w]T)(run)
			u[0], u[1], u[2], u[3] = T(v[0]), T(v[1]), T(v[2]), T(v[3])
			u[4], u[5], u[6], u[7] = T(v[4]), T(v[5]), T(v[6]), T(v[7])
		}
	}
}

func sign32(row uint32, j int) float64 { return 1 - 2*float64(row>>j&1) }
