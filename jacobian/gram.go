package jacobian

import "github.com/nearlinear/nearlinear/asm"

// gramTile is the side of a tile of the Gram matrix; gramWords is how many words
// of gates are counted before a task asks whether to go on.
const (
	gramTile  = asm.CountTile
	gramWords = 1024
)

// Gram writes G = J·Jᵀ to dst, n × n row-major, both triangles:
//
//	G_ij = ⟨x_i, x_j⟩ · popcount(b_i & b_j) · 1/m
//
// The counts are exact integers, so each entry carries the rounding of one
// inner product and three operations. n²m/128 word operations and n²d flops. It
// panics if len(dst) is not n².
func (op *Operator) Gram(dst []float64) {
	op.check("Gram", dst, op.n*op.n)
	op.dst = dst
	t := ceil(op.n, gramTile)
	op.team.Do(t*(t+1)/2, op.doGram)
	op.dst = nil
}

// gramTask fills one tile on or below the diagonal, and its mirror image.
func (op *Operator) gramTask(worker, task int) {
	bi := 0
	for (bi+1)*(bi+2)/2 <= task {
		bi++
	}
	i0, j0 := bi*gramTile, (task-bi*(bi+1)/2)*gramTile
	ni, nj := min(gramTile, op.n-i0), min(gramTile, op.n-j0)
	ws := &op.work[worker]

	clear(ws.counts[:])
	for v := 0; v < ceil(op.m, 64); v += gramWords {
		c := min(gramWords, ceil(op.m, 64)-v)
		at := op.samples[v*op.sampleStride:]
		asm.AndCount(&ws.counts, at[i0:], op.sampleStride, at[j0:], op.sampleStride, c)
		if op.team.Cancelled() {
			return
		}
	}

	clear(ws.inner[:])
	asm.MulAdd(ws.inner[:], gramTile, op.x[i0*op.d:], op.d, 1, op.xg[j0*op.d:], ni, gramTile, op.d)
	asm.ScaleCounts(&ws.inner, &ws.counts, 1/float64(op.m))
	for i := range ni {
		copy(op.dst[(i0+i)*op.n+j0:][:nj], ws.inner[i*gramTile:])
	}
	if i0 == j0 {
		return
	}
	for j := range nj {
		row, column := op.dst[(j0+j)*op.n+i0:][:ni], ws.inner[j:]
		for i := range row {
			row[i] = column[i*gramTile]
		}
	}
}
