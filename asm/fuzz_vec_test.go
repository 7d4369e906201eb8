package asm

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// FuzzVectors compares the kernels on vectors with generic code.
func FuzzVectors(f *testing.F) {
	f.Add(uint16(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint16(67), uint8(0x21), uint8(1), uint64(2))
	f.Add(uint16(255), uint8(0x13), uint8(2), uint64(3))
	f.Add(uint16(1000), uint8(0x77), uint8(3), uint64(4))
	f.Fuzz(func(t *testing.T, length uint16, offset, kind uint8, seed uint64) {
		n := int(length) % 1100
		rng := rand.New(rand.NewPCG(seed, 55))
		what := fmt.Sprintf("n=%d offset=%d kind=%d seed=%d", n, offset, kind, seed)
		x, y := fuzzValues(rng, n, int(offset), kind), fuzzValues(rng, n, int(offset)/16, kind)
		alpha := fuzzValues(rng, 1, 0, kind)[0]
		if got, want := Dot(x[:n], y[:n]), 0+dotGeneric(x[:n], y[:n]); !same(got, want) {
			t.Fatalf("Dot %s: %x, want %x (path %s)", what, got, want, Info())
		}
		if got, want := Nrm2(x[:n]), nrm2Exact(x[:n]); !same(got, want) && (math.IsInf(want, 0) || !(math.Abs(got-want) <= 1e-14*want+5e-324)) {
			t.Fatalf("Nrm2 %s: %x, want %x (path %s)", what, got, want, Info())
		}
		got, want := append(make([]float64, offset%8), y...)[offset%8:], append([]float64(nil), y...)
		Axpy(got[:n], alpha, x[:n])
		axpyGeneric(want[:n], alpha, x[:n])
		equalBits(t, "Axpy "+what, got, want)
		Scale(got[:n], alpha, x[:n])
		scaleGeneric(want[:n], alpha, x[:n])
		equalBits(t, "Scale "+what, got, want)
		Scale(got[:n], alpha, got[:n])
		scaleGeneric(want[:n], alpha, want[:n])
		equalBits(t, "Scale in place "+what, got, want)

		bits, signs := make([]uint64, n/64+1), make([]uint64, n/64+1)
		for i := range bits {
			bits[i], signs[i] = rng.Uint64(), rng.Uint64()
		}
		changed, mask := 0, rng.Uint64()
		was, now := append([]uint64(nil), bits...), make([]uint64, len(bits))
		for i, v := range signs {
			now[i] = v & mask
			for differ := was[i] ^ now[i]; differ != 0; differ &= differ - 1 {
				changed++
			}
		}
		if got := XorCount(was, signs, mask); got != changed || !slices.Equal(was, now) {
			t.Fatalf("XorCount %s: %d changed to %x, want %d and %x", what, got, was, changed, now)
		}
		FlipSigns(got[:n], x[:n], signs)
		ones := make([]float32, n+int(offset)%8+behind)[offset%8:]
		SignedBits(ones[:n], bits, signs)
		for i := range want {
			set, sign := float32(0), float32(1)
			if i < n {
				want[i] = x[i]
				if signs[i/64]>>(i%64)&1 != 0 {
					want[i], sign = -x[i], -1
				}
				if bits[i/64]>>(i%64)&1 != 0 {
					set = sign
				}
			}
			if !fwhtSame(ones[i], set) {
				t.Fatalf("SignedBits %s: element %d is %v, want %v (path %s)", what, i, ones[i], set, Info())
			}
		}
		equalBits(t, "FlipSigns "+what, got, want)

		var counts [CountTile * CountTile]int64
		for i := range counts {
			counts[i] = rng.Int64N(1<<52+1) >> rng.IntN(53)
		}
		product := fuzzValues(rng, len(counts), int(offset), kind)
		wantProduct := append([]float64(nil), product...)
		ScaleCounts((*[CountTile * CountTile]float64)(product), &counts, alpha)
		scaleCountsGeneric((*[CountTile * CountTile]float64)(wantProduct), &counts, alpha)
		equalBits(t, "ScaleCounts "+what, product, wantProduct)

		var words, turned, wantTurned [64]uint64
		for i := range words {
			words[i] = rng.Uint64() & rng.Uint64()
		}
		Transpose64(&turned, &words)
		transpose64Generic(&wantTurned, &words)
		if turned != wantTurned {
			t.Fatalf("Transpose64 %s: %x, want %x (path %s)", what, turned, wantTurned, Info())
		}
	})
}

// nrm2Exact rounds the sum of squares and its root at more digits than a product of two
// numbers has.
func nrm2Exact(x []float64) float64 {
	sum, square := new(big.Float).SetPrec(300), new(big.Float).SetPrec(300)
	infinite := false
	for _, v := range x {
		if v != v {
			return v
		}
		if infinite = infinite || math.IsInf(v, 0); !infinite {
			square.SetFloat64(v)
			sum.Add(sum, square.Mul(square, square))
		}
	}
	if infinite {
		return math.Inf(1)
	}
	norm, _ := sum.Sqrt(sum).Float64()
	return norm
}

// FuzzFWHTCols has columns, strides, what lies between rows, and scales.
func FuzzFWHTCols(f *testing.F) {
	f.Add(uint8(3), uint8(4), uint8(1), uint8(0), uint64(1))
	f.Add(uint8(8), uint8(36), uint8(0), uint8(3), uint64(2))
	f.Add(uint8(6), uint8(99), uint8(17), uint8(5), uint64(3))
	f.Add(uint8(10), uint8(7), uint8(3), uint8(1), uint64(4))
	f.Fuzz(func(t *testing.T, k, width, pad, offset uint8, seed uint64) {
		fuzzFWHTCols[float64](t, int(k%11), 1+int(width)%100, int(pad%20), int(offset%8), seed)
		fuzzFWHTCols[float32](t, int(k%11), 1+int(width)%100, int(pad%20), int(offset%8), seed)
	})
}

func fuzzFWHTCols[T Float](t *testing.T, k, cols, pad, offset int, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 56))
	rows, stride := 1<<k, cols+pad
	got := fwhtValues[T](rng, (rows-1)*stride+cols+behind, offset, seed%2 == 0)
	want := append([]T(nil), got...)
	alpha := []float64{1, -0.3}[seed/2%2]
	if alpha == 1 {
		FWHTCols(got[:len(got)-behind], rows, cols, stride)
	} else {
		FWHTColsScaled(got[:len(got)-behind], rows, cols, stride, alpha)
	}
	col := make([]T, rows)
	for c := range cols {
		for r := range col {
			col[r] = want[r*stride+c]
		}
		fwhtNaive(col)
		for r, v := range col {
			if alpha != 1 {
				v *= T(alpha)
			}
			want[r*stride+c] = v
		}
	}
	fwhtCheck(t, fmt.Sprintf("FWHTCols rows=%d cols=%d stride=%d offset=%d seed=%d", rows, cols, stride, offset, seed), got, want)
}
