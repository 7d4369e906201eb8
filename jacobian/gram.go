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

	tile := ws.tile(op, op.samples[i0:], op.sampleStride, ni, op.samples[j0:], op.sampleStride, op.x[i0*op.d:], op.xg[j0*op.d:], nj)
	for i := range ni {
		copy(op.dst[(i0+i)*op.n+j0:][:nj], tile[i*gramTile:])
	}
	if i0 == j0 {
		return
	}
	for j := range nj {
		row, column := op.dst[(j0+j)*op.n+i0:][:ni], tile[j:]
		for i := range row {
			row[i] = column[i*gramTile]
		}
	}
}

// tile returns entries of the Gram matrix, row i at 64·i, for ni ≤ 64 samples
// with gates in the columns of a (stride as) and features in the rows of x, by
// nj ≤ 64 samples with gates in the columns of b and features packed in xp. It
// returns early, with anything, once the team's context is done.
func (ws *workspace) tile(op *Operator, a []uint64, as, ni int, b []uint64, bs int, x, xp []float64, nj int) *[gramTile * gramTile]float64 {
	clear(ws.counts[:])
	words := ceil(op.m, 64)
	for v := 0; v < words && !op.team.Cancelled(); v += gramWords {
		asm.AndCount(&ws.counts, a[v*as:], as, ni, b[v*bs:], bs, min(gramWords, words-v))
	}
	clear(ws.inner[:])
	asm.MulAdd(ws.inner[:], gramTile, x, op.d, 1, xp, ni, nj, op.d)
	asm.ScaleCounts(&ws.inner, &ws.counts, 1/float64(op.m))
	return &ws.inner
}
