package train

import (
	"math"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// The rates of the cost model, in units a second on two cores of an AVX-512
// machine (Zen 5, 105 GF/s of FMA a core), as BenchmarkPlanRates measured them.
// They are constants, and not measured where Fit runs: the choice that rests on
// them must be the same everywhere. What decides is their ratios, which differ
// less between machines than the rates do.
const (
	forwardRate = 190e9     // flops of Linearize, 2nmd …
	forwardGate = 3e-11     // … and seconds for each of the n·m gates: 142 to 185 of 2nmd a second for d = 8 to 64
	featureTime = 1e-11     // JJᵀu, seconds for each gate and feature, padded to eight: 280 to 500 G of 4nmd a second
	halfTime    = 5e-12     // the same in float32, padded to sixteen: 8e-12 against 4e-12 where both were measured
	countRate   = 5e12      // Gram matrix, n²m of population counts …
	entryTime   = 3e-10     // … and seconds for each of its n² entries …
	entryWide   = 1e-11     // … and each of their d products: 3.5e12 of n²m a second with m = 4096
	pageTime    = 5e-10     // seconds for each byte of new memory: 0.25 s/GB on bare metal, up to 1 where it is a guest's …
	pageLeast   = 512 << 20 // … beyond what the heap is thought to have
	gramRate    = 5.9e9     // elements of an explicit Gram matrix times a vector: 47 GB/s; in cache twice that
	gemmRate    = 150e9     // flops of the same with many vectors, 2n² each
	cholRate    = 160e9     // flops of Cholesky, n³/3: 150 at n = 1437, 174 at 4096
	triRate     = 2e9       // n² of a pair of triangular solves, one core: 3.9 in cache
	tri32Rate   = 4e9       // the same in float32: 6.6 in cache
	qrRate      = 180e9     // flops of QR in float32, 2n²(s − n/3)
	srhtRate    = 22e9      // additions of the full SRHT, n·N·log₂N
	kronRate    = 2.5e9     // operations of the Kronecker SRHT, n(m·log₂m + s)
	lowRankRate = 120e9     // flops of a low-rank preconditioner, 3nk² …
	columnTime  = 5e-8      // … and seconds for each of its n·k elements: 3e-8 at n = 8192, 6e-8 at 50000 …
	coreRate    = 12e9      // … and flops of its core, 4k³
	applyRate   = 2.6e9     // elements n·k of it a solve, in float32: 20 GB/s; a fifth more if they are cached
	applyCore   = 4e9       // flops of its core, 10k², one core
	cached      = 32 << 20  // bytes that count as cached
	callTime    = 3e-5      // what an iteration takes beside its arithmetic
)

// The model of the iterations of conjugate gradients on JJᵀ + cI to a relative
// residual ε, preconditioned by k pivots of randomly pivoted Cholesky:
//
//	K = 1 + itersScale·ln(2/ε)·√(n / ((k + itersShift)·c))
//
// It is ½√κ·ln(2/ε) with the condition κ = 1 + λ_k/c and the eigenvalue λ_k of
// about 0.028·n/k that tables have. At n = 2000 and 8000, d = 4, 10, 40, c from
// 0.001 to 1, k = 0, 100, 400, 1000 and ε = 10⁻³, 10⁻⁶ the counts, 2 to 1300,
// are within a factor of two of it, most of 1.3 (TestIterationModel). Samples that repel each
// other, as on a sphere of many dimensions, need fewer; the solver finds out,
// see iterative.
const (
	itersScale = 0.083
	itersShift = 3.4
	// leastDamping stands for c where there is less: the smallest eigenvalues
	// of distinct rows then decide, and nothing is known of them.
	leastDamping = 1e-3
)

// iterations returns K.
func iterations(n int, c, tol float64, k int) float64 {
	spread := math.Sqrt(float64(n) / (float64(float64(k)+itersShift) * max(c, leastDamping)))
	return min(1+float64(itersScale*portable.Log(2/tol)*spread), float64(n))
}

// work is a problem as the cost model sees it.
type work struct {
	n, d, m int
	c, tol  float64
	steps   float64 // that share a preconditioner
	adam    bool    // one vector of weights more
	damped  bool    // matrix-free iterations are in float32

	checkpoint bool // and one more
	targets    int
	rhs        int  // right-hand sides of a step: all targets if it is the first one that counts, else 1
	held       int  // rows for validation
	given      int  // features before they are made inputs
	own        int  // neurons of a rank, m unless there are several
	members    int  // of an average at most
	choose     bool // the ridge, or what rows out of fold say …
	again      bool // … at a second look
}

// newWork returns the problem of a fit whose network has so many inputs.
func newWork(cfg *config, inputs int) work {
	m := cfg.Width
	w := work{
		n: cfg.rows - cfg.held, held: cfg.held, d: inputs, given: cfg.given, m: m, own: m, targets: cfg.targets,
		c: planDamping(cfg), tol: planTol(cfg), steps: float64(max(1, min(planSteps, cfg.MaxSteps))),
		damped: cfg.Rule == LevenbergMarquardt,
		adam:   cfg.Rule == Adam, checkpoint: cfg.Checkpoint != "", choose: cfg.choose || cfg.Loss == Huber, again: cfg.looksTwice(), members: cfg.Members,
	}
	w.rhs = 1
	if cfg.stepsChosen || cfg.MaxSteps == 1 {
		w.rhs = cfg.targets
	}
	if cfg.shard != nil {
		section := jacobian.Section(m)
		w.own = min(ceil(ceil(m, section), cfg.group.Size())*section, m)
	}
	return w
}

func (w *work) gates() float64 { return float64(w.n) * float64(w.m) }

// product returns the seconds of JJᵀu.
func (w *work) product() float64 { return w.products(1) }

// products returns the seconds of JJᵀ times k vectors, whose rows stand side by side in lines
// of eight.
func (w *work) products(k int) float64 {
	return float64(w.gates()*featureTime*float64((k*w.d+7)/8*8)) + callTime
}

// products32 returns the seconds of the same in float32.
func (w *work) products32(k int) float64 {
	return float64(w.gates()*halfTime*float64((k*w.d+15)/16*16)) + callTime
}

// common returns the seconds a step takes whatever the method: Linearize, the
// right-hand side's J·v and the step's Jᵀu.
func (w *work) common() float64 {
	return float64(w.gates()*(forwardGate+2*float64(w.d)/forwardRate)) + w.product()
}

// gradient returns the seconds of a first-order step: Linearize and Jᵀu.
func (w *work) gradient() float64 {
	return float64(w.gates()*(forwardGate+2*float64(w.d)/forwardRate)) + float64(0.5*w.product())
}

// gram returns the seconds of the Gram matrix.
func (w *work) gram() float64 {
	n := float64(w.n)
	return float64(w.gates()*n/countRate) + float64(n*n*(entryTime+float64(entryWide*float64(w.d)))) + pages(8*n*n)
}

// exact returns the seconds of the Gram matrix, its factor and a solve.
func (w *work) exact() float64 {
	n := float64(w.n)
	return w.gram() + pages(8*n*n) + float64(n*n*n/(3*cholRate)) + float64(float64(w.rhs)*n*n/triRate)
}

// pages returns the seconds that so many bytes of new memory take.
func pages(bytes float64) float64 { return float64(pageTime * max(0, bytes-pageLeast)) }

// lowRank returns the seconds that making a preconditioner of rank k and
// applying it once take.
func (w *work) lowRank(k int) (build, apply float64) {
	n, r := float64(w.n), float64(k)
	build = float64(n*r*(columnTime+float64(2*float64(w.m)/countRate)+float64(3*r/lowRankRate))) + float64(4*r*r*r/coreRate)
	apply = n * r / applyRate
	if 4*n*r <= cached {
		apply /= 1.2
	}
	return build, apply + float64(10*r*r/applyCore)
}

// gramProduct returns the seconds of the explicit matrix times the vectors of all right-hand
// sides: eight at a time, as the matrix kernels have it, or as fast as it is read.
func (w *work) gramProduct() float64 {
	n := float64(w.n)
	// The more of it is cached the better, all of it at best.
	share := max(0, min(1, 2-8*n*n/cached))
	lanes := float64(ceil(w.rhs, 8))
	return max(float64(n*n/gramRate*(1-float64(0.5*share))), 16*lanes*n*n/gemmRate) + callTime
}

// sketch returns the same for a sketch of s rows.
func (w *work) sketch(kind SketchKind, s int) (build, apply float64) {
	n, rows := float64(w.n), float64(s)
	if kind == FullSRHT {
		length, bits := padded(float64(w.m) * float64(w.d))
		build = n * length * bits / srhtRate
	} else {
		length, bits := padded(float64(w.m))
		build = n * (float64(length*bits) + rows) / kronRate
	}
	return build + float64(2*n*n*(rows-n/3)/qrRate), n * n / tri32Rate
}

// padded returns the power of two that holds x, and its logarithm, at least one.
func padded(x float64) (length, bits float64) {
	f, e := math.Frexp(x)
	if f == 0.5 {
		e--
	}
	return math.Ldexp(1, e), float64(max(e, 1))
}

// sketchIterations returns the iterations with a sketch of s rows: κ is that of
// n random directions of s, ((1+√q)/(1−√q))², q = n/s, and the Kronecker form loses a
// fifth of its root.
func (w *work) sketchIterations(kind SketchKind, s int) float64 {
	root := math.Sqrt(float64(w.n) / float64(s))
	kappa := (1 + root) / max(1-root, 0.05)
	if kind != FullSRHT {
		kappa *= 1.2
	}
	return 1 + float64(0.5*kappa*portable.Log(2/w.tol))
}

// solve returns the seconds of the iterations of a step, with the share of the
// preconditioner that falls to it.
func (w *work) solve(iters, product, build, apply float64) float64 {
	return float64(iters*(product+apply)) + build/w.steps
}

// rankGrid are the ranks a plan chooses from.
var rankGrid = [...]int{0, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096}

// baseBytes returns what every method takes: the operator, five vectors of
// weights, the standardised rows and those they are made of, and vectors of
// length n.
func (w *work) baseBytes(workers int) float64 {
	n, md := float64(w.n), float64(w.own)*float64(w.d)
	if w.adam {
		md *= 6.0 / 5
	}
	if w.checkpoint { // the weights of the preconditioner
		md *= 6.0 / 5
	}
	if w.checkpoint && w.own < w.m { // those of all ranks, where they are gathered and read
		md += 4 * float64(w.m) * float64(w.d) / 5
	}
	floats := float64(5*md) + float64(17*n) + float64((n+float64(w.held))*float64(w.d)) + w.rawFloats()
	operator := jacobian.Bytes(w.n, w.own, w.d, workers)
	if more := float64(w.targets - 1); more > 0 { // networks, targets, first solutions, initial gates
		floats += float64(more*md) + float64((5*more+3)*(n+float64(w.held))) + md
		operator += jacobian.MarkBytes(w.n, w.own)
	}
	if w.members > 1 { // their networks, and outputs
		floats += float64(w.members) * (float64(w.targets)*md + float64(w.targets)*(n+float64(w.held)))
	}
	return float64(operator) + 8*floats + w.besideBytes(workers)
}

// rawFloats returns the numbers of the rows as they are given, and once more of those to train on.
func (w *work) rawFloats() float64 { return float64(w.n+w.held) * float64(2*w.given) }

// besideBytes is what the choice takes beside training: nothing of many rows, where it has ended before.
func (w *work) besideBytes(workers int) float64 {
	if w.again {
		return 0
	}
	return w.choiceBytes(workers)
}

// choiceBytes is what the choice of the shape takes before training, by the look that takes more: the
// Gram matrices of two shapes, one for each fold that is judged, and of four that look at no target, factors
// with what they are made of, linearised models, a metric, and the rows that decide.
func (w *work) choiceBytes(workers int) float64 {
	if !w.choose {
		return 0
	}
	bytes := w.lookBytes(firstLook(choiceRows), workers)
	if w.again {
		bytes = max(bytes, w.lookBytes(secondLook, workers))
	}
	return bytes
}

func (w *work) lookBytes(l look, workers int) float64 {
	n, m, d := min(w.n, l.rows), min(w.m, l.neurons, max(256, l.weights/w.d)), float64(w.d)
	if l.second {
		m = min(mostWidth, max(256, l.weights/w.d))
	}
	rows, targets := float64(n), float64(max(1, w.targets))
	mapped := min(d, features.MetricMost)
	floats := float64(float64(2*l.judged+7)*rows*rows) + float64(6*mapped*mapped) + float64(rows*(400+float64(6*d)+float64((4+len(ridges))*w.targets)+targets)) + float64(3*float64(m)*d)
	return 8*floats + float64(2*float64(jacobian.Bytes(n, m, w.d, workers)))
}

// lowRankBytes is what solver.RPCholesky holds, its scratch included.
func (w *work) lowRankBytes(k, workers int) float64 {
	if k == 0 {
		return 0
	}
	n, r := float64(w.n), float64(k)
	if w.targets > 1 { // the first one is kept
		return 2 * w.oneLowRankBytes(n, r, workers)
	}
	return w.oneLowRankBytes(n, r, workers)
}

func (w *work) oneLowRankBytes(n, r float64, workers int) float64 {
	return 4*float64(n*(r+200)) + 8*(float64(3*r*r)+float64(64*r)+float64(2*w.m)+float64((25000+float64(288*r))*float64(workers)))
}

// sketchBytes counts S·Jᵀ and the factors, in float32 if there is damping, and
// scratch of the workers.
func (w *work) sketchBytes(kind SketchKind, s, workers int) float64 {
	n := float64(w.n)
	rows := max(float64(s), 2*n)
	floats := float64(s)*n + float64(rows*(n+128)) + float64(2*n*n)
	if w.c > 0 { // in float32
		floats /= 2
	}
	floats += float64(8 * float64(s) * float64(workers))
	length, _ := padded(float64(w.m))
	if kind == FullSRHT {
		length, _ = padded(float64(w.m) * float64(w.d))
	}
	return 8 * (floats + float64(float64(workers)*length))
}
