package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

const (
	qrPanel = 32  // reflectors of one block
	qrDepth = 256 // rows of one product
	qrCols  = 24  // columns of a task: four tiles
)

// householder triangularises a matrix of up to maxRows × n in blocks of 32
// reflectors, I − V·T·Vᵀ (Schreiber and Van Loan 1989).
//
// The matrix lies by columns, so that a reflector is contiguous: column j is
// at[j·ld : j·ld+rows]. Afterwards R_ij, i ≤ j, is at[j·ld + i], and below the
// diagonal lies reflector j, H_j = I − tau_j·v·vᵀ, its leading one left out.
//
// With stair = 0 the matrix is full. With stair = k > 0 column j is zero from
// row k·(j+1) on, before as after, and the work below is left out.
type householder struct {
	n, ld       int
	rows, stair int
	at, tau     []float64
	team        *asm.Team

	cur, next *qrBlock // the block that is applied, the one that is made meanwhile
	blocks    [2]qrBlock
	work      [][2 * qrCols * qrPanel]float64

	// Read by the tasks, and what came of the next block.
	src                []float64
	height             int // rows of src
	err                error
	doLoad, doTrailing func(worker, task int)
}

// qrBlock is the block of reflectors of columns k0 … k1, of m rows.
type qrBlock struct {
	k0, k1, m int
	vr, vc    []float64                  // V packed for CᵀV and for C − W·Vᵀ, ones and zeros written out
	tp        [qrPanel * qrPanel]float64 // −T packed
}

// newHouseholder returns one without memory for the matrix if ctx ends; the
// caller, or factor, finds out.
func newHouseholder(ctx context.Context, maxRows, n, workers int) *householder {
	ld := rowStride(maxRows)
	h := &householder{
		n: n, ld: ld,
		at:   makeFloats(ctx, n*ld),
		tau:  make([]float64, n),
		team: asm.NewTeam(workers),
	}
	if h.at == nil && n > 0 {
		return h
	}
	for i := range h.blocks {
		h.blocks[i].vr, h.blocks[i].vc = make([]float64, qrPanel*ld), make([]float64, qrPanel*ld)
	}
	h.work = make([][2 * qrCols * qrPanel]float64, h.team.Workers())
	h.doLoad, h.doTrailing = h.loadTask, h.trailingTask
	return h
}

// factorRows triangularises the row-major s × n matrix a, with rows of zeros
// below it if rows > s.
func (h *householder) factorRows(ctx context.Context, a []float64, s, rows int) error {
	h.rows, h.stair, h.src, h.height = rows, 0, a, s
	err := h.factor(ctx, h.doLoad)
	h.src = nil
	return err
}

// loadTask transposes 32 columns.
func (h *householder) loadTask(_, task int) {
	j0 := task * qrPanel
	j1 := min(j0+qrPanel, h.n)
	for i := 0; i < h.height && !h.team.Cancelled(); i += qrDepth {
		asm.Transpose(h.at[j0*h.ld+i:], h.ld, h.src[i*h.n+j0:], h.n, min(qrDepth, h.height-i), j1-j0)
	}
	for j := j0; j < j1; j++ {
		clear(h.at[j*h.ld+h.height : j*h.ld+h.rows])
	}
}

// bottom returns the number of rows that columns before k1 may touch.
func (h *householder) bottom(k1 int) int {
	if h.stair == 0 {
		return h.rows
	}
	return min(h.rows, h.stair*k1)
}

// factor triangularises the matrix that fill writes, 32 columns a task; rows ≥ n.
// While one worker brings the next block up to date and makes its reflectors,
// the others apply the current one to the columns behind it.
func (h *householder) factor(ctx context.Context, fill func(worker, task int)) error {
	h.team.Bind(ctx)
	defer h.team.Bind(nil)
	h.cur, h.next, h.err = &h.blocks[0], &h.blocks[1], nil
	h.next.k0, h.next.k1 = 0, 0
	done := h.team.Do(ceil(h.n, qrPanel), fill)
	if done {
		h.lead(0)
	}
	for done && h.err == nil && h.next.k1 < h.n {
		h.cur, h.next = h.next, h.cur
		done = h.team.Do(1+ceil(max(h.n-h.cur.k1-qrPanel, 0), qrCols), h.doTrailing)
	}
	if h.err != nil {
		return h.err
	}
	if !done || h.team.Cancelled() {
		return fmt.Errorf("solver: QR stopped at column %d of %d: %w", h.next.k0, h.n, context.Cause(ctx))
	}
	return nil
}

