package jacobian

import "github.com/nearlinear/nearlinear/asm"

// Gram writes G = J·Jᵀ to dst, n × n row-major, both triangles:
//
//	G_ij = ⟨x_i, x_j⟩ · popcount(b_i & b_j) / m
//
// The counts are exact integers, so each entry carries the rounding of one
// inner product and two operations. n²m/128 word operations and n²d flops. It
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

	// 512 words of 64 rows of gates, 256 KiB, stay in L2 while every row of the
	// tile passes over them. Rows past n are zero, and so are words past m, of
	// which as many are counted as fill a cache line.
	clear(ws.count[:])
	const run = 512
	words := ceil(op.m, 512) * 8
	for w := 0; w < words; w += run {
		c := min(run, words-w)
		for i := 0; i < ni; i++ {
			x := op.rows[(i0+i)*op.stride+w:][:c]
			for j := 0; j < nj; j += 4 {
				asm.AndCount4((*[4]int64)(ws.count[i*gramTile+j:]), x, op.rows[(j0+j)*op.stride+w:], op.stride)
			}
		}
		if op.team.Cancelled() {
			return
		}
	}

	clear(ws.z)
	asm.MulAdd(ws.z, gramTile, op.x[i0*op.d:], op.d, 1, op.xp[j0*op.d:], ni, gramTile, op.d)
	m := float64(op.m)
	for i := 0; i < ni; i++ {
		row := op.dst[(i0+i)*op.n+j0:][:nj]
		for j := range row {
			row[j] = ws.z[i*gramTile+j] * float64(ws.count[i*gramTile+j]) / m
		}
	}
	if i0 == j0 {
		return
	}
	for j := 0; j < nj; j++ {
		row := op.dst[(j0+j)*op.n+i0:][:ni]
		for i := range row {
			row[i] = op.dst[(i0+i)*op.n+j0+j]
		}
	}
}
