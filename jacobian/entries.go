package jacobian

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/nearlinear/nearlinear/asm"
)

// gramMatrix is the GramMatrix of an Operator. It keeps scratch, and allocates when
// a call asks for more entries than any before.
type gramMatrix struct {
	op   *Operator
	at   []int     // samples asked for
	bits []uint64  // their gates, 64 samples a group: bits[(g·v' + v)·64 + q], v' words
	x    []float64 // their features, row by row
	xp   []float64 // the same in panels of 8
	dst  []float64

	doDiag, doColumns, doBlock func(worker, task int)
}

// GramMatrix returns G as an implicit matrix, which keeps scratch and allocates when
// a call asks for more entries than any before.
func (op *Operator) GramMatrix() GramMatrix { return newGramMatrix(op) }

func newGramMatrix(op *Operator) *gramMatrix {
	g := &gramMatrix{op: op}
	g.doDiag, g.doColumns, g.doBlock = g.diagTask, g.columnsTask, g.blockTask
	return g
}

// N returns the order n of G.
func (g *gramMatrix) N() int { return g.op.n }

// MulVec sets dst = G·u: [Operator.MulGramVec].
func (g *gramMatrix) MulVec(dst, u []float64) { g.op.MulGramVec(dst, u) }

// Diag sets dst to the n diagonal entries ‖x_i‖²·popcount(b_i)/m. n·m/64 word
// operations, on the operator's workers, and n·d flops. It panics on a wrong length.
func (g *gramMatrix) Diag(dst []float64) {
	op := g.op
	op.check("GramMatrix.Diag", dst, op.n)
	g.dst = dst
	op.team.Do(op.words, g.doDiag)
	g.dst = nil
	if op.shard != nil {
		op.shard.Reducer.Sum(dst)
	}
	scale := 1 / float64(op.width)
	for i, count := range dst {
		norm := 0.0
		for _, x := range op.x[i*op.d : (i+1)*op.d] {
			norm = math.FMA(x, x, norm)
		}
		dst[i] = norm * float64(count*scale)
	}
}

// diagTask counts the open gates of 64 samples.
func (g *gramMatrix) diagTask(worker, w int) {
	op := g.op
	dst := g.dst[w*wordSamples : min((w+1)*wordSamples, op.n)]
	counts := op.work[worker].last[:len(dst)]
	clear(counts)
	for v := range ceil(op.m, 64) {
		for i, gates := range op.samples[v*op.sampleStride+w*wordSamples:][:len(counts)] {
			counts[i] += uint64(bits.OnesCount64(gates))
		}
	}
	for i, count := range counts {
		dst[i] = float64(count)
	}
}

// Columns sets row q of dst, len(cols) × n row-major, to column cols[q] of G:
// n·m/64 word operations and 2·n·d flops for each of them, the least for
// multiples of four. It panics on a wrong length or an index that is none.
func (g *gramMatrix) Columns(dst []float64, cols []int) {
	g.gather("GramMatrix.Columns", dst, len(cols)*g.op.n, cols)
	g.op.entries(dst, g.op.n, false, ceil(len(cols), gramTile)*g.op.words, g.doColumns)
	g.at, g.dst = nil, nil
}

// Block sets entry (p, q) of dst, k × k row-major for k = len(at), to the entry
// (at[p], at[q]) of G: k²·m/64 word operations and 2·k²·d flops. It panics on a
// wrong length or an index that is none.
func (g *gramMatrix) Block(dst []float64, at []int) {
	g.gather("GramMatrix.Block", dst, len(at)*len(at), at)
	groups := ceil(len(at), gramTile)
	g.op.entries(dst, len(at), false, groups*groups, g.doBlock)
	g.at, g.dst = nil, nil
}

// gather copies the gates and features of the samples asked for.
func (g *gramMatrix) gather(name string, dst []float64, want int, at []int) {
	op := g.op
	op.check(name, dst, want)
	for _, i := range at {
		if i < 0 || i >= op.n {
			panic(fmt.Sprintf("jacobian: %s: sample %d of %d", name, i, op.n))
		}
	}
	words, groups := ceil(op.m, 64), ceil(len(at), gramTile)
	if n := groups * gramTile; len(g.x) < n*op.d {
		g.bits = make([]uint64, n*words)
		g.x = make([]float64, n*op.d)
		g.xp = make([]float64, n*op.d)
	}
	g.at, g.dst = at, dst
	for q, i := range at {
		to := g.bits[q/gramTile*words*gramTile+q%gramTile:]
		for v := range words {
			to[v*gramTile] = op.samples[v*op.sampleStride+i]
		}
		copy(g.x[q*op.d:], op.x[i*op.d:(i+1)*op.d])
	}
	asm.PackRows(g.xp, g.x, op.d, op.d, len(at), 1)
}

// columnsTask fills a tile: 64 of the columns by 64 samples.
func (g *gramMatrix) columnsTask(worker, task int) {
	op := g.op
	group, w := task/op.words, task%op.words
	q0, i0 := group*gramTile, w*wordSamples
	nq, ni := min(gramTile, len(g.at)-q0), min(wordSamples, op.n-i0)
	ws := &op.work[worker]
	ws.count(op, g.bits[group*ceil(op.m, 64)*gramTile:], gramTile, nq, op.samples[i0:], op.sampleStride, g.dst[q0*op.n+i0:], op.n, ni)
	asm.PackRows(ws.xp, op.x[i0*op.d:], op.d, op.d, ni, 1)
	tile := ws.tile(op, 0, nq, g.x[q0*op.d:], ws.xp, ni)
	for q := range nq {
		copy(g.dst[(q0+q)*op.n+i0:][:ni], tile[q*gramTile:])
	}
}

// blockTask fills a tile: 64 of the samples asked for by 64 others.
func (g *gramMatrix) blockTask(worker, task int) {
	op, k := g.op, len(g.at)
	groups := ceil(k, gramTile)
	p0, q0 := task/groups*gramTile, task%groups*gramTile
	np, nq := min(gramTile, k-p0), min(gramTile, k-q0)
	ws, words := &op.work[worker], ceil(op.m, 64)
	ws.count(op, g.bits[p0*words:], gramTile, np, g.bits[q0*words:], gramTile, g.dst[p0*k+q0:], k, nq)
	tile := ws.tile(op, 0, np, g.x[p0*op.d:], g.xp[q0*op.d:], nq)
	for p := range np {
		copy(g.dst[(p0+p)*k+q0:][:nq], tile[p*gramTile:])
	}
}
