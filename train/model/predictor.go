package model

import (
	"context"
	"fmt"
	"runtime"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/table"
)

// Predictor applies a model to one batch of rows after another, such as the
// requests of a service: what Model.Predict checks and allocates each time is
// done once. Any number of goroutines may use one at the same time.
//
// A call runs on several goroutines if there is enough to do, runs of whole blocks of 64
// rows each; up to 64 rows, or some 8 Mflop, stay on the caller's. A row costs 2·k·M·D
// flops, D summed over the members of an average, all of which are done: k networks share no more than the rows they read, and the
// weights of each are read once a run. A batch, or what is left of a run after whole
// blocks, costs as if it had 8, 16, 24 or 64 rows. Nothing is allocated once as many calls
// of the kind as GOMAXPROCS have run at the same time; another one allocates, for each
// block of the longest run, 8 where there are many rows, 1.3 kB for each of the D features,
// and for Classify 512 bytes for each target, for PredictInterval 512 bytes, times the goroutines it runs on.
type Predictor struct {
	m       Model
	workers int
	free    chan *prediction     // that no call uses
	records *table.RecordEncoder // nil for a model without names
}

// PredictorOptions configures a Predictor. The zero value is ready to use.
type PredictorOptions struct {
	Workers int // goroutines of a call; 0 means GOMAXPROCS. No result depends on it.
}

// predictWorkers bounds PredictorOptions.Workers: nothing sensible exceeds it.
const predictWorkers = 1 << 12

// serialFlops is the work below which a call stays on its goroutine: to wake
// another one takes as long.
const serialFlops = 1 << 23

