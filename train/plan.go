package train

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/format"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// plan is what Fit decides before it takes memory.
type plan struct {
	method     Method
	sketch     SketchKind // of Sketched
	rows       int        // s, rows of the sketch
	rank       int        // k, of the low-rank preconditioner; 0 means none
	short      bool       // the rank is less than it would be with more memory
	atOnce     bool       // the preconditioner was asked for: it is made at the first step
	iters      float64    // expected, a step
	makingCost int        // iterations that making the preconditioner costs
	step       float64    // expected seconds a step
	bytes      uint64     // with the workers there are
	choice     float64    // bytes with planWorkers, by which the choice is made
	why        string
	limit      uint64 // of the memory
	source     string // of the limit
}

const (
	// planSteps is the number of steps over which the plan spreads the cost of a
	// preconditioner, unless there are fewer: gates flip slowly, and it is kept.
	planSteps = 8
	// planWorkers is the number of workers whose scratch the choice counts,
	// however many there are: it must not depend on them.
	planWorkers = 2
	// planMargin is how much faster than Exact an iterative method must be to be
	// chosen: its time rests on a guess of the iterations.
	planMargin = 1.2
)

// The width of a network when Options.Width leaves it open. What wider networks gain grows with
// the rows: on five tables 16384 neurons had 1.2 % less error than 4096, on letters (16 000 rows)
// 28 %. A Gram matrix costs little more for them.
const (
	leastWidth  = 4096
	mostWidth   = 16384
	widerRows   = 2048
	mostWeights = 1 << 23 // of all targets …
	mostOfOne   = 1 << 21 // … and of one: where there are many inputs, more neurons pay less
	widerCost   = 1.5     // times the step of the least width

	// Where a step takes long, by the plan, fewer neurons take less: of a million rows half as many
	// had 0.9 % more error in three quarters of the time.
	fewestWidth = 1024
	longStep    = 200 // seconds
)

// settled returns the plan for so many inputs, with the width that it settles on.
func (cfg *config) settled(inputs int) (plan, error) {
	own := *cfg
	return own.settleWidth(inputs)
}

// settleWidth doubles the width that was left open as long as that costs little, and halves it as long as a
// step takes long or more memory than there is. It returns the plan.
func (cfg *config) settleWidth(inputs int) (plan, error) {
	with := func(w int) (plan, error) {
		if cfg.widthChosen {
			cfg.Width = w
		}
		return planWithin(cfg, inputs, cfg.limit, cfg.source)
	}
	b := cfg.Effort.bounds()
	p, err := with(b.width)
	if !cfg.widthChosen {
		return p, err
	}
	if err == nil {
		for w := b.widest; w > b.width; w /= 2 {
			if w*inputs*cfg.targets > mostWeights || w*inputs > mostOfOne && cfg.Effort != Thorough {
				continue
			}
			if wide, err := with(w); err == nil && cfg.Effort.widens(wide, p) {
				return wide, nil
			}
		}
	}
	w := b.width
	for w > fewestWidth && (errors.Is(err, ErrMemory) || err == nil && p.step > b.longStep) {
		w /= 2
		p, err = with(w)
	}
	return with(w)
}

// makePlan chooses the method with the least expected time a step among those
// whose memory fits, Exact with a margin, and says why. The choice depends on sizes, options and
// the memory limit alone, never on the processor or the number of workers. Where memory is short there is no second
// look at the shapes.
func makePlan(cfg *config, inputs int) (plan, error) {
	cfg.limitMemory()
	p, err := cfg.settleWidth(inputs)
	if errors.Is(err, ErrMemory) && cfg.looksTwice() {
		cfg.oneLook = true
		return cfg.settleWidth(inputs)
	}
	return p, err
}

// planWithin is makePlan within the memory that source allows.
func planWithin(cfg *config, inputs int, limit uint64, source string) (plan, error) {
	workers := cfg.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	w := newWork(cfg, inputs)
	if total := w.baseBytes(workers); total > math.MaxInt64/4 {
		return plan{}, fmt.Errorf("train: %d rows × %d neurons × %d features take %.3g bytes: %w", w.n, w.m, w.d, total, ErrMemory)
	}
	all, err := w.candidates(cfg, float64(limit))
	if err != nil {
		return plan{}, err
	}
	best := -1
	for i, p := range all {
		if p.choice <= float64(limit) && (best < 0 || p.step < all[best].step && (all[best].method != Exact || planMargin*p.step < all[best].step)) {
			best = i
		}
	}
	if best < 0 { // none: refuse the one that takes least
		best = 0
		for i, p := range all {
			if p.choice < all[best].choice {
				best = i
			}
		}
	}
	p := all[best]
	p.limit, p.source = limit, source
	total := w.bytes(&p, workers)
	if total > math.MaxInt64/2 {
		return plan{}, fmt.Errorf("train: method %v of %d rows × %d neurons × %d features takes %.3g bytes: %w", p.method, w.n, w.m, w.d, total, ErrMemory)
	}
	p.bytes = uint64(total)
	if p.bytes > limit {
		return p, w.refusal(&p, workers, limit, source)
	}
	p.why = "chosen by the caller"
	if cfg.Rule.FirstOrder() {
		p.why = "a step along the gradient solves no system"
		return p, nil
	}
	if p.short {
		p.why += fmt.Sprintf("; %s of %s holds the rank down to %d", source, memory.Megabytes(limit), p.rank)
	}
	if cfg.Method == Auto {
		p.why = reason(all, best, limit, source)
	}
	return p, nil
}

