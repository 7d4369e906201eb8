package jacobian

import "github.com/nearlinear/nearlinear/asm"

// gramTile is the side of a tile of the Gram matrix; a task takes up to gramRun
// tiles below each other, and gramWords is how many words of gates are counted
// before it asks whether to go on.
const (
	gramTile  = asm.CountTile
	gramRun   = asm.CountRows / gramTile
	gramWords = 192
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
	tasks := 0
	op.chunk = min(max(op.words*op.words/(32*len(op.work)), 1), gramRun)
	for tiles := 1; tiles <= op.words; tiles++ {
		tasks += ceil(tiles, op.chunk)
	}
	op.entries(dst, op.n, true, tasks, op.doGram)
	op.dst = nil
}

// gramTask fills a run of tiles of one column of tiles, on or below the diagonal,
// and their mirror images. The tiles of a column are shared out evenly.
func (op *Operator) gramTask(worker, task int) {
	ws, tiles := &op.work[worker], op.words
	for runs := ceil(tiles, op.chunk); task >= runs; runs = ceil(tiles, op.chunk) {
		task -= runs
		tiles--
	}
	runs, first := ceil(tiles, op.chunk), op.words-tiles
	j0, lo, hi := first*gramTile, (first+task*tiles/runs)*gramTile, min((first+(task+1)*tiles/runs)*gramTile, op.n)
	nj := min(gramTile, op.n-j0)

	ws.count(op, op.samples[lo:], op.sampleStride, hi-lo, op.samples[j0:], op.sampleStride, op.dst[lo*op.n+j0:], op.n, nj)
	asm.PackRows(ws.xp, op.x[j0*op.d:], op.d, op.d, nj, 1)
	for i0 := lo; i0 < hi; i0 += gramTile {
		ni := min(gramTile, hi-i0)
		tile := ws.tile(op, i0-lo, ni, op.x[i0*op.d:], ws.xp, nj)
		for i := range ni {
			copy(op.dst[(i0+i)*op.n+j0:][:nj], tile[i*gramTile:])
		}
		if i0 != j0 {
			asm.Transpose(op.dst[j0*op.n+i0:], op.n, tile[:], gramTile, ni, nj)
		}
	}
}

// count counts the open gates that ni ≤ asm.CountRows samples, with gates in the
// columns of a (stride as), have in common with 64 others, in the columns of b, of
// which nj count. If the ranks have summed the counts already, they are in dst,
// row i at i·ldd. It returns early, with anything, once the team's context is
// done.
func (ws *workspace) count(op *Operator, a []uint64, as, ni int, b []uint64, bs int, dst []float64, ldd, nj int) {
	if op.phase == scaling {
		for i := range ni {
			for j, v := range dst[i*ldd:][:nj] {
				ws.counts[i*gramTile+j] = int64(v)
			}
		}
		return
	}
	clear(ws.counts[:ceil(ni, 4)*4*gramTile])
	words := ceil(op.m, 64)
	for v := 0; v < words && !op.team.Cancelled(); v += gramWords {
		asm.AndCount(ws.counts[:], a[v*as:], as, ni, b[v*bs:], bs, min(gramWords, words-v), ws.scratch)
	}
}

// tile returns entries of the Gram matrix, row i at 64·i, for ni ≤ 64 samples with
// features in the rows of x, their counts from row at on, by nj ≤ 64 samples with
// features packed in xp; or their counts, for the ranks to sum.
func (ws *workspace) tile(op *Operator, at, ni int, x, xp []float64, nj int) *[gramTile * gramTile]float64 {
	if op.phase == counting {
		for k, v := range ws.counts[at*gramTile:][:ni*gramTile] {
			ws.inner[k] = float64(v)
		}
		return &ws.inner
	}
	clear(ws.inner[:])
	asm.MulAdd(ws.inner[:], gramTile, x, op.d, 1, xp, ni, nj, op.d)
	asm.ScaleCounts(&ws.inner, (*[gramTile * gramTile]int64)(ws.counts[at*gramTile:]), 1/float64(op.width))
	return &ws.inner
}
