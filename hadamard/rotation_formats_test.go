package hadamard

import (
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

// halves returns n finite numbers of 16 bits, and what they are.
func halves(seed uint64, n int, bfloat bool) (bits []uint16, values []float32) {
	bits, values = make([]uint16, n), make([]float32, n)
	for i, v := range randoms[float32](seed, n) {
		if bfloat {
			bits[i] = uint16(math.Float32bits(v) >> 16)
		} else {
			bits[i] = uint16(math.Float32bits(v)>>31<<15 | uint32(i)*2654435761>>7&0x3fff)
		}
	}
	if bfloat {
		asm.WidenBFloat16(values, bits)
	} else {
		asm.WidenFloat16(values, bits)
	}
	return bits, values
}

func TestRotatedHalvesAreThoseOfTheirValues(t *testing.T) {
	for _, d := range []int{2, 96, 100, 768, 1000} {
		for _, rows := range []int{0, 1, 3, 60} {
			for workers := 1; workers <= 3; workers++ {
				r := mustRotation[float32](t, d, 5, 2, workers)
				for _, bfloat := range []bool{false, true} {
					bits, values := halves(1, rows*d, bfloat)
					got := make([]float32, rows*d)
					if bfloat {
						RotateBFloat16(r, got, bits, rows)
					} else {
						RotateFloat16(r, got, bits, rows)
					}
					r.ApplyRows(values, values, rows, 0)
					sameBits(t, fmt.Sprintf("d=%d rows=%d workers=%d bfloat16=%v", d, rows, workers, bfloat), got, values)
				}
			}
		}
	}
}

func TestRotateInt8IsWithinHalfAScale(t *testing.T) {
	for _, d := range []int{2, 96, 100, 768, 3000} {
		for _, rows := range []int{0, 1, 3, 60} {
			for workers := 1; workers <= 3; workers++ {
				r := mustRotation[float32](t, d, 5, 2, workers)
				src := randoms[float32](1, rows*d)
				if rows > 2 {
					clear(src[d : 2*d])
				}
				before, want := clone(src), clone(src)
				codes, scales := make([]int8, rows*d), make([]float32, rows)
				RotateInt8(r, codes, scales, src, rows)
				sameBits(t, "the source", src, before)
				r.ApplyRows(want, want, rows, 0)
				for i, scale := range scales {
					most := int8(0)
					for k, code := range codes[i*d:][:d] {
						v := want[i*d+k]
						if math.Abs(float64(code)*float64(scale)-float64(v)) > float64(scale)*0.50002 {
							t.Fatalf("d=%d rows=%d workers=%d: coordinate %d of row %d is %v, as a code %d · %v", d, rows, workers, k, i, v, code, scale)
						}
						most = max(most, code, -code)
					}
					if zero := rows > 2 && i == 1; zero != (scale == 0) || zero != (most == 0) || !zero && most != 127 {
						t.Errorf("d=%d rows=%d: row %d has scale %v and codes up to %d", d, rows, i, scale, most)
					}
				}
			}
		}
	}
}

// Scratch is of the size of another d when a rotation is read into one in use.
func TestRotateInt8AfterUnmarshal(t *testing.T) {
	r := mustRotation[float32](t, 10, 1, 2, 1)
	for _, d := range []int{10, 5000, 100} {
		b, err := mustRotation[float32](t, d, 1, 2, 1).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		src, codes, scales := randoms[float32](1, d), make([]int8, d), make([]float32, 1)
		RotateInt8(r, codes, scales, src, 1)
		if scales[0] == 0 {
			t.Errorf("d=%d: scale 0", d)
		}
	}
}

// Rows that have no scale in float32 show it.
func TestRotateInt8OfWhatHasNoScale(t *testing.T) {
	const d = 96
	r := mustRotation[float32](t, d, 5, 2, 1)
	src := make([]float32, 3*d)
	src[3], src[d], src[2*d] = 1e-38, float32(math.NaN()), float32(math.Inf(1))
	codes, scales := make([]int8, 3*d), make([]float32, 3)
	for i := range codes {
		codes[i] = 99 // of an earlier call
	}
	RotateInt8(r, codes, scales, src, 3)
	for k, code := range codes[:d] {
		if code != 0 {
			t.Fatalf("code %d of a row with scale 0 is %d", k, code)
		}
	}
	if scales[0] != 0 || scales[1] == scales[1] || !math.IsInf(float64(scales[2]), 1) && scales[2] == scales[2] {
		t.Errorf("scales %v", scales)
	}
}

func TestGoldenRotationFormats(t *testing.T) {
	h := fnv.New64a()
	for _, d := range []int{2, 100, 768, 1000, 1024} {
		r := mustRotation[float32](t, d, 42, 2, 1)
		src := make([]float32, 3*d)
		bits := make([]uint16, 3*d)
		for i := range src {
			v := uint64(i+1) * 0x9e3779b97f4a7c15
			src[i], bits[i] = float32(int64(v)>>40)/3, uint16(v>>45)&0xbfff
		}
		codes, scales := make([]int8, 3*d), make([]float32, 3)
		RotateInt8(r, codes, scales, src, 3)
		fmt.Fprint(h, codes)
		for _, v := range scales {
			fmt.Fprintf(h, " %x", math.Float32bits(v))
		}
		RotateFloat16(r, src, bits, 3)
		for _, v := range src {
			fmt.Fprintf(h, " %x", math.Float32bits(v))
		}
		RotateBFloat16(r, src, bits, 3)
		for _, v := range src {
			fmt.Fprintf(h, " %x", math.Float32bits(v))
		}
	}
	if got, want := h.Sum64(), uint64(0x9c06ff4feb54c846); got != want {
		t.Errorf("the hash of all bits is %#x, want %#x (path %s)", got, want, asm.Info())
	}
}

func TestRotationFormatsPanicOnLengths(t *testing.T) {
	r := mustRotation[float32](t, 10, 1, 2, 1)
	x, h, c := make([]float32, 20), make([]uint16, 20), make([]int8, 20)
	for name, f := range map[string]func(){
		"RotateFloat16 of 2 rows of d = 10 with lengths dst=19":          func() { RotateFloat16(r, x[:19], h, 2) },
		"RotateFloat16 of -1 rows":                                       func() { RotateFloat16(r, x, h, -1) },
		"RotateBFloat16 of 2 rows of d = 10 with lengths dst=20 src=10":  func() { RotateBFloat16(r, x, h[:10], 2) },
		"RotateInt8 of 2 rows of d = 10 with lengths dst=10":             func() { RotateInt8(r, c[:10], x[:2], x, 2) },
		"RotateInt8 of 2 rows of d = 10 with lengths dst=20 scales=1":    func() { RotateInt8(r, c, x[:1], x, 2) },
		"RotateInt8 of 2 rows of d = 10 with lengths dst=20 scales=2 sr": func() { RotateInt8(r, c, x[:2], x[1:], 2) },
		"RotateFloat16 of 0 rows of d = 0":                               func() { RotateFloat16(new(Rotation[float32]), nil, nil, 0) },
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.HasPrefix(s, "hadamard: "+name) {
					t.Errorf("%q, want %q", s, name)
				}
			}()
			f()
		}()
	}
}

