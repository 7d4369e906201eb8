package hadamard

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// BenchmarkRotation has batches of rows, as embeddings come, that together fit the
// second cache. Beside the rotation are its transforms alone, without signs or
// scale, and the loops that programs in Go have: signs, transform, scale and a
// permutation, one after the other, where d is a power of two.
func BenchmarkRotation(b *testing.B) {
	b.Run("type=float32", benchRotation[float32])
	b.Run("type=float64", benchRotation[float64])
}

func benchRotation[T Float](b *testing.B) {
	for _, d := range []int{96, 100, 128, 192, 384, 768, 1000, 1024, 1536, 3072, 4096} {
		for _, rounds := range []int{1, 2, 3} {
			rows := max(1, (1<<16)/d)
			r := mustRotation[T](b, d, 1, rounds, 1)
			src, dst := randoms[T](1, rows*d), ones[T](rows*d)
			name := fmt.Sprintf("d=%d/rounds=%d", d, rounds)
			run := func(impl string, f func()) {
				b.Run(name+"/impl="+impl, func(b *testing.B) {
					for b.Loop() {
						f()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/vector")
				})
			}
			run("rotation", func() { r.ApplyRows(dst, src, rows, d) })
			run("inverse", func() { r.InverseRows(dst, src, rows, d) })
			zeros := make([]T, rows*d) // which transforms leave as they are
			run("transforms", func() {
				for i := range rows {
					for range rounds {
						for _, start := range r.starts {
							TransformMixed(zeros[i*d+start:][:r.m*r.pow])
						}
					}
				}
			})
			if d&(d-1) == 0 {
				p := newPlainRotation[T](d, rounds)
				run("plain-go", func() { p.apply(dst, src) })
			}
		}
	}
}

// BenchmarkRotationFormats has rows of 16-bit floats and codes of int8, beside a
// rotation of float32 with the loops in Go that would convert before or after it.
func BenchmarkRotationFormats(b *testing.B) {
	for _, d := range []int{96, 768, 1024, 3072} {
		rows := (1 << 16) / d
		r := mustRotation[float32](b, d, 1, 2, 1)
		src, dst := randoms[float32](1, rows*d), ones[float32](rows*d)
		half, codes, scales := make([]uint16, rows*d), make([]int8, rows*d), make([]float32, rows)
		for i, v := range src {
			half[i] = uint16(math.Float32bits(v) >> 16)
		}
		for _, c := range []struct {
			name string
			f    func()
		}{
			{"float32", func() { r.ApplyRows(dst, src, rows, d) }},
			{"bfloat16", func() { RotateBFloat16(r, dst, half, rows) }},
			{"bfloat16-by-go", func() {
				for i, v := range half {
					dst[i] = math.Float32frombits(uint32(v) << 16)
				}
				r.ApplyRows(dst, dst, rows, d)
			}},
			{"float16", func() { RotateFloat16(r, dst, half, rows) }},
			{"int8", func() { RotateInt8(r, codes, scales, src, rows) }},
			{"int8-by-go", func() {
				r.ApplyRows(dst, src, rows, d)
				for i := range rows {
					var largest float32
					row := dst[i*d:][:d]
					for _, v := range row {
						largest = max(largest, v, -v)
					}
					by := 127 / largest
					for k, v := range row {
						codes[i*d+k] = int8(math.RoundToEven(float64(v * by)))
					}
					scales[i] = largest / 127
				}
			}},
		} {
			b.Run(fmt.Sprintf("d=%d/rounds=2/format=%s", d, c.name), func(b *testing.B) {
				for b.Loop() {
					c.f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/vector")
			})
		}
	}
}

// BenchmarkRotationGaussian is a study, not a timing: the kurtosis of rotated
// coordinates and the relative bias of the square of their mean absolute value,
// which is 2/π for normals and what the 1-bit estimate by a constant is off by;
// means over 400 seeds.
func BenchmarkRotationGaussian(b *testing.B) {
	const seeds = 400
	for _, d := range []int{96, 100, 768, 1000} {
		for rounds := 1; rounds <= 3; rounds++ {
			for _, in := range []struct {
				name string
				set  func(x []float64, at int)
			}{
				{"e1", func(x []float64, at int) { x[at] = 1 }},
				{"e1+e2", func(x []float64, at int) { x[at], x[(at+1)%d] = 1, 1 }},
				{"constant", func(x []float64, _ int) { addTo(x, 1) }},
			} {
				b.Run(fmt.Sprintf("d=%d/rounds=%d/x=%s", d, rounds, in.name), func(b *testing.B) {
					var kurtosis, square float64
					for b.Loop() {
						kurtosis, square = 0, 0
						for s := range seeds {
							x := make([]float64, d)
							in.set(x, s*37%d)
							norm := dot(x, x)
							mustRotation[float64](b, d, uint64(s), rounds, 1).Apply(x)
							mean := 0.0
							for _, v := range x {
								v *= math.Sqrt(float64(d) / norm)
								mean += math.Abs(v) / float64(d)
								kurtosis += v * v * v * v / float64(d) / seeds
							}
							square += mean * mean / seeds
						}
					}
					b.ReportMetric(kurtosis, "kurtosis")
					b.ReportMetric(100*(square*math.Pi/2-1), "bias-%")
				})
			}
		}
	}
}

// plainRotation is what a program in Go writes for itself.
type plainRotation[T Float] struct {
	signs   [][]T
	perm    [][]int32
	scratch []T
}

func newPlainRotation[T Float](d, rounds int) *plainRotation[T] {
	rng := rand.New(rand.NewPCG(1, 2))
	p := &plainRotation[T]{scratch: make([]T, d)}
	for range rounds {
		signs, perm := make([]T, d), make([]int32, d)
		for i, k := range rng.Perm(d) {
			signs[i], perm[i] = T(1-2*rng.IntN(2)), int32(k)
		}
		p.signs, p.perm = append(p.signs, signs), append(p.perm, perm)
	}
	return p
}

func (p *plainRotation[T]) apply(dst, src []T) {
	d := len(p.scratch)
	scale := T(1 / math.Sqrt(float64(d)))
	for ; len(src) > 0; dst, src = dst[d:], src[d:] {
		x := dst[:d]
		copy(x, src)
		for k, signs := range p.signs {
			for i := range x {
				x[i] *= signs[i]
			}
			for h := 1; h < d; h *= 2 {
				for i := 0; i < d; i += 2 * h {
					lo, hi := x[i:i+h], x[i+h:i+2*h]
					for j, v := range lo {
						lo[j], hi[j] = v+hi[j], v-hi[j]
					}
				}
			}
			for i, k := range p.perm[k] {
				p.scratch[i] = x[k] * scale
			}
			copy(x, p.scratch)
		}
	}
}
