package solver

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// bidiagRows is the number of rows of a task of the reduction.
const bidiagRows = 64

// bidiagonal is the Golub–Kahan reduction M = U·B·Vᵀ of a k × k matrix, B upper
// bidiagonal, of which U is not kept: MᵀM = V·BᵀB·Vᵀ. With it every shifted
//
//	MᵀM + μI = V·(BᵀB + μI)·Vᵀ
//
// costs O(k) to factor and 4k² flops to solve with (Eldén 1977), and no
// product MᵀM is formed, which would square the condition.
//
// V = H_0·H_1·…, where H_j = I − tau_j·v·vᵀ acts on the coordinates from j+1 on
// and v lies in row j of m, its leading one written out.
type bidiagonal struct {
	k, ld int
	m     []float64 // k × k by rows, row stride ld: M, then the reflectors
	a, b  []float64 // diagonal and superdiagonal of B
	tau   []float64
	d, l  []float64 // BᵀB + μI = L·D·Lᵀ, L unit lower bidiagonal
	team  *asm.Team

	u, w, part      []float64 // left reflector, its product with M, that of each task
	j               int
	tauRight        float64
	doMul, doUpdate func(worker, task int)
}

func newBidiagonal(k, workers int) *bidiagonal {
	ld := rowStride[float64](k)
	b := &bidiagonal{
		k: k, ld: ld,
		m: make([]float64, k*ld),
		a: make([]float64, k), b: make([]float64, k), tau: make([]float64, k),
		d: make([]float64, k), l: make([]float64, k),
		u: make([]float64, k), w: make([]float64, k),
		part: make([]float64, ceil(k, bidiagRows)*ld),
		team: asm.NewTeam(workers),
	}
	b.doMul, b.doUpdate = b.mulTask, b.updateTask
	return b
}

// reduce factors the matrix in m: 8k³/3 flops in two sweeps of the remaining
// rows a column, bound by reading them. The sums over rows are cut into blocks
// of 64 that are joined in order.
func (b *bidiagonal) reduce(ctx context.Context) error {
	b.team.Bind(ctx)
	defer b.team.Bind(nil)
	for j := range b.k {
		b.j = j
		for i := j; i < b.k; i++ {
			b.u[i] = b.m[i*b.ld+j]
		}
		beta, tau := reflector(b.u[j:])
		if !finite(beta) {
			return fmt.Errorf("solver: norm of column %d of a triangular factor of order %d is %v: %w", j, b.k, beta, ErrNotFinite)
		}
		b.a[j] = beta
		b.b[j], b.tau[j] = 0, 0
		if j == b.k-1 {
			break
		}
		w, row := b.w[j+1:], b.m[j*b.ld+j+1:j*b.ld+b.k]
		clear(w)
		if tau != 0 {
			tasks := ceil(b.k-j, bidiagRows)
			if !b.team.Do(tasks, b.doMul) {
				return b.stopped(ctx)
			}
			for t := range tasks {
				asm.Axpy(w, tau, b.part[t*b.ld+j+1:t*b.ld+b.k])
			}
			asm.Axpy(row, -1, w)
		}
		if b.b[j], b.tau[j] = reflector(row); !finite(b.b[j]) {
			return fmt.Errorf("solver: norm of row %d of a triangular factor of order %d is %v: %w", j, b.k, b.b[j], ErrNotFinite)
		}
		if !b.team.Do(ceil(b.k-j-1, bidiagRows), b.doUpdate) {
			return b.stopped(ctx)
		}
	}
	return nil
}

func (b *bidiagonal) stopped(ctx context.Context) error {
	return fmt.Errorf("solver: bidiagonal reduction stopped at column %d of %d: %w", b.j, b.k, context.Cause(ctx))
}

// reflector replaces x by the v of H = I − tau·v·vᵀ, v[0] = 1, for which H·x is
// beta times the first unit vector; beta is not finite where that overflows.
func reflector(x []float64) (beta, tau float64) {
	norm := asm.Nrm2(x)
	if norm == 0 || !finite(norm) {
		x[0] = 1
		return norm, 0
	}
	beta = -math.Copysign(norm, x[0])
	d := x[0] - beta
	if !finite(d) {
		return d, 0
	}
	unscale(x[1:], d)
	x[0] = 1
	return beta, -d / beta
}

// unscale divides x by d.
func unscale(x []float64, d float64) {
	if invertible(d) {
		asm.Scale(x, 1/d, x)
		return
	}
	for i, v := range x { // 1/d might overflow, or lose digits
		x[i] = v / d
	}
}

// reflect replaces y by y − tau·v·(vᵀy), v being 1 followed by x[1:].
func reflect(y, x []float64, tau float64) {
	w := float64(tau * (y[0] + asm.Dot(x[1:], y[1:])))
	y[0] -= w
	asm.Axpy(y[1:], -w, x[1:])
}

// mulTask sums uᵢ times row i of up to 64 rows.
func (b *bidiagonal) mulTask(_, task int) {
	i0 := b.j + task*bidiagRows
	sum := b.part[task*b.ld+b.j+1 : task*b.ld+b.k]
	clear(sum)
	for i := i0; i < min(i0+bidiagRows, b.k); i++ {
		asm.Axpy(sum, b.u[i], b.m[i*b.ld+b.j+1:i*b.ld+b.k])
	}
}