// Scratch of RotateInt8 is from a pool, which the race detector empties at random.
func TestRotationOfHalvesAllocatesNothing(t *testing.T) {
	const d, rows = 768, 100
	r := mustRotation[float32](t, d, 3, 2, 2)
	x, h := make([]float32, rows*d), make([]uint16, rows*d)
	if n := testing.AllocsPerRun(20, func() {
		RotateFloat16(r, x, h, rows)
		RotateBFloat16(r, x, h, rows)
	}); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func FuzzRotationFormats(f *testing.F) {
	f.Add(uint16(2), uint8(1), uint64(1))
	f.Add(uint16(768), uint8(3), uint64(2))
	f.Fuzz(func(t *testing.T, size uint16, count uint8, seed uint64) {
		d, rows := 2+int(size)%2000, int(count)%50
		r := mustRotation[float32](t, d, seed, 2, 1+int(seed%3))
		bits, values := halves(seed, rows*d, seed%2 == 0)
		got, codes, scales := make([]float32, rows*d), make([]int8, rows*d), make([]float32, rows)
		if seed%2 == 0 {
			RotateBFloat16(r, got, bits, rows)
		} else {
			RotateFloat16(r, got, bits, rows)
		}
		RotateInt8(r, codes, scales, values, rows)
		r.ApplyRows(values, values, rows, 0)
		sameBits(t, fmt.Sprintf("d=%d rows=%d seed=%d", d, rows, seed), got, values)
		for i, v := range values {
			if scale := float64(scales[i/d]); math.Abs(float64(codes[i])*scale-float64(v)) > scale*0.50002 {
				t.Fatalf("d=%d rows=%d seed=%d: element %d is %v, as a code %d · %v", d, rows, seed, i, v, codes[i], scale)
			}
		}
	})
}
