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
// reflectors, I − V·T·Vᵀ (Schreiber and Van Loan 1989). In float32 the products of
// matrices are of that precision, all else is rounded to it from float64.
//
// The matrix lies by columns, so that a reflector is contiguous: column j is
// at[j·ld : j·ld+rows]. Afterwards R_ij, i ≤ j, is at[j·ld + i], and below the
// diagonal lies reflector j, H_j = I − tau_j·v·vᵀ, its leading one left out.
//
// With stair = 0 the matrix is full. With stair = k > 0 column j is zero from
// row k·(j+1) on, before as after, and the work below is left out.
type householder[T float32 | float64] struct {
	*kernels[T]
	n, ld       int
	rows, stair int
	at          []T
	tau         []float64
	team        *asm.Team

	cur, next *qrBlock[T] // the block that is applied, the one that is made meanwhile
	blocks    [2]qrBlock[T]
	work      [][2 * qrCols * qrPanel]T

	// Read by the tasks, and what came of the next block.
	src                []T
	height, lds        int // rows of src, and their stride
	err                error
	doLoad, doTrailing func(worker, task int)
}

// qrBlock is the block of reflectors of columns k0 … k1, of m rows.
type qrBlock[T float32 | float64] struct {
	k0, k1, m   int
	vr, vc      []T                  // V packed for CᵀV and for C − W·Vᵀ, ones and zeros written out
	gram, t, tp [qrPanel * qrPanel]T // VᵀV, T, and −T packed
}

// newHouseholder returns one without memory for the matrix if ctx ends; the
// caller, or factor, finds out.
func newHouseholder[T float32 | float64](ctx context.Context, maxRows, n, workers int) *householder[T] {
	ld := rowStride[T](maxRows)
	h := &householder[T]{
		kernels: kernelsOf[T](),
		n:       n, ld: ld,
		at:   makeFloats[T](ctx, n*ld),
		tau:  make([]float64, n),
		team: asm.NewTeam(workers),
	}
	if h.at == nil && n > 0 {
		return h
	}
	for i := range h.blocks {
		h.blocks[i].vr, h.blocks[i].vc = make([]T, qrPanel*ld), make([]T, qrPanel*ld)
	}
	h.work = make([][2 * qrCols * qrPanel]T, h.team.Workers())
	h.doLoad, h.doTrailing = h.loadTask, h.trailingTask
	return h
}

// factorRows triangularises the row-major s × n matrix a of row stride lda, with
// rows of zeros below it if rows > s.
func (h *householder[T]) factorRows(ctx context.Context, a []T, lda, s, rows int) error {
	h.rows, h.stair, h.src, h.height, h.lds = rows, 0, a, s, lda
	err := h.factor(ctx, h.doLoad)
	h.src = nil
	return err
}

// loadTask transposes 32 columns.
func (h *householder[T]) loadTask(_, task int) {
	j0 := task * qrPanel
	j1 := min(j0+qrPanel, h.n)
	for i := 0; i < h.height && !h.team.Cancelled(); i += qrDepth {
		h.transpose(h.at[j0*h.ld+i:], h.ld, h.src[i*h.lds+j0:], h.lds, min(qrDepth, h.height-i), j1-j0)
	}
	for j := j0; j < j1; j++ {
		clear(h.at[j*h.ld+h.height : j*h.ld+h.rows])
	}
}

// bottom returns the number of rows that columns before k1 may touch.
func (h *householder[T]) bottom(k1 int) int {
	if h.stair == 0 {
		return h.rows
	}
	return min(h.rows, h.stair*k1)
}