// updateTask applies both reflectors to up to 64 rows.
func (b *bidiagonal) updateTask(_, task int) {
	i0 := b.j + 1 + task*bidiagRows
	w, v, tau := b.w[b.j+1:], b.m[b.j*b.ld+b.j+1:b.j*b.ld+b.k], b.tau[b.j]
	for i := i0; i < min(i0+bidiagRows, b.k); i++ {
		row := b.m[i*b.ld+b.j+1 : i*b.ld+b.k]
		asm.Axpy(row, -b.u[i], w)
		asm.Axpy(row, -float64(tau*asm.Dot(row, v)), v)
	}
}

// shift factors BᵀB + μI = L·D·Lᵀ by the stationary qd recurrence (Rutishauser
// 1954): with μ ≥ 0 all its sums are of positive numbers, so that each entry
// keeps its relative accuracy however small μ is beside BᵀB. It reports false
// if D has a zero, or overflows.
func (b *bidiagonal) shift(mu float64) bool {
	s := mu
	for i, a := range b.a {
		d := s + float64(a*a)
		if !(d > 0) || !finite(d) {
			return false
		}
		e := b.b[i]
		b.d[i], b.l[i] = d, float64(a/d)*e
		s = mu + float64(float64(e*e)*(s/d))
	}
	return true
}

// solve replaces y by V·(BᵀB + μI)⁻¹·Vᵀ·y.
func (b *bidiagonal) solve(y []float64) {
	b.mulVTrans(y)
	b.solveL(y)
	for i, d := range b.d {
		y[i] /= d
	}
	b.solveLTrans(y)
	b.mulV(y)
}

// solveR replaces y by R⁻¹·y for R = D^½·Lᵀ·Vᵀ; solveRTrans by R⁻ᵀ·y.
func (b *bidiagonal) solveR(y []float64) {
	for i, d := range b.d {
		y[i] /= math.Sqrt(d)
	}
	b.solveLTrans(y)
	b.mulV(y)
}

func (b *bidiagonal) solveRTrans(y []float64) {
	b.mulVTrans(y)
	b.solveL(y)
	for i, d := range b.d {
		y[i] /= math.Sqrt(d)
	}
}

// mul replaces y by V·(BᵀB + μI)·Vᵀ·y.
func (b *bidiagonal) mul(y []float64) {
	b.mulVTrans(y)
	for i := range b.k - 1 {
		y[i] = math.FMA(b.l[i], y[i+1], y[i])
	}
	for i, d := range b.d {
		y[i] *= d
	}
	for i := b.k - 1; i > 0; i-- {
		y[i] = math.FMA(b.l[i-1], y[i-1], y[i])
	}
	b.mulV(y)
}

func (b *bidiagonal) solveL(y []float64) {
	for i := 1; i < b.k; i++ {
		y[i] = math.FMA(-b.l[i-1], y[i-1], y[i])
	}
}

func (b *bidiagonal) solveLTrans(y []float64) {
	for i := b.k - 2; i >= 0; i-- {
		y[i] = math.FMA(-b.l[i], y[i+1], y[i])
	}
}

func (b *bidiagonal) mulVTrans(y []float64) {
	for j := range b.k - 1 {
		b.reflect(y, j)
	}
}

func (b *bidiagonal) mulV(y []float64) {
	for j := b.k - 2; j >= 0; j-- {
		b.reflect(y, j)
	}
}

func (b *bidiagonal) reflect(y []float64, j int) {
	reflect(y[j+1:], b.m[j*b.ld+j+1:j*b.ld+b.k], b.tau[j])
}

// singular returns the singular value of B that i others are not larger than,
// to a rounding or two of the largest: i = 0 is the smallest. 2·64·k quotients.
//
// The matrix [0 Bᵀ; B 0], its rows shuffled, is tridiagonal with zero diagonal
// and the entries a_0, b_0, a_1, b_1, … beside it; its eigenvalues are ±σ
// (Golub and Kahan 1965). Sturm's count of those below x drives a bisection
// over the bits of x.
func (b *bidiagonal) singular(i int) float64 {
	var top float64
	for j, a := range b.a {
		top = max(top, math.Abs(a)+math.Abs(b.b[j]))
		if j > 0 {
			top = max(top, math.Abs(a)+math.Abs(b.b[j-1]))
		}
	}
	if top == 0 {
		return 0
	}
	_, exp := math.Frexp(top)
	lo, hi := uint64(0), math.Float64bits(2) // σ·2^−exp is in [lo, hi)
	for lo+1 < hi {
		mid := lo + (hi-lo)/2
		if b.below(math.Float64frombits(mid), -exp) > i {
			hi = mid
		} else {
			lo = mid
		}
	}
	return math.Ldexp(math.Float64frombits(lo), exp)
}

// below returns how many singular values of B·2^exp are less than x > 0.
func (b *bidiagonal) below(x float64, exp int) int {
	const tiny = 0x1p-1000
	scale := math.Ldexp(1, exp)
	q, negative := -x, 0
	step := func(e float64) {
		if math.Abs(q) < tiny {
			q = -tiny
		}
		if q < 0 {
			negative++
		}
		e *= scale
		q = -x - float64(e*e)/q
	}
	for i, a := range b.a {
		step(a)
		if i < b.k-1 {
			step(b.b[i])
		}
	}
	if q < 0 {
		negative++
	}
	return negative - b.k
}