// planDamping returns the c = μ + λ of the first step: on tables, whose rows
// repeat and whose targets are noisy, λ stays near where it starts.
func planDamping(o *config) float64 {
	if o.Rule == GaussNewton {
		return 0
	}
	if o.choose && o.Ridge == plannedRidge { // not chosen yet: most ridges are larger
		return plannedRidge + firstDamping
	}
	return o.mu() + o.firstDamping()
}

// planTol returns the relative residual that inner solves are expected to come
// to: with the forcing term about a digit above InnerTol.
func planTol(o *config) float64 {
	if o.forcing > 0 {
		return 10 * o.InnerTol
	}
	return o.InnerTol
}

// candidates returns the best plan of each method that is allowed, in the order
// in which ties are broken.
func (w *work) candidates(o *config, limit float64) ([]plan, error) {
	allowed := func(m Method) bool { return o.Method == Auto || o.Method == m }
	if o.Rule.FirstOrder() {
		p := plan{method: MatrixFree, step: w.gradient()}
		p.choice = w.bytes(&p, planWorkers)
		return []plan{p}, nil
	}
	var all []plan
	if allowed(Exact) {
		all = append(all, plan{method: Exact, step: w.exact()})
	}
	if allowed(GramCG) {
		p := w.withRank(o, plan{method: GramCG}, limit)
		p.step += w.gram()
		all = append(all, p)
	}
	if allowed(MatrixFree) {
		all = append(all, w.withRank(o, plan{method: MatrixFree}, limit))
	}
	if allowed(Sketched) {
		for _, kind := range []SketchKind{KroneckerSRHT, FullSRHT} {
			if o.Sketch != AutoSketch && o.Sketch != kind || o.shard != nil && kind == FullSRHT {
				continue
			}
			s, err := sketchRows(o.SketchRatio, kind, w.n, w.d, w.m)
			if err != nil {
				if o.Method == Sketched {
					return nil, err
				}
				continue
			}
			build, apply := w.sketch(kind, s)
			p := plan{method: Sketched, sketch: kind, rows: s, atOnce: true, iters: w.sketchIterations(kind, s)}
			p.step = w.solve(p.iters, w.products(w.rhs), build, float64(w.rhs)*apply)
			p.makingCost = makingCost(build, w.product()+apply)
			all = append(all, p)
		}
	}
	for i := range all {
		all[i].step += w.common()
		all[i].choice = w.bytes(&all[i], planWorkers)
	}
	return all, nil
}

// withRank completes a plan of GramCG or MatrixFree by the rank of least time
// that fits: the one asked for, or one of ranks up to n/2.
func (w *work) withRank(o *config, p plan, limit float64) plan {
	product := w.products(w.rhs) // of all right-hand sides
	switch {
	case p.method == GramCG:
		product = w.gramProduct()
	case w.damped:
		product = w.products32(w.rhs)
	}
	best := p
	try := func(k int) {
		q := p
		build, apply := w.lowRank(k)
		q.rank, q.iters = k, iterations(w.n, w.c, w.tol, k)
		q.step = w.solve(q.iters, product, build, float64(w.rhs)*apply)
		q.makingCost = makingCost(build, product/float64(w.rhs))
		if k > 0 && !(q.step < best.step) {
			return
		}
		if k > 0 && w.bytes(&q, planWorkers) > limit {
			best.short = true
			return
		}
		best = q
	}
	try(0)
	switch {
	case o.Rank > 0:
		best.step = math.Inf(1)
		limit = math.Inf(1)
		try(min(o.Rank, w.n))
		best.atOnce = true
	case o.Rank == 0:
		for _, k := range rankGrid[1:] {
			if k <= w.n/2 {
				try(k)
			}
		}
	}
	return best
}

// makingCost returns in iterations what a preconditioner costs.
func makingCost(build, iteration float64) int { return int(math.Ceil(min(build/iteration, 1e6))) }

