package solver

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"unsafe"

	"github.com/nearlinear/nearlinear/asm"
)

const (
	mulDepth = 256  // inner length of one pass: C is written once a pass, and read but in the first
	mulRows  = 240  // rows of a task: 240 × 256 of A are half of the second-level cache
	mulCols  = 144  // columns that a task goes through at once, beside A: more if the inner length is shorter
	mulSlab  = 4032 // columns of B that are packed together
	mulPack  = 96   // columns of a task that packs
	mulParts = 24   // tasks that a pass has at least, where C is large enough
)

// Float is the element type of the products.
type Float interface{ ~float32 | ~float64 }

// MulOptions configures Mul and Syrk. nil means the zero value.
type MulOptions struct {
	// TransA: a holds Aᵀ, k × m. TransB: b holds Bᵀ, n × k.
	TransA, TransB bool
	// Add adds the product to C instead of replacing it.
	Add bool
	// Row strides of the three arrays as they are stored; 0 means no gap.
	StrideC, StrideA, StrideB int
	// Workers is the number of goroutines; 0 means GOMAXPROCS. No bit of the
	// result depends on it.
	Workers int
	// Workspace keeps the packed operands between calls, which then allocate
	// nothing once it has its size. It serves one call at a time.
	Workspace *MulWorkspace
}

// MulWorkspace is memory for Mul and Syrk. The zero value is ready.
type MulWorkspace struct {
	f64 product[float64]
	f32 product[float32]
}

// Mul sets C = A·B, or C = C + A·B with Add: C is m × n, A m × k, B k × n, all
// row-major. With TransA or TransB the array holds the transpose. C must not
// overlap A or B; gaps between its rows are left alone.
//
// Every element is one chain of fused multiply-adds in the precision of T that
// starts from zero, or from its old value, and runs through the inner index in
// ascending order: the bits depend on the operands alone. 0·Inf is NaN here as
// elsewhere; nothing is checked to be finite.
//
// 2mnk flops at the bound of the FMA ports for m, n, k from some hundreds on. If k
// is 64, the traffic of C to memory is in sight too, if m is 64 that of B. B is packed once,
// A once for 4032 columns of C, or by each task if there are at most 240 rows. To multiply a vector, use
// [Matrix.MulVec]. A wrong length, a stride shorter than a row or a negative
// size gives ErrShape, and C is not touched; the end of ctx, asked for every few
// milliseconds, its cause, and C is incomplete.
func Mul[T Float](ctx context.Context, c, a, b []T, m, n, k int, opts *MulOptions) error {
	var o MulOptions
	if opts != nil {
		o = *opts
	}
	return multiply(ctx, "Mul", c, a, b, m, n, k, false, o)
}

// Syrk sets C = A·Aᵀ, or C = C + A·Aᵀ with Add: C is n × n and symmetric, A is
// n × k, row-major. With TransA the array holds Aᵀ, and C is the Gram matrix of
// its columns. Of an old C the lower triangle is read; both triangles are
// written. TransB and StrideB are ignored.
//
// n²k flops: half of those of Mul, of whose result it has the bits, unless n is
// less than some hundreds. The rest is as there.
func Syrk[T Float](ctx context.Context, c, a []T, n, k int, opts *MulOptions) error {
	var o MulOptions
	if opts != nil {
		o = *opts
	}
	o.TransB, o.StrideB = !o.TransA, o.StrideA
	return multiply(ctx, "Syrk", c, a, a, n, n, k, true, o)
}

func multiply[T Float](ctx context.Context, where string, c, a, b []T, m, n, k int, lower bool, o MulOptions) error {
	ar, ac, br, bc := m, k, k, n
	if o.TransA {
		ar, ac = k, m
	}
	if o.TransB {
		br, bc = n, k
	}
	var err error
	if o.StrideC, err = checkStride(where, "C", len(c), m, n, o.StrideC); err != nil {
		return err
	}
	if o.StrideA, err = checkStride(where, "A", len(a), ar, ac, o.StrideA); err != nil {
		return err
	}
	if o.StrideB, err = checkStride(where, "B", len(b), br, bc, o.StrideB); err != nil {
		return err
	}
	if o.Workspace == nil {
		o.Workspace = new(MulWorkspace)
	}
	if unsafe.Sizeof(*new(T)) == 4 {
		return o.Workspace.f32.run(ctx, where, as[float32](c), as[float32](a), as[float32](b), m, n, k, lower, o, &kernels32)
	}
	return o.Workspace.f64.run(ctx, where, as[float64](c), as[float64](a), as[float64](b), m, n, k, lower, o, &kernels64)
}