// factor triangularises the matrix that fill writes, 32 columns a task; rows ≥ n.
// While one worker brings the next block up to date and makes its reflectors,
// the others apply the current one to the columns behind it.
func (h *householder[T]) factor(ctx context.Context, fill func(worker, task int)) error {
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
func (h *householder[T]) trailingTask(worker, task int) {
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
func (h *householder[T]) applyBlock(worker, j, cols int) {
	h.applyTo(worker, h.at[j*h.ld+h.cur.k0:], h.ld, cols)
}

// applyTo applies the current block to the rows of ct, which begin at its first
// column.
func (h *householder[T]) applyTo(worker int, ct []T, ld, cols int) {
	b := h.cur
	cv := h.work[worker][:qrCols*qrPanel]
	cvt := h.work[worker][qrCols*qrPanel:]
	clear(cv)
	clear(cvt)
	for p := 0; p < b.m && !h.team.Cancelled(); p += qrDepth {
		h.mulAdd(cv, qrPanel, ct[p:], ld, 1, b.vr[p*qrPanel:], cols, qrPanel, min(qrDepth, b.m-p))
	}
	h.mulAdd(cvt, qrPanel, cv, qrPanel, 1, b.tp[:], cols, qrPanel, qrPanel)
	for p := (b.m - 1) / qrDepth * qrDepth; p >= 0 && !h.team.Cancelled(); p -= qrDepth {
		h.mulAdd(ct[p:], ld, cvt, qrPanel, 1, b.vc[p*qrPanel:], cols, min(qrDepth, b.m-p), qrPanel)
	}
}

// lead makes the block that starts at column k0: its reflectors and, if there
// are columns behind it, what it takes to apply them.
func (h *householder[T]) lead(k0 int) {
	b := h.next
	b.k0, b.k1 = k0, min(k0+qrPanel, h.n)
	b.m = h.bottom(b.k1) - k0
	if h.err = h.reduce(b); h.err != nil || b.k1 == h.n || h.team.Cancelled() {
		return
	}
	h.pack(b)
}

// pack makes of the reflectors of a block what it takes to apply them.
func (h *householder[T]) pack(b *qrBlock[T]) {
	v, w := h.at[b.k0*h.ld+b.k0:], h.cols
	for p := 0; p < b.m; p += qrDepth {
		k := min(qrDepth, b.m-p)
		h.packRows(b.vr[p*qrPanel:], v[p:], h.ld, k, qrPanel, 1)
		h.packCols(b.vc[p*qrPanel:], v[p:], h.ld, qrPanel, k, 1)
	}
	for c := range qrPanel { // the triangle of R
		for p := range c + 1 {
			var one T
			if p == c {
				one = 1
			}
			b.vr[c/w*w*min(qrDepth, b.m)+w*p+c%w] = one
			b.vc[p/w*w*qrPanel+w*c+p%w] = one
		}
	}
	h.buildT(b)
}

// reduce makes the reflectors of a block and applies them inside it.
func (h *householder[T]) reduce(b *qrBlock[T]) error {
	hi := b.k0 + b.m
	for j := b.k0; j < b.k1 && !h.team.Cancelled(); j++ {
		for i, v := range h.at[j*h.ld : j*h.ld+j] { // rows of R already, which no norm looks at
			if !finite(float64(v)) {
				return fmt.Errorf("solver: QR of %d × %d: row %d of R in column %d is %v: %w", h.rows, h.n, i, j, v, ErrNotFinite)
			}
		}
		x := h.at[j*h.ld+j : j*h.ld+hi]
		norm := h.nrm2(x)
		beta := T(-math.Copysign(norm, float64(x[0])))
		d := float64(x[0]) - float64(beta) // no cancellation
		if !finite(float64(beta)) || !finite(d) {
			return fmt.Errorf("solver: QR of %d × %d: norm of column %d is %v, and twice that overflows: %w", h.rows, h.n, j, norm, ErrNotFinite)
		}
		if norm == 0 {
			h.tau[j] = 0 // H = I
			continue
		}
		tau := -d / float64(beta)
		h.unscale(x[1:], d)
		if isFloat32[T]() { // as orthogonal as float64 can tell, although v is rounded
			tau = 2 / (1 + h.dot(x[1:], x[1:]))
		}
		x[0], h.tau[j] = beta, tau
		for l := j + 1; l < b.k1; l++ {
			h.reflect(h.at[l*h.ld+j:l*h.ld+hi], x, tau)
		}
	}
	return nil
}

// unscale divides x by d.
func (h *householder[T]) unscale(x []T, d float64) {
	if invertible(d) {
		h.scale(x, 1/d, x)
		return
	}
	for i, v := range x { // 1/d might overflow, or lose digits
		x[i] = T(float64(v) / d)
	}
}

// reflect replaces y by y − tau·v·(vᵀy), v being 1 followed by x[1:].
func (h *householder[T]) reflect(y, x []T, tau float64) {
	w := float64(tau * (float64(y[0]) + h.dot(x[1:], y[1:])))
	y[0] = T(float64(y[0]) - w)
	h.axpy(y[1:], -w, x[1:])
}

// buildT forms T of H_0·…·H_31 = I − V·T·Vᵀ from VᵀV, column by column:
// T_c = −tau_c·T·(VᵀV)_c above the diagonal, tau_c on it.
func (h *householder[T]) buildT(b *qrBlock[T]) {
	clear(b.gram[:])
	w := h.cols
	for p := 0; p < b.m; p += qrDepth {
		k := min(qrDepth, b.m-p)
		for i := 0; i < qrPanel; i += w { // a packed panel is the transpose of its rows
			h.mulAdd(b.gram[i*qrPanel:], qrPanel, b.vr[p*qrPanel+i*k:], 1, w, b.vr[p*qrPanel:], w, qrPanel, k)
		}
	}
	for c := range qrPanel {
		tau := h.tau[b.k0+c]
		for i := range c {
			var s float64
			for q := i; q < c; q++ {
				s = math.FMA(float64(b.t[i*qrPanel+q]), float64(b.gram[q*qrPanel+c]), s)
			}
			b.t[i*qrPanel+c] = T(-tau * s)
		}
		b.t[c*qrPanel+c] = T(tau)
	}
	h.packCols(b.tp[:], b.t[:], qrPanel, qrPanel, qrPanel, -1)
}

// mulQTrans replaces y by Qᵀ·y = H_{n−1} … H_0·y; mulQ by Q·y.
func (h *householder[T]) mulQTrans(y []float64) {
	for j := range h.n {
		h.apply(y, j)
	}
}

func (h *householder[T]) mulQ(y []float64) {
	for j := h.n - 1; j >= 0; j-- {
		h.apply(y, j)
	}
}

func (h *householder[T]) apply(y []float64, j int) {
	hi := h.bottom(min((j/qrPanel+1)*qrPanel, h.n))
	x := h.at[j*h.ld+j : j*h.ld+hi]
	y = y[j:hi]
	w := float64(h.tau[j] * (y[0] + h.dotVec(x[1:], y[1:])))
	y[0] -= w
	h.axpyVec(y[1:], -w, x[1:])
}

// diagRange returns the smallest and largest |R_jj| and the column of the
// smallest.
func diagRange[T Float](l []T, n, ld int) (low, high float64, col int) {
	for j := range n {
		d := math.Abs(float64(l[j*ld+j]))
		if j == 0 || d < low {
			low, col = d, j
		}
		high = max(high, d)
	}
	return low, high, col
}

// rankLimit returns the ratio of a diagonal entry of R, of a matrix of s rows and n
// columns, to the largest that counts as rounding: max(s, n)·2⁻⁵², in float32 as
// many times 2⁻²⁴ as the rounding of R comes to, max(30, 4·√max(s, n)).
func rankLimit[T Float](s, n int) float64 {
	if isFloat32[T]() {
		return max(30, 4*math.Sqrt(float64(max(s, n)))) * 0x1p-24
	}
	return float64(max(s, n)) * 0x1p-52
}

// checkRank returns ErrRankDeficient if a diagonal entry of R, of a matrix of s
// rows, is below the rounding of the largest. The column named is the first such.
func checkRank[T Float](where string, l []T, s, n, ld int) error {
	low, high, _ := diagRange(l, n, ld)
	limit := float64(rankLimit[T](s, n) * high)
	if n == 0 || low > limit {
		return nil
	}
	for j := range n {
		if d := math.Abs(float64(l[j*ld+j])); d <= limit {
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