// NewPredictor returns a predictor of the model, whose slices it keeps: they must
// not change any more. It returns ErrModel if the model contradicts itself, or
// ErrOption.
func NewPredictor(m *Model, opts *PredictorOptions) (*Predictor, error) {
	if opts == nil {
		opts = &PredictorOptions{}
	}
	if opts.Workers < 0 || opts.Workers > predictWorkers {
		return nil, fmt.Errorf("model: Workers is %d, want between 0 and %d: %w", opts.Workers, predictWorkers, fault.ErrOption)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	p := &Predictor{m: *m, workers: opts.Workers, free: make(chan *prediction, runtime.GOMAXPROCS(0))}
	if len(m.Features) > 0 {
		var err error
		if p.records, err = m.encoder().NewRecordEncoder(false); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Predict writes the predictions for the rows of x to dst, as Model.Predict does.
// When ctx ends it returns within milliseconds an error that wraps
// context.Cause(ctx), and dst is incomplete.
func (p *Predictor) Predict(ctx context.Context, dst, x []float64) error {
	n, err := p.rows(x)
	if err != nil {
		return err
	}
	if k := len(p.m.Nets); len(dst) != n*k {
		return fmt.Errorf("model: %d predictions for %d rows of %d targets: %w", len(dst), n, k, fault.ErrShape)
	}
	return p.run(ctx, n, x, output{dst: dst})
}

// Classify writes the classes of the rows of x to dst, as Model.Classify does.
// For the end of ctx see Predict.
func (p *Predictor) Classify(ctx context.Context, dst []int, x []float64) error {
	if len(p.m.Classes) == 0 {
		return fmt.Errorf("model: it was not trained on classes: %w", fault.ErrModel)
	}
	n, err := p.rows(x)
	if err != nil {
		return err
	}
	if len(dst) != n {
		return fmt.Errorf("model: %d classes for %d rows: %w", len(dst), n, fault.ErrShape)
	}
	return p.run(ctx, n, x, output{classes: dst})
}

// Probabilities writes the probability of each class of m.Classes for each row of x to dst,
// row-major, n × classes. They were calibrated on rows that the networks that predicted
// them had not seen. It returns ErrModel if the model was not trained on classes or has no
// calibration; see Predict for the rest.
func (p *Predictor) Probabilities(ctx context.Context, dst, x []float64) error {
	c := p.m.Calibration
	if c == nil {
		return fmt.Errorf("model: it has no probabilities: it was not trained on classes, or without rows out of fold: %w", fault.ErrModel)
	}
	n, err := p.rows(x)
	if err != nil {
		return err
	}
	if k := c.Classes(); len(dst) != n*k {
		return fmt.Errorf("model: %d probabilities for %d rows of %d classes: %w", len(dst), n, k, fault.ErrShape)
	}
	if err := p.run(ctx, n, x, output{dst: dst[len(dst)-n*len(p.m.Nets):]}); err != nil {
		return err
	}
	c.expand(dst, n)
	return nil
}

// rows checks x and returns the number of its rows.
func (p *Predictor) rows(x []float64) (int, error) {
	d := len(p.m.Scaler.Mean)
	if len(x)%d != 0 {
		return 0, fmt.Errorf("model: %d values are not rows of %d features: %w", len(x), d, fault.ErrShape)
	}
	if err := fault.Finite(x, d); err != nil {
		return 0, fmt.Errorf("model: %w", err)
	}
	return len(x) / d, nil
}

// output is what a call writes: predictions, classes, or intervals of a level.
type output struct {
	dst          []float64
	classes      []int
	lower, upper []float64
	level        float64
}

func (p *Predictor) run(ctx context.Context, n int, x []float64, out output) error {
	var w *prediction
	select {
	case w = <-p.free:
	default:
		w = &prediction{m: &p.m, team: asm.NewTeam(p.workers)}
		w.doBlock = w.block
	}
	net := &p.m.Nets[0]
	inputs := float64(net.D)
	for q := range p.m.Further {
		inputs += float64(p.m.Further[q].Scaler.Width())
	}
	serial := 2*float64(n)*float64(len(p.m.Nets))*float64(net.M)*inputs < serialFlops
	w.x, w.output = x, out
	w.prepare(n, serial)
	w.bind(ctx)
	runs := (n + w.run - 1) / w.run
	if serial {
		for b := range runs {
			w.block(0, b)
		}
	} else {
		w.team.Do(runs, w.doBlock)
	}
	err := ctx.Err()
	w.bind(nil)
	w.x, w.output = nil, output{}
	select {
	case p.free <- w:
	default:
	}
	if err != nil {
		return fmt.Errorf("model: prediction: %w", context.Cause(ctx))
	}
	return nil
}

// prediction is a running call, and its memory.
type prediction struct {
	m       *Model
	team    *asm.Team
	workers []predictionWorker

	output
	x       []float64
	run     int // rows of a task
	doBlock func(worker, run int)
}

// predictionWorker is what a goroutine of a call needs.
type predictionWorker struct {
	shapes []shapedRows // of Nets, and of each further member
	scores []float64    // of a run, row-major, for Classify
	out    []float64
	part   []float64  // of a further member
	plain  shapedRows // of spreads, for PredictInterval
	spread []float64  // of the rows of a run, for PredictInterval
}

// shapedRows are the rows of a run as the networks of a member see them.
type shapedRows struct {
	net  *jacobian.Block
	rows []float64 // standardised
}

// scaler returns that of Nets, and behind it those of the further members.
func (m *Model) scaler(q int) *features.Scaler {
	if q == 0 {
		return &m.Scaler
	}
	return &m.Further[q-1].Scaler
}

// runRows returns how many of n rows a task takes, whole blocks: as many as a pass over
// the weights serves well, and as many tasks for each worker.
func runRows(n, width, workers int) int {
	const block = jacobian.BlockSamples
	most := jacobian.WideSamples(width)
	tasks := max((n+workers*most-1)/(workers*most), 1) * workers
	return max((n+tasks*block-1)/(tasks*block), 1) * block
}

// prepare makes the memory that a call on n rows needs and the ones before did not.
func (w *prediction) prepare(n int, serial bool) {
	need, width := w.team.Workers(), 0
	for q := range len(w.m.Further) + 1 {
		width = max(width, w.m.scaler(q).Width())
	}
	if serial {
		need = 1
	}
	w.run = runRows(n, width, need)
	for len(w.workers) < need {
		w.workers = append(w.workers, predictionWorker{})
	}
	for i := range w.workers[:need] {
		w.workers[i].reserve(w.run, w.m, &w.output)
	}
}

// reserve makes room for so many rows of one worker. The room doubles, so that
// calls of all lengths soon allocate nothing.
func (s *predictionWorker) reserve(rows int, m *Model, of *output) {
	if len(s.out) < rows {
		room := jacobian.BlockSamples
		for room < rows {
			room *= 2
		}
		s.shapes, s.part = nil, nil
		for q := range len(m.Further) + 1 {
			s.shapes = append(s.shapes, newShapedRows(m.scaler(q), room))
		}
		s.out, s.scores, s.spread = make([]float64, room), nil, nil
		if len(m.Further) > 0 {
			s.part = make([]float64, room)
		}
	}
	if of.classes != nil && s.scores == nil {
		s.scores = make([]float64, len(s.out)*len(m.Nets))
	}
	if of.lower != nil && s.spread == nil {
		s.spread, s.plain = make([]float64, len(s.out)), newShapedRows(m.Scaler.Plain(), len(s.out))
	}
}

func newShapedRows(s *features.Scaler, room int) shapedRows {
	return shapedRows{jacobian.NewWideBlock(s.Width(), room), make([]float64, room*s.Width())}
}

// set takes raw rows.
func (r *shapedRows) set(s *features.Scaler, x []float64) {
	rows := r.rows[:len(x)/len(s.Mean)*s.Width()]
	s.Apply(rows, x)
	r.net.Set(rows)
}

// bind makes the call end with ctx.
func (w *prediction) bind(ctx context.Context) {
	w.team.Bind(ctx)
	for i := range w.workers {
		for q := range w.workers[i].shapes {
			w.workers[i].shapes[q].net.Bind(ctx)
		}
		if plain := w.workers[i].plain.net; plain != nil {
			plain.Bind(ctx)
		}
	}
}

// block predicts one run of rows.
func (w *prediction) block(worker, run int) {
	m, s := w.m, &w.workers[worker]
	d, k := len(m.Scaler.Mean), len(m.Nets)
	lo := run * w.run
	n := min(w.run, len(w.x)/d-lo)
	out := s.out[:n]
	var scores []float64
	switch {
	case w.classes != nil:
		scores = s.scores[:n*k]
	case w.dst != nil:
		scores = w.dst[lo*k : (lo+n)*k]
	}
	for q := range s.shapes {
		s.shapes[q].set(m.scaler(q), w.x[lo*d:(lo+n)*d])
	}
	if w.lower != nil {
		s.plain.set(m.Scaler.Plain(), w.x[lo*d:(lo+n)*d])
	}
	for j := range m.Nets {
		s.forward(out, m, j)
		if scores == nil {
			w.interval(s, out, lo, j)
			continue
		}
		m.Scaler.Restore(out, j)
		for i, v := range out {
			scores[i*k+j] = v
		}
	}
	if w.classes != nil {
		for i := range n {
			w.classes[lo+i] = m.Class(scores[i*k : (i+1)*k])
		}
	}
}

// forward sets out to the predictions of target j, as it is fitted: the average of all members.
func (s *predictionWorker) forward(out []float64, m *Model, j int) {
	s.shapes[0].net.Forward(out, &m.Nets[j])
	if len(m.Further) == 0 {
		return
	}
	asm.Scale(out, m.firstWeight(), out)
	for q := range m.Further {
		part := s.part[:len(out)]
		s.shapes[q+1].net.Forward(part, &m.Further[q].Nets[j])
		asm.Axpy(out, m.Further[q].Weight, part)
	}
}

// decide returns the class of a row's predictions: the sign of one, else the
// first largest of several.
func decide(scores []float64) int {
	if len(scores) == 1 {
		if scores[0] >= 0 {
			return 1
		}
		return 0
	}
	best := 0
	for j, s := range scores {
		if s > scores[best] {
			best = j
		}
	}
	return best
}

// Class returns the class, an index into m.Classes, that the predictions of one row mean, of
// which there must be len(m.Nets): that of Calibration.Class where there is a calibration, else as
// decide; see Classify.
func (m *Model) Class(predictions []float64) int {
	if m.Calibration != nil {
		return m.Calibration.Class(predictions)
	}
	return decide(predictions)
}

// Classify writes the class of each row of x, an index into m.Classes, to dst
// (n values): the most probable one, or with Calibration.Offset the one that it decides for. A model without Calibration takes the class of the largest
// of the row's predictions, the first of equals, or of a single target the second class if the prediction is
// 0 or more. See Predict for x and errors; ErrModel, too, if the model has no classes.
func (m *Model) Classify(dst []int, x []float64) error {
	p, err := NewPredictor(m, nil)
	if err != nil {
		return err
	}
	return p.Classify(context.Background(), dst, x)
}

// Probabilities writes the probability of each class for each row of x to dst, n × classes. See
// Predictor.Probabilities and Predict.
func (m *Model) Probabilities(dst, x []float64) error {
	p, err := NewPredictor(m, nil)
	if err != nil {
		return err
	}
	return p.Probabilities(context.Background(), dst, x)
}
