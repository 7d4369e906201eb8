package solver

import (
	"math"
	"sync"

	"github.com/nearlinear/nearlinear/asm"
)

const (
	gaussRows  = 64  // rows of S made at once
	gaussDepth = 256 // columns of S made at once, the unit of its generator
	gaussCols  = 128 // columns of A packed at once
)

// Gaussian is the sketch with independent N(0, 1/s) entries: the reference that
// theory is about, and others are measured against. S·A costs 2sn·cols flops
// and sn variates, made anew each time; S is not kept.
//
// Entry (j, i) depends on s, j, i and the seed alone, on every platform. Any
// number of goroutines may use one.
type Gaussian struct {
	n, s    int
	seed    uint64
	scale   float64
	scratch sync.Pool // of *gaussScratch
}

type gaussScratch struct {
	s    [gaussRows * gaussDepth]float64
	pack [gaussCols * gaussDepth]float64
}

// NewGaussian returns the s × n sketch for the seed, or ErrShape if n or s is out
// of range. Sketches hold 400 KiB of scratch for each goroutine that uses them.
func NewGaussian(n, s int, seed uint64) (*Gaussian, error) {
	if err := checkSketchSize("Gaussian", n, s); err != nil {
		return nil, err
	}
	return &Gaussian{n: n, s: s, seed: seed, scale: 1 / math.Sqrt(float64(s))}, nil
}

// N returns n, the length of an input.
func (t *Gaussian) N() int { return t.n }

// S returns s, the length of an output.
func (t *Gaussian) S() int { return t.s }

// Apply sets dst = S·x. It panics unless len(dst) = s and len(x) = n; the two
// must not overlap. Scratch comes from a pool.
func (t *Gaussian) Apply(dst, x []float64) {
	checkSketch("Gaussian.Apply", dst, x, t.s, t.n, 1, 0, 1)
	t.ApplyColsRange(dst, x, 1, 0, 1)
}

// ApplyCols sets dst = S·A for the row-major n × cols matrix a and the row-major
// s × cols matrix dst: column by column what Apply computes, to the bit. It
// panics on wrong lengths; a and dst must not overlap.
func (t *Gaussian) ApplyCols(dst, a []float64, cols int) { t.ApplyColsRange(dst, a, cols, 0, cols) }

// ApplyColsRange does the part of ApplyCols for columns lo to hi−1. Each call
// makes all of S, so a few wide ranges are better than many narrow ones.
func (t *Gaussian) ApplyColsRange(dst, a []float64, cols, lo, hi int) {
	checkSketch("Gaussian.ApplyCols", dst, a, t.s, t.n, cols, lo, hi)
	if lo == hi {
		return
	}
	for j := range t.s {
		clear(dst[j*cols+lo : j*cols+hi])
	}
	buf, ok := t.scratch.Get().(*gaussScratch)
	if !ok {
		buf = new(gaussScratch)
	}
	for i0 := 0; i0 < t.n; i0 += gaussDepth {
		depth := min(gaussDepth, t.n-i0)
		for j0 := 0; j0 < t.s; j0 += gaussRows {
			rows := min(gaussRows, t.s-j0)
			for j := range rows {
				src := counter(t.seed, streamGauss, uint64(j0+j)<<32|uint64(i0/gaussDepth))
				gaussian(buf.s[j*gaussDepth:j*gaussDepth+depth], &src, t.scale)
			}
			for c := lo; c < hi; c += gaussCols {
				w := min(gaussCols, hi-c)
				asm.PackCols(buf.pack[:], a[i0*cols+c:], cols, depth, w, 1)
				asm.MulAdd(dst[j0*cols+c:], cols, buf.s[:], gaussDepth, 1, buf.pack[:], rows, w, depth)
			}
		}
	}
	t.scratch.Put(buf)
}
