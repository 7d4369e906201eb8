package newton

import (
	"fmt"

	"github.com/nearlinear/nearlinear/asm"
)

// gramRows is the number of rows of a task of a product: a fixed cut, at a
// fraction of a millisecond.
const gramRows = 16

// gramProduct is an explicit n × n matrix, row-major, as an operator on several
// workers. Every element is one inner product: workers change no bit.
type gramProduct struct {
	g      []float64
	n      int
	team   *asm.Team
	dst, x []float64
	doRows func(worker, task int)
}

func newGramProduct(g []float64, n, workers int) *gramProduct {
	p := &gramProduct{g: g, n: n, team: asm.NewTeam(workers)}
	p.doRows = p.rowsTask
	return p
}

// MulVec sets dst = G·x: 8n² bytes are read, which bounds it.
func (p *gramProduct) MulVec(dst, x []float64) {
	if len(dst) != p.n || len(x) != p.n {
		panic(fmt.Sprintf("newton: product of order %d with vectors of %d and %d", p.n, len(dst), len(x)))
	}
	p.dst, p.x = dst, x
	p.team.Do((p.n+gramRows-1)/gramRows, p.doRows)
	p.dst, p.x = nil, nil
}

func (p *gramProduct) rowsTask(_, task int) {
	for i := task * gramRows; i < min((task+1)*gramRows, p.n); i++ {
		p.dst[i] = asm.Dot(p.g[i*p.n:(i+1)*p.n], p.x)
	}
}