// trailingTask applies the current block to columns on its right: those of the
// next block, which it then makes, or up to 24 of those behind it. To make
// several blocks before they are applied would spare the columns a passage
// through the caches, but was slower: the reflectors fill the caches themselves.
func (h *householder) trailingTask(worker, task int) {
	if task > 0 {
		j := h.cur.k1 + qrPanel + (task-1)*qrCols
		h.applyBlock(worker, j, min(qrCols, h.n-j))
		return
	}
	end := min(h.cur.k1+qrPanel, h.n)
	for j := h.cur.k1; j < end; j += qrPanel / 2 {
		h.applyBlock(worker, j, min(qrPanel/2, end-j))
	}
	h.lead(h.cur.k1)
}

// applyBlock applies the current block to at most 24 columns from j on: with the
// columns as rows Cᵀ, Cᵀ − ((CᵀV)·T)·Vᵀ. The second sweep runs upwards and finds
// in cache what the first has read last.
func (h *householder) applyBlock(worker, j, cols int) {
	b := h.cur
	cv := h.work[worker][:qrCols*qrPanel]
	cvt := h.work[worker][qrCols*qrPanel:]
	clear(cv)
	clear(cvt)
	ct := h.at[j*h.ld+b.k0:]
	for p := 0; p < b.m && !h.team.Cancelled(); p += qrDepth {
		asm.MulAdd(cv, qrPanel, ct[p:], h.ld, 1, b.vr[p*qrPanel:], cols, qrPanel, min(qrDepth, b.m-p))
	}
	asm.MulAdd(cvt, qrPanel, cv, qrPanel, 1, b.tp[:], cols, qrPanel, qrPanel)
	for p := (b.m - 1) / qrDepth * qrDepth; p >= 0 && !h.team.Cancelled(); p -= qrDepth {
		asm.MulAdd(ct[p:], h.ld, cvt, qrPanel, 1, b.vc[p*qrPanel:], cols, min(qrDepth, b.m-p), qrPanel)
	}
}

// lead makes the block that starts at column k0: its reflectors and, if there
// are columns behind it, what it takes to apply them.
func (h *householder) lead(k0 int) {
	b := h.next
	b.k0, b.k1 = k0, min(k0+qrPanel, h.n)
	b.m = h.bottom(b.k1) - k0
	if h.err = h.reduce(b); h.err != nil || b.k1 == h.n || h.team.Cancelled() {
		return
	}
	v := h.at[b.k0*h.ld+b.k0:]
	for p := 0; p < b.m; p += qrDepth {
		k := min(qrDepth, b.m-p)
		asm.PackRows(b.vr[p*qrPanel:], v[p:], h.ld, k, qrPanel, 1)
		asm.PackCols(b.vc[p*qrPanel:], v[p:], h.ld, qrPanel, k, 1)
	}
	for c := range qrPanel { // the triangle of R
		for p := range c + 1 {
			one := 0.0
			if p == c {
				one = 1
			}
			b.vr[c/8*8*min(qrDepth, b.m)+8*p+c%8] = one
			b.vc[p/8*8*qrPanel+8*c+p%8] = one
		}
	}
	h.buildT(b)
}

