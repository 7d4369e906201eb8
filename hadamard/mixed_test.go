package hadamard

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/bits"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

// paley returns the matrix of Paley's second construction for a field of q
// elements, whose first row and column are made ones. The elements are a + b·i
// over the integers modulo p, with b = 0 where q is a prime, p = q.
func paley(p, q int) [][]int {
	mul := func(x, y int) int {
		a, b, c, d := x%p, x/p, y%p, y/p
		return (a*c+(p-1)*b*d)%p + (a*d+b*c)%p*p
	}
	sub := func(x, y int) int { return (x%p-y%p+p)%p + (x/p-y/p+p)%p*p }
	square := make([]int, q) // 0, or ±1 for squares and others
	for x := range q {
		square[x] = min(x, 1) * -1
	}
	for x := 1; x < q; x++ {
		square[mul(x, x)] = 1
	}
	h := make([][]int, 2*(q+1))
	for r := range h {
		h[r] = make([]int, len(h))
		for s := range h {
			i, j := r/2, s/2
			c := min(i+j, 1)
			if i > 0 && j > 0 {
				c = square[sub(i-1, j-1)]
			}
			h[r][s] = c * []int{1, 1, 1, -1}[r%2*2+s%2]
			if i == j {
				h[r][s] += []int{1, -1, -1, -1}[r%2*2+s%2]
			}
		}
	}
	first := append([]int(nil), h[0]...)
	for r := range h {
		for s := range h {
			h[r][s] *= first[r] * first[s]
		}
	}
	return h
}

// mixedEntry returns the entry of the matrix of order m·pow; h is that of order
// m, nil for 1.
func mixedEntry(h [][]int, pow, i, j int) float64 {
	v := entry(i%pow, j%pow)
	if h != nil {
		v *= float64(h[i/pow][j/pow])
	}
	return v
}

// fields are the p and q of the matrices of the mixed orders.
var fields = map[int][2]int{12: {5, 5}, 20: {3, 9}, 28: {13, 13}}

func matrixOf(m int) [][]int {
	if m == 1 {
		return nil
	}
	return paley(fields[m][0], fields[m][1])
}

func TestMixedMatricesAreHadamard(t *testing.T) {
	for _, m := range mixedOrders[1:] {
		h := matrixOf(m)
		for i := range h {
			for j := range h {
				dot := 0
				for k := range h {
					dot += h[i][k] * h[j][k]
				}
				if len(h) != m || h[i][j] != h[j][i] || dot != map[bool]int{true: m}[i == j] {
					t.Errorf("order %d of %d: rows %d and %d have product %d", m, len(h), i, j, dot)
				}
			}
		}
	}
}

// The transform of an impulse is a column of the matrix, exactly.
func TestMixedImpulseGivesAColumn(t *testing.T) {
	for _, m := range mixedOrders {
		h := matrixOf(m)
		for pow := 1; pow <= 64; pow *= 4 {
			for k := range m * pow {
				x := make([]float32, m*pow)
				x[k] = 1
				TransformMixed(x)
				for i, v := range x {
					if want := mixedEntry(h, pow, i, k); float64(v) != want {
						t.Fatalf("n=%d·%d: (H·e_%d)[%d] = %v, want %v", m, pow, k, i, v, want)
					}
				}
			}
		}
	}
}

func TestTransformMixedIsItsMatrix(t *testing.T) {
	both(t, testMixed[float64], testMixed[float32])
}

func testMixed[T Float](t *testing.T) {
	for _, m := range mixedOrders {
		h := matrixOf(m)
		for pow := 1; m*pow <= 512; pow *= 2 {
			n := m * pow
			x := randoms[T](uint64(n), n)
			y := clone(x)
			TransformMixed(y)
			for i := range y {
				var want float64
				for j, v := range x {
					want += mixedEntry(h, pow, i, j) * float64(v)
				}
				if math.Abs(float64(y[i])-want) > eps[T]()*float64(n)*4 {
					t.Fatalf("n=%d seed=%d: output %d is %v, the sum %v", n, n, i, y[i], want)
				}
			}
			z := clone(y)
			InverseMixed(z)
			TransformMixed(y)
			for i, v := range x {
				if math.Abs(float64(z[i]-v)) > eps[T]()*64 || math.Abs(float64(y[i])/float64(n)-float64(v)) > eps[T]()*64 {
					t.Fatalf("n=%d seed=%d: back at %d: %v by the inverse, %v by the transform over n, want %v", n, n, i, z[i], float64(y[i])/float64(n), v)
				}
			}
			if m == 1 {
				Transform(x)
				InverseMixed(x)
				sameBits(t, fmt.Sprintf("n=%d", n), z, x)
			}
		}
	}
}

func TestTransformPaddedHasTheBitsOfTheWhole(t *testing.T) {
	both(t, testPadded[float64], testPadded[float32])
}

func testPadded[T Float](t *testing.T) {
	for _, n := range []int{1, 2, 12, 16, 20, 28, 24 * 8, 640, 1 << 10, 1 << 17, 12 << 13} {
		for _, used := range []int{0, 1, n / 3, n/2 + 1, n - n/12, n - 1, n} {
			if used > n || testing.Short() && n > 1<<16 && used != n/3 {
				continue
			}
			x := randoms[T](uint64(used), used)
			if used > 2 {
				clear(x[:used/2])
				x[used/2-1] = T(math.Copysign(0, -1))
			}
			got, want := randoms[T](1, n), make([]T, n)
			copy(want, x)
			TransformMixed(want)
			TransformPadded(got, x)
			what := fmt.Sprintf("%d elements padded to %d", used, n)
			sameBits(t, what, got, want)
			got = randoms[T](1, n)
			copy(got, x)
			TransformPadded(got, got[:used])
			sameBits(t, what+" in place", got, want)
		}
	}
}

