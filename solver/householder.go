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

	v      []float64 // the block's reflectors by columns, ones and zeros written out
	vr, vc []float64 // the same, packed for VᵀC and for C − V·W
	gram   [qrPanel * qrPanel]float64
	t, tp  [qrPanel * qrPanel]float64 // T, and −T packed
	work   [][2 * qrCols * qrPanel]float64

	// The block in hand, read by the tasks.
	src                        []float64
	height                     int // rows of src
	k0, k1, m                  int
	doLoad, doPack, doTrailing func(worker, task int)
}

func newHouseholder(maxRows, n, workers int) *householder {
	ld := rowStride(maxRows)
	h := &householder{
		n: n, ld: ld,
		at:   make([]float64, n*ld),
		tau:  make([]float64, n),
		team: asm.NewTeam(workers),
		v:    make([]float64, qrPanel*ld),
		vr:   make([]float64, qrPanel*ld),
		vc:   make([]float64, qrPanel*ld),
	}
	h.work = make([][2 * qrCols * qrPanel]float64, h.team.Workers())
	h.doLoad, h.doPack, h.doTrailing = h.loadTask, h.packTask, h.trailingTask
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

// loadTask transposes 32 columns, eight rows at a time: a cache line of each.
func (h *householder) loadTask(_, task int) {
	j0 := task * qrPanel
	j1 := min(j0+qrPanel, h.n)
	for i0 := 0; i0 < h.height; i0 += 8 {
		if i0%qrDepth == 0 && h.team.Cancelled() {
			return
		}
		i1 := min(i0+8, h.height)
		for j := j0; j < j1; j++ {
			col := h.at[j*h.ld:]
			for i, p := i0, i0*h.n+j; i < i1; i, p = i+1, p+h.n {
				col[i] = h.src[p]
			}
		}
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
func (h *householder) factor(ctx context.Context, fill func(worker, task int)) error {
	h.team.Bind(ctx)
	defer h.team.Bind(nil)
	done := h.team.Do(ceil(h.n, qrPanel), fill)
	for h.k0 = 0; h.k0 < h.n; h.k0 = h.k1 {
		h.k1 = min(h.k0+qrPanel, h.n)
		h.m = h.bottom(h.k1) - h.k0
		if done {
			var err error
			if done, err = h.reduce(); err != nil {
				return err
			}
		}
		if done && h.k1 < h.n {
			h.spread()
			done = h.team.Do(ceil(h.m, qrDepth), h.doPack)
			if done {
				h.buildT()
				done = h.team.Do(ceil(h.n-h.k1, qrCols), h.doTrailing)
			}
		}
		if !done || h.team.Cancelled() {
			return fmt.Errorf("solver: QR stopped at column %d of %d: %w", h.k0, h.n, context.Cause(ctx))
		}
	}
	return nil
}

// reduce makes the reflectors of the block and applies them inside it. It
// reports false when the context ended.
func (h *householder) reduce() (bool, error) {
	hi := h.k0 + h.m
	for j := h.k0; j < h.k1; j++ {
		if h.team.Cancelled() {
			return false, nil
		}
		x := h.at[j*h.ld+j : j*h.ld+hi]
		norm := asm.Nrm2(x)
		if !finite(norm) {
			return true, fmt.Errorf("solver: QR of %d × %d: norm of column %d is %v: %w", h.rows, h.n, j, norm, ErrNotFinite)
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
		for l := j + 1; l < h.k1; l++ {
			reflect(h.at[l*h.ld+j:l*h.ld+hi], x, tau)
		}
	}
	return true, nil
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

// spread copies the block's reflectors to v.
func (h *householder) spread() {
	for c := range h.k1 - h.k0 {
		col := h.v[c*h.ld : c*h.ld+h.m]
		clear(col[:c])
		col[c] = 1
		j := h.k0 + c
		copy(col[c+1:], h.at[j*h.ld+j+1:])
	}
}

// packTask packs up to 256 rows of V in both forms.
func (h *householder) packTask(_, task int) {
	p, w := task*qrDepth, h.k1-h.k0
	k := min(qrDepth, h.m-p)
	asm.PackRows(h.vr[p*qrPanel:], h.v[p:], h.ld, k, w, 1)
	asm.PackCols(h.vc[p*qrPanel:], h.v[p:], h.ld, w, k, 1)
}

// buildT forms T of H_0·…·H_{w−1} = I − V·T·Vᵀ from VᵀV, column by column:
// T_c = −tau_c·T·(VᵀV)_c above the diagonal, tau_c on it.
func (h *householder) buildT() {
	w := h.k1 - h.k0
	clear(h.gram[:])
	for p := 0; p < h.m; p += qrDepth {
		asm.MulAdd(h.gram[:], qrPanel, h.v[p:], h.ld, 1, h.vr[p*qrPanel:], w, w, min(qrDepth, h.m-p))
	}
	clear(h.t[:])
	for c := range w {
		tau := h.tau[h.k0+c]
		for i := range c {
			var s float64
			for q := i; q < c; q++ {
				s = math.FMA(h.t[i*qrPanel+q], h.gram[q*qrPanel+c], s)
			}
			h.t[i*qrPanel+c] = -tau * s
		}
		h.t[c*qrPanel+c] = tau
	}
	asm.PackCols(h.tp[:], h.t[:], qrPanel, w, w, -1)
}

// trailingTask applies the block to up to 24 columns on its right: with the
// columns as rows Cᵀ, Cᵀ − ((CᵀV)·T)·Vᵀ. The second sweep runs upwards and finds
// in cache what the first has read last.
func (h *householder) trailingTask(worker, task int) {
	j := h.k1 + task*qrCols
	cols, w := min(qrCols, h.n-j), h.k1-h.k0
	cv := h.work[worker][:qrCols*qrPanel]
	cvt := h.work[worker][qrCols*qrPanel:]
	clear(cv)
	clear(cvt)
	ct := h.at[j*h.ld+h.k0:]
	for p := 0; p < h.m && !h.team.Cancelled(); p += qrDepth {
		asm.MulAdd(cv, qrPanel, ct[p:], h.ld, 1, h.vr[p*qrPanel:], cols, w, min(qrDepth, h.m-p))
	}
	asm.MulAdd(cvt, qrPanel, cv, qrPanel, 1, h.tp[:], cols, w, w)
	for p := (h.m - 1) / qrDepth * qrDepth; p >= 0 && !h.team.Cancelled(); p -= qrDepth {
		asm.MulAdd(ct[p:], h.ld, cvt, qrPanel, 1, h.vc[p*qrPanel:], cols, min(qrDepth, h.m-p), w)
	}
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