// bytes returns the memory of a plan, or of the choice before it if that takes more.
func (w *work) bytes(p *plan, workers int) float64 {
	if w.again {
		return max(w.methodBytes(p, workers), w.choiceBytes(workers)+8*w.rawFloats())
	}
	return w.methodBytes(p, workers)
}

// methodBytes returns the memory of training by a method.
func (w *work) methodBytes(p *plan, workers int) float64 {
	n, base := float64(w.n), w.baseBytes(workers)
	switch p.method {
	case Exact:
		return base + 8*(float64(2*n*n)+float64(160*n))
	case GramCG:
		return base + float64(8*n*n) + w.lowRankBytes(p.rank, workers)
	case Sketched:
		return base + w.sketchBytes(p.sketch, p.rows, workers) + w.productsBytes(workers)
	}
	return base + w.lowRankBytes(p.rank, workers) + w.productsBytes(workers) + w.singleBytes(workers)
}

// singleBytes is what products in float32 take.
func (w *work) singleBytes(workers int) float64 {
	if !w.damped {
		return 0
	}
	return float64(jacobian.SingleBytes(w.n, w.own, w.d, w.targets, workers))
}

// productsBytes is what products with the vectors of all targets take.
func (w *work) productsBytes(workers int) float64 {
	if w.targets < 2 || w.adam {
		return 0
	}
	return float64(jacobian.VecsBytes(w.own, w.d, w.targets, workers))
}

// reason tells the estimates of all methods, the chosen one first, and which
// the memory ruled out.
func reason(all []plan, best int, limit uint64, source string) string {
	name := func(p *plan) string {
		if p.method == Sketched {
			return p.sketch.String() + " sketch"
		}
		return p.method.String()
	}
	text := func(p *plan) string { return name(p) + " " + format.Seconds(p.step, 2) }
	p := &all[best]
	var b strings.Builder
	b.WriteString(text(p) + " a step")
	switch {
	case p.rank > 0:
		fmt.Fprintf(&b, " (about %.0f iterations, rank %d)", p.iters, p.rank)
	case p.iters > 0:
		fmt.Fprintf(&b, " (about %.0f iterations)", p.iters)
	}
	var slower, large []string
	for i := range all {
		switch q := &all[i]; {
		case i == best:
		case q.choice > float64(limit):
			large = append(large, fmt.Sprintf("%s (%s)", name(q), memory.Megabytes(uint64(min(q.choice, math.MaxInt64/2)))))
		default:
			slower = append(slower, text(q))
		}
	}
	if p.short {
		fmt.Fprintf(&b, ", which %s of %s holds down", source, memory.Megabytes(limit))
	}
	if len(slower) > 0 {
		b.WriteString("; " + strings.Join(slower, ", "))
	}
	if len(large) > 0 {
		fmt.Fprintf(&b, "; %s of %s rules out %s", source, memory.Megabytes(limit), strings.Join(large, ", "))
	}
	return b.String()
}

// estimate returns the expected time of a step.
func (p *plan) estimate() time.Duration {
	return time.Duration(min(p.step, 1e9) * float64(time.Second))
}

// refusal is the error of a plan that does not fit, with what does.
func (w *work) refusal(p *plan, workers int, limit uint64, source string) error {
	hint := "a smaller Width"
	if least := w.bytes(&plan{method: MatrixFree}, workers); (p.method != MatrixFree || p.rank > 0) && least <= float64(limit) {
		hint = fmt.Sprintf("Method MatrixFree without Rank, which takes %s, or a smaller Width", memory.Megabytes(uint64(least)))
	}
	return fmt.Errorf("train: %d rows, %d features, width %d, method %v take %s, %s is %s; use %s: %w", w.n, w.d, w.m, p.method, memory.Megabytes(p.bytes), source, memory.Megabytes(limit), hint, ErrMemory)
}

// sketchRows returns s: ratio·n, by default 4n for the full SRHT and 6n for the
// Kronecker form, or the md that there are if that is less.
func sketchRows(ratio float64, kind SketchKind, n, d, m int) (int, error) {
	all := float64(m) * float64(d)
	if ratio == 0 {
		ratio = 6
		if kind == FullSRHT {
			ratio = 4
		}
		ratio = min(ratio, max(1, all/float64(n)))
	}
	s := math.Floor(ratio * float64(n))
	if s > all {
		return 0, fmt.Errorf("train: a sketch of %.0f rows for %d samples, SketchRatio %g, of only %d·%d weights; use a larger Width or another Method: %w", s, n, ratio, m, d, ErrOption)
	}
	return int(s), nil
}

func ceil(a, b int) int { return (a + b - 1) / b }