// TestGoldenMixedBits holds the transforms of mixed orders, their rows and their
// columns to one value on every platform.
func TestGoldenMixedBits(t *testing.T) {
	h := fnv.New64a()
	for _, n := range []int{12, 24, 20 << 2, 28 << 3, 96, 768, 20 << 6, 28 << 5, 1536, 12 << 13} {
		x, y := make([]float64, 3*n), make([]float32, 3*n)
		for i := range x {
			v := float64(int64(uint64(i+1)*0x9e3779b97f4a7c15)) / 3
			x[i], y[i] = v, float32(v)
		}
		TransformMixed(x[:n])
		TransformRows(y, 3, n, &Options{Scale: Orthonormal})
		TransformCols(x, n, 3, &Options{Order: Sequency})
		for i := range x {
			fmt.Fprintf(h, "%x %x ", math.Float64bits(x[i]), math.Float32bits(y[i]))
		}
	}
	if got, want := h.Sum64(), uint64(0xbb7dc67c25c9a3c1); got != want {
		t.Errorf("the hash of all bits is %#x, want %#x (path %s)", got, want, asm.Info())
	}
}

func TestNextOrderIsTheLeast(t *testing.T) {
	least := 0
	for n := 5000; n >= 1; n-- {
		if _, _, ok := splitOrder(n); ok {
			least = n
		}
		if got := NextOrder(n); n <= 4096 && got != least {
			t.Fatalf("NextOrder(%d) = %d, want %d", n, got, least)
		}
	}
	if top := 1 << (bits.UintSize - 2); NextOrder(top) != top || NextOrder(top-1) != top {
		t.Error("the largest orders")
	}
}

// xorSum is the definition of the convolution.
func xorSum[T Float](x, y []T) []float64 {
	z := make([]float64, len(x))
	for k := range z {
		for i := range x {
			z[k] += float64(x[i]) * float64(y[i^k])
		}
	}
	return z
}

func TestXorConvolveIsTheSum(t *testing.T) {
	both(t, testXor[float64], testXor[float32])
}

func testXor[T Float](t *testing.T) {
	for n := 1; n <= 512; n *= 2 {
		x, y := randoms[T](1, n), randoms[T](2, n)
		want, self := xorSum(x, y), xorSum(x, x)
		tol := eps[T]() * 8 * math.Sqrt(dot(x, x)*dot(y, y)+dot(x, x)*dot(x, x)) * float64(1+bits.Len(uint(n)))
		got, h, again, auto, auto2 := clone(x), clone(y), clone(x), clone(x), clone(x)
		XorConvolve(got, h)
		Transform(y)
		sameBits(t, "spectrum", h, y)
		XorConvolveBy(again, y)
		sameBits(t, fmt.Sprintf("XorConvolveBy n=%d", n), again, got)
		XorCorrelate(auto)
		XorConvolve(auto2, clone(x))
		sameBits(t, fmt.Sprintf("XorCorrelate n=%d", n), auto, auto2)
		for k := range got {
			if math.Abs(float64(got[k])-want[k]) > tol || math.Abs(float64(auto[k])-self[k]) > tol {
				t.Fatalf("n=%d: element %d is %v and %v, want %v and %v", n, k, got[k], auto[k], want[k], self[k])
			}
		}
	}
}

func TestTransform2DIsRowsThenColumns(t *testing.T) {
	both(t, test2D[float64], test2D[float32])
}

func test2D[T Float](t *testing.T) {
	for i, s := range [][3]int{{1, 1, 0}, {1, 8, 0}, {8, 1, 0}, {16, 4, 0}, {12, 8, 0}, {8, 20, 0}, {28, 12, 15}, {1536, 128, 0}, {64, 128, 0}, {32, 8, 11}, {512, 512, 0}, {256, 512, 515}} {
		rows, cols, stride := s[0], s[1], max(s[1], s[2])
		x := randoms[T](uint64(i), (rows-1)*stride+cols)
		for _, o := range []Options{{}, {Scale: Orthonormal}, {Scale: Inverted, Factor: 3}, {Order: Sequency, Scale: Orthonormal}, {Order: Dyadic, Factor: -2}} {
			o.Stride = s[2]
			n, f := rows*cols, 1.0
			if o.Factor != 0 {
				f = o.Factor
			}
			switch o.Scale {
			case Orthonormal:
				f *= math.Sqrt(1 / float64(n))
			case Inverted:
				f /= float64(n)
			}
			want := clone(x)
			TransformRows(want, rows, cols, &Options{Order: o.Order, Stride: o.Stride})
			TransformCols(want, rows, cols, &Options{Order: o.Order, Stride: o.Stride})
			for r := range rows {
				for k := range cols {
					want[r*stride+k] *= T(f)
				}
			}
			for _, o.Workers = range []int{1, 3} {
				got := clone(x)
				Transform2D(got, rows, cols, &o)
				sameBits(t, fmt.Sprintf("%d × %d matrix, options %+v", rows, cols, o), got, want)
			}
		}
	}
}
