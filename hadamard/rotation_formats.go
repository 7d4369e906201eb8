package hadamard

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// RotateFloat16 rotates rows of d IEEE 754 half-precision numbers, given by their
// bits, into rows of float32: to the bit what [Rotation.ApplyRows] makes of the
// numbers, which float32 holds. They are widened a few rows at a time, in the first
// cache. It panics unless len(dst) = len(src) = rows·d.
func RotateFloat16(r *Rotation[float32], dst []float32, src []uint16, rows int) {
	checkHalves("RotateFloat16", r, dst, src, rows)
	r.run(rotationCall[float32]{format: fromFloat16, dst: dst, halves: src, rows: rows, stride: r.d})
}

// RotateBFloat16 is [RotateFloat16] for bfloat16, the upper halves of float32.
func RotateBFloat16(r *Rotation[float32], dst []float32, src []uint16, rows int) {
	checkHalves("RotateBFloat16", r, dst, src, rows)
	r.run(rotationCall[float32]{format: fromBFloat16, dst: dst, halves: src, rows: rows, stride: r.d})
}

func checkHalves(what string, r *Rotation[float32], dst []float32, src []uint16, rows int) {
	if r.d == 0 || rows < 0 || !isProduct(len(dst), r.d, rows) || !isProduct(len(src), r.d, rows) {
		panic(fmt.Sprintf("hadamard: %s of %d rows of d = %d with lengths dst=%d src=%d", what, rows, r.d, len(dst), len(src)))
	}
}

// RotateInt8 rotates rows of d numbers and keeps each as int8 with a scale of its
// own, scales[i] = a/127 with a the largest absolute value in the rotated row i:
//
//	rotated coordinate ≈ scales[i] · dst[i·d + k],    off by scales[i]/2 at most
//
// and a little for the roundings of float32. Halves go to the even integer. A row
// whose a is less than 2⁻¹²⁰ becomes zeros with scale 0; one with NaN or an
// infinity has a scale that is none, and codes without meaning. src is left as it
// was. It panics unless len(dst) = len(src) = rows·d and len(scales) = rows.
// Scratch of a few rows comes from a pool.
func RotateInt8(r *Rotation[float32], dst []int8, scales, src []float32, rows int) {
	if r.d == 0 || rows < 0 || len(scales) != rows || !isProduct(len(dst), r.d, rows) || !isProduct(len(src), r.d, rows) {
		panic(fmt.Sprintf("hadamard: RotateInt8 of %d rows of d = %d with lengths dst=%d scales=%d src=%d", rows, r.d, len(dst), len(scales), len(src)))
	}
	r.run(rotationCall[float32]{format: toInt8, codes: dst, scales: scales, src: src, rows: rows, stride: r.d})
}

// widen rotates n rows of halves from element at on.
func (r *Rotation[T]) widen(c *rotationCall[T], at, n int) {
	dst, halves := c.dst[at:][:n*r.d], c.halves[at:][:n*r.d]
	wide := any(dst).([]float32)
	if c.format == fromFloat16 {
		asm.WidenFloat16(wide, halves)
	} else {
		asm.WidenBFloat16(wide, halves)
	}
	r.forward(dst, dst, n, r.d)
}

// quantize rotates n rows, from row i on, into codes.
func (r *Rotation[T]) quantize(c *rotationCall[T], i, n int) {
	buf, ok := r.scratch.Get().(*[]T)
	if !ok || len(*buf) < n*r.d { // of another d, before UnmarshalBinary
		buf = new([]T)
		*buf = make([]T, max(r.d, 2048))
	}
	rotated := (*buf)[:n*r.d]
	r.forward(rotated, c.src[i*r.d:], n, r.d)
	for ; n > 0; i, n, rotated = i+1, n-1, rotated[r.d:] {
		row := any(rotated[:r.d]).([]float32)
		largest := asm.MaxAbs(row)
		codes := c.codes[i*r.d:][:r.d]
		if largest < 0x1p-120 {
			c.scales[i] = 0
			clear(codes)
			continue
		}
		c.scales[i] = largest / 127
		asm.QuantizeInt8(codes, row, float32(127/float64(largest)))
	}
	r.scratch.Put(buf)
}