// checkStride returns the row stride of a rows × cols matrix in a slice of n, or
// ErrShape if it does not fit.
func checkStride(where, name string, n, rows, cols, stride int) (int, error) {
	if stride == 0 {
		stride = cols
	}
	if rows < 0 || cols < 0 || stride < cols || !holds(n, rows, cols, stride) {
		return 0, fmt.Errorf("solver: %s: %s is %d × %d with row stride %d in a slice of %d: %w", where, name, rows, cols, stride, n, ErrShape)
	}
	return stride, nil
}

// checkDense returns the row stride of the rows × cols matrix a, which without a
// stride is the whole slice, or ErrShape.
func checkDense[T Float](where string, a []T, rows, cols, stride int) (int, error) {
	if stride == 0 {
		return cols, checkMatrix(where, a, rows, cols)
	}
	return checkStride(where, "A", len(a), rows, cols, stride)
}

// holds reports whether rows of so many columns, stride apart, lie within n
// elements.
func holds(n, rows, cols, stride int) bool {
	if rows == 0 || cols == 0 {
		return true
	}
	hi, lo := bits.Mul(uint(rows-1), uint(stride))
	return hi == 0 && lo <= uint(n) && uint(cols) <= uint(n)-lo
}

// as views a slice of a named type as one of its underlying type.
func as[U, T Float](x []T) []U {
	return unsafe.Slice((*U)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// product runs products of one type; it is reused.
type product[T float32 | float64] struct {
	*kernels[T]
	team   *asm.Team
	bp     []T   // a pass of B, packed
	ap     [][]T // a task's pass of A, for each worker
	strips [][]T // columns of B that a task packs for itself, for each worker

	// The pass under way: the inner index from p0 to p1, columns j0 … j1 of C, in
	// parts of width, across of them at once.
	o                       MulOptions
	c, a, b                 []T
	m, n                    int
	p0, p1                  int
	j0, j1, width, across   int
	own                     bool // each task packs its columns of B, which no other reads
	lower                   bool
	doPack, doMul, doMirror func(worker, task int)
}

func (r *product[T]) run(ctx context.Context, where string, c, a, b []T, m, n, k int, lower bool, o MulOptions, kern *kernels[T]) error {
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if r.team == nil || r.team.Workers() != workers {
		r.team = asm.NewTeam(workers)
		r.ap, r.strips = make([][]T, workers), make([][]T, workers)
		r.doPack, r.doMul, r.doMirror = r.packTask, r.mulTask, r.mirrorTask
	}
	r.kernels, r.o, r.c, r.a, r.b, r.m, r.n, r.lower = kern, o, c, a, b, m, n, lower
	depth := min(k, mulDepth)
	// Blocks of B of the same size whatever the depth: long rows of C are
	// written, and of B read, faster.
	r.across = mulCols * max(mulDepth/max(depth, 1), 1)
	r.own = m <= mulRows
	for w := range r.ap {
		r.ap[w] = grow(r.ap[w], min(m, mulRows)*r.strideA(depth))
		if r.own {
			r.strips[w] = grow(r.strips[w], depth*ceil(min(n, r.across), r.cols)*r.cols)
		}
	}
	if !r.own {
		r.bp = grow(r.bp, depth*ceil(min(n, mulSlab), r.cols)*r.cols)
	}
	r.team.Bind(ctx)
	done := !r.team.Cancelled()
	if k == 0 && !o.Add {
		for i := range m {
			clear(c[i*o.StrideC:][:n])
		}
	}
	for r.j0 = 0; r.j0 < n && done; r.j0 = r.j1 {
		if r.j1 = n; !r.own {
			r.j1 = min(r.j0+mulSlab, n)
		}
		parts := ceil(mulParts, max(ceil(m, mulRows), 1))
		r.width = max(ceil(ceil(r.j1-r.j0, parts), mulCols), 1) * mulCols
		for r.p0 = 0; r.p0 < k && done; r.p0 = r.p1 {
			if r.p1 = k; !r.own {
				r.p1 = min(r.p0+mulDepth, k)
				done = r.team.Do(ceil(r.j1-r.j0, mulPack), r.doPack)
			}
			done = done && r.team.Do(ceil(m, mulRows)*ceil(r.j1-r.j0, r.width), r.doMul)
		}
	}
	if done && lower {
		done = r.team.Do(ceil(n, mulRows), r.doMirror)
	}
	r.team.Bind(nil)
	r.o, r.c, r.a, r.b = MulOptions{}, nil, nil, nil
	if !done {
		return fmt.Errorf("solver: %s of %d × %d × %d stopped: %w", where, m, k, n, context.Cause(ctx))
	}
	return nil
}

// strideA is the row stride of a packed A: an odd number of cache lines.
func (r *product[T]) strideA(depth int) int { return (ceil(depth, r.cols) | 1) * r.cols }

// grow returns x with the given length, of new memory if it is too short.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// packTask packs 96 columns of B.
func (r *product[T]) packTask(_, task int) {
	j := r.j0 + task*mulPack
	r.pack(r.bp[task*mulPack*(r.p1-r.p0):], r.p0, r.p1-r.p0, j, min(mulPack, r.j1-j))
}

// pack packs columns j … j+w of B, and of the inner index p … p+depth.
func (r *product[T]) pack(dst []T, p, depth, j, w int) {
	ld := r.o.StrideB
	if r.o.TransB {
		r.packRows(dst, r.b[j*ld+p:], ld, depth, w, 1)
		return
	}
	r.packCols(dst, r.b[p*ld+j:], ld, depth, w, 1)
}

// mulTask brings a block of C forward by the pass.
func (r *product[T]) mulTask(worker, task int) {
	blocks := ceil(r.m, mulRows)
	i0, j := task%blocks*mulRows, r.j0+task/blocks*r.width
	end := min(j+r.width, r.j1)
	rows := min(mulRows, r.m-i0)
	if r.lower {
		end = min(end, i0+rows)
	}
	for p := r.p0; p < r.p1 && j < end && !r.team.Cancelled(); p += mulDepth {
		r.mulBlock(worker, i0, rows, j, end, p, min(mulDepth, r.p1-p))
	}
}

// mulBlock brings a block of C forward by so much of the inner index: a copy of A
// without the gaps, then some columns at a time.
func (r *product[T]) mulBlock(worker, i0, rows, j, end, p, depth int) {
	ap, ld := r.ap[worker], r.strideA(depth)
	if !r.o.TransA && r.n <= mulCols { // read so few times, A needs no copy
		ap, ld = r.a[i0*r.o.StrideA+p:], r.o.StrideA
	} else if r.o.TransA {
		r.transpose(ap, ld, r.a[p*r.o.StrideA+i0:], r.o.StrideA, depth, rows)
	} else {
		for i := range rows {
			copy(ap[i*ld:], r.a[(i0+i)*r.o.StrideA+p:][:depth])
		}
	}
	mul := r.mulAdd
	if p == 0 && !r.o.Add {
		mul = r.mul
	}
	for ; j < end && !r.team.Cancelled(); j += r.across {
		w, bp := min(r.across, end-j), r.strips[worker]
		if r.own {
			r.pack(bp, p, depth, j, w)
		} else {
			bp = r.bp[(j-r.j0)*depth:]
		}
		mul(r.c[i0*r.o.StrideC+j:], r.o.StrideC, ap, ld, 1, bp, rows, w, depth)
	}
}

// mirrorTask copies 240 rows of the lower triangle to columns of the upper one.
func (r *product[T]) mirrorTask(_, task int) {
	i0, ld := task*mulRows, r.o.StrideC
	rows := min(mulRows, r.n-i0)
	if i0 > 0 {
		r.transpose(r.c[i0:], ld, r.c[i0*ld:], ld, rows, i0)
	}
	for i := i0; i < i0+rows; i++ {
		for j := i0; j < i; j++ {
			r.c[j*ld+i] = r.c[i*ld+j]
		}
	}
}
