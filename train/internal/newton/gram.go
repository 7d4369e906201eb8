package newton

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// A product is made of tasks of gramRows rows, whole tiles of six and of eight, and runs
// through the columns gramColumns at a time, so that the packed vectors stay in cache.
const (
	gramRows    = 48
	gramColumns = 512
)

// gramProduct is an explicit n × n matrix, row-major, as an operator on several workers. Every
// element is one chain of fused multiply-adds in the order of the columns: neither the workers
// nor how many vectors there are change a bit.
type gramProduct struct {
	g      []float64
	n      int
	team   *asm.Team
	packed []float64 // the vectors, as asm.MulAdd wants them, gramColumns after gramColumns
	sums   []float64 // n × k, k padded to eight
	dst    []float64
	k      int
	doRows func(worker, task int)
}

func newGramProduct(g []float64, n, workers int) *gramProduct {
	p := &gramProduct{g: g, n: n, team: asm.NewTeam(workers)}
	p.doRows = p.rowsTask
	return p
}

// MulVec sets dst = G·x: 8n² bytes are read, which bounds it.
func (p *gramProduct) MulVec(dst, x []float64) { p.MulVecs(dst, x, 1) }

// MulVecs sets row j of dst to G times row j of x for k vectors of length n: 2n²k flops, and 8n²
// bytes read once for all. It allocates when k is larger than ever before.
func (p *gramProduct) MulVecs(dst, x []float64, k int) {
	if len(dst) != k*p.n || len(x) != k*p.n {
		panic(fmt.Sprintf("newton: product of order %d with %d vectors of %d and %d values", p.n, k, len(dst), len(x)))
	}
	lanes := (k + 7) / 8 * 8
	if need := asm.PanelLen(p.n, lanes); len(p.packed) < need {
		p.packed, p.sums = make([]float64, need), make([]float64, p.n*lanes)
	}
	for at := 0; at < p.n; at += gramColumns {
		columns := min(gramColumns, p.n-at)
		asm.PackRows(p.packed[at*lanes:], x[at:], p.n, columns, k, 1)
	}
	p.dst, p.k = dst, k
	p.team.Do((p.n+gramRows-1)/gramRows, p.doRows)
	p.dst = nil
}

func (p *gramProduct) rowsTask(_, task int) {
	lanes := (p.k + 7) / 8 * 8
	lo := task * gramRows
	hi := min(lo+gramRows, p.n)
	sums := p.sums[lo*lanes : hi*lanes]
	clear(sums)
	for at := 0; at < p.n && !p.team.Cancelled(); at += gramColumns {
		columns := min(gramColumns, p.n-at)
		asm.MulAdd(sums, lanes, p.g[lo*p.n+at:], p.n, 1, p.packed[at*lanes:], hi-lo, lanes, columns)
	}
	for i := lo; i < hi; i++ {
		for j := range p.k {
			p.dst[j*p.n+i] = sums[(i-lo)*lanes+j]
		}
	}
}