// reduce makes the reflectors of a block and applies them inside it.
func (h *householder) reduce(b *qrBlock) error {
	hi := b.k0 + b.m
	for j := b.k0; j < b.k1 && !h.team.Cancelled(); j++ {
		x := h.at[j*h.ld+j : j*h.ld+hi]
		norm := asm.Nrm2(x)
		if !finite(norm) {
			return fmt.Errorf("solver: QR of %d × %d: norm of column %d is %v: %w", h.rows, h.n, j, norm, ErrNotFinite)
		}
		if norm == 0 {
			h.tau[j] = 0 // H = I
			continue
		}
		beta := -math.Copysign(norm, x[0])
		d := x[0] - beta // no cancellation
		tau := -d / beta
		unscale(x[1:], d)
		x[0], h.tau[j] = beta, tau
		for l := j + 1; l < b.k1; l++ {
			reflect(h.at[l*h.ld+j:l*h.ld+hi], x, tau)
		}
	}
	return nil
}

// unscale divides x by d.
func unscale(x []float64, d float64) {
	if math.Abs(d) > 0x1p-1000 {
		asm.Scale(x, 1/d, x)
		return
	}
	for i, v := range x { // 1/d might overflow
		x[i] = v / d
	}
}

// reflect replaces y by y − tau·v·(vᵀy), v being 1 followed by x[1:].
func reflect(y, x []float64, tau float64) {
	w := float64(tau * (y[0] + asm.Dot(x[1:], y[1:])))
	y[0] -= w
	asm.Axpy(y[1:], -w, x[1:])
}

// buildT forms T of H_0·…·H_31 = I − V·T·Vᵀ from VᵀV, column by column:
// T_c = −tau_c·T·(VᵀV)_c above the diagonal, tau_c on it.
func (h *householder) buildT(b *qrBlock) {
	var gram, t [qrPanel * qrPanel]float64
	for p := 0; p < b.m; p += qrDepth {
		k := min(qrDepth, b.m-p)
		for i := 0; i < qrPanel; i += 8 { // a packed panel is the transpose of eight rows
			asm.MulAdd(gram[i*qrPanel:], qrPanel, b.vr[p*qrPanel+i*k:], 1, 8, b.vr[p*qrPanel:], 8, qrPanel, k)
		}
	}
	for c := range qrPanel {
		tau := h.tau[b.k0+c]
		for i := range c {
			var s float64
			for q := i; q < c; q++ {
				s = math.FMA(t[i*qrPanel+q], gram[q*qrPanel+c], s)
			}
			t[i*qrPanel+c] = -tau * s
		}
		t[c*qrPanel+c] = tau
	}
	asm.PackCols(b.tp[:], t[:], qrPanel, qrPanel, qrPanel, -1)
}

// mulQTrans replaces y by Qᵀ·y = H_{n−1} … H_0·y; mulQ by Q·y.
func (h *householder) mulQTrans(y []float64) {
	for j := range h.n {
		h.apply(y, j)
	}
}

func (h *householder) mulQ(y []float64) {
	for j := h.n - 1; j >= 0; j-- {
		h.apply(y, j)
	}
}

func (h *householder) apply(y []float64, j int) {
	hi := h.bottom(min((j/qrPanel+1)*qrPanel, h.n))
	reflect(y[j:hi], h.at[j*h.ld+j:j*h.ld+hi], h.tau[j])
}

// diagRange returns the smallest and largest |R_jj| and the column of the
// smallest.
func diagRange(l []float64, n, ld int) (low, high float64, col int) {
	for j := range n {
		d := math.Abs(l[j*ld+j])
		if j == 0 || d < low {
			low, col = d, j
		}
		high = max(high, d)
	}
	return low, high, col
}

// checkRank returns ErrRankDeficient if a diagonal entry of R, of a matrix of s
// rows, is below the rounding of the largest: max(s, n)·2⁻⁵². The column named
// is the first such.
func checkRank(where string, l []float64, s, n, ld int) error {
	low, high, _ := diagRange(l, n, ld)
	limit := float64(float64(max(s, n))*0x1p-52) * high
	if n == 0 || low > limit {
		return nil
	}
	for j := range n {
		if d := math.Abs(l[j*ld+j]); d <= limit {
			return fmt.Errorf("solver: %s of %d × %d: column %d depends on those before it, |R_jj| is %g of the largest: %w", where, s, n, j, ratio(d, high), ErrRankDeficient)
		}
	}
	return nil
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
