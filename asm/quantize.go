package asm

import (
	"fmt"
	"math"
)

// What embeddings are stored as: 16-bit floats, which are widened, and int8 with
// a scale. Loops work on the first cache, where the additions of a transform
// beside them take several times as long.

const quantizeChunk = 1 << 14

// WidenBFloat16 sets dst to the bfloat16 numbers whose bits src has: the upper
// halves of those of float32. It panics if lengths differ.
func WidenBFloat16(dst []float32, src []uint16) {
	checkWiden("WidenBFloat16", dst, src)
	for len(src) > quantizeChunk {
		widenBFloat16(dst[:quantizeChunk], src[:quantizeChunk])
		dst, src = dst[quantizeChunk:], src[quantizeChunk:]
	}
	widenBFloat16(dst, src)
}

// WidenFloat16 sets dst to the IEEE 754 binary16 numbers whose bits src has, all
// of which float32 holds. It panics if lengths differ.
func WidenFloat16(dst []float32, src []uint16) {
	checkWiden("WidenFloat16", dst, src)
	for len(src) > quantizeChunk {
		widenFloat16(dst[:quantizeChunk], src[:quantizeChunk])
		dst, src = dst[quantizeChunk:], src[quantizeChunk:]
	}
	widenFloat16(dst, src)
}

func checkWiden(what string, dst []float32, src []uint16) {
	if len(dst) != len(src) {
		panic(fmt.Sprintf("asm: %s with lengths dst=%d src=%d", what, len(dst), len(src)))
	}
}

// MaxAbs returns the largest absolute value of x, 0 of none, and NaN if there is a
// NaN among them.
func MaxAbs(x []float32) float32 {
	var most uint32
	for len(x) > quantizeChunk {
		most = max(most, maxAbs(x[:quantizeChunk]))
		x = x[quantizeChunk:]
	}
	return math.Float32frombits(max(most, maxAbs(x)))
}

// QuantizeInt8 sets dst[i] to the integer nearest to x[i]·by, the even one of
// two, and to ±127 beyond those; NaN becomes 127. It panics if lengths differ.
func QuantizeInt8(dst []int8, x []float32, by float32) {
	if len(dst) != len(x) {
		panic(fmt.Sprintf("asm: QuantizeInt8 with lengths dst=%d x=%d", len(dst), len(x)))
	}
	for len(x) > quantizeChunk {
		quantizeInt8(dst[:quantizeChunk], x[:quantizeChunk], by)
		dst, x = dst[quantizeChunk:], x[quantizeChunk:]
	}
	quantizeInt8(dst, x, by)
}
