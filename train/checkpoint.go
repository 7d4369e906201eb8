package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
)

// savedState is all that a trainer knows between two steps and cannot make anew
// from data, options and seed. What is added to the trainer and outlives a step
// belongs here, into save and into restore. Fields are exported, and numbers,
// strings, truth values, slices and structs of them: see stateWriter.
//
// Not here, because they follow: the initial weights and signs (from the seed),
// outputs, residual and gates (a forward pass at W), the Gram matrix, and a
// preconditioner (made anew at the weights at which it was made).
type savedState struct {
	Elapsed time.Duration // since the start, in all runs

	// The targets that are done, and the weights of their networks.
	Done    []TargetReport
	Nets    [][]float64
	Outputs []float64 // of the best networks, for classes

	// The target under way.
	History      TargetReport
	W            []float64
	Best         []float64 // empty if the last step is the best
	Mu, Lambda   float64
	Loss, Growth float64
	Moved        bool

	Solver   solverState   // of an iterative method
	Gradient gradientState // of a first-order rule
}

// solverState is what an iterative method remembers from step to step.
type solverState struct {
	Made, Current bool
	Debt, Fresh   float64
	Refreshed     int
	Ridge         float64   // of the preconditioner
	At            []float64 // weights at which it was made
}

// gradientState is what a first-order rule remembers.
type gradientState struct {
	Rate, Left1, Left2 float64
	Velocity, Square   []float64
}

// save returns the state, which shares its vectors with the trainer.
func (t *trainer) save() *savedState {
	s := &savedState{
		Elapsed: time.Since(t.began),
		Done:    t.report.Targets,
		Outputs: t.outputs,
		History: *t.history,
		W:       t.net.W,
		Mu:      t.mu, Lambda: t.lambda, Loss: t.loss, Growth: t.growth, Moved: t.moved,
	}
	for _, net := range t.nets {
		s.Nets = append(s.Nets, net.W)
	}
	if t.history.Best != lastAccepted(t.history.Steps) {
		s.Best = t.vec.best
	}
	if it, ok := t.sys.(*iterative); ok {
		s.Solver = solverState{it.made, it.current, it.debt, it.fresh, it.refreshed, 0, nil}
		if it.made {
			s.Solver.Ridge, s.Solver.At = it.pre.madeFor(), it.at
		}
	}
	if g := t.grad; g != nil {
		s.Gradient = gradientState{g.rate, g.left1, g.left2, g.velocity, g.square}
	}
	return s
}

// restore is the inverse, for the target under way, after begin. The
// best weights and the history are there first, so that an end of ctx during
// the rest, two forward passes and a preconditioner at most, loses nothing.
func (t *trainer) restore(ctx context.Context, s *savedState) error {
	*t.history = s.History
	if copy(t.vec.best, s.Best) == 0 {
		copy(t.vec.best, s.W)
	}
	t.mu, t.lambda, t.loss, t.growth, t.moved = s.Mu, s.Lambda, s.Loss, s.Growth, s.Moved
	t.report.Resumed = len(s.History.Steps)
	for _, h := range s.Done {
		t.report.Resumed += len(h.Steps)
	}
	t.o.log(ctx, slog.LevelInfo, "resumed", func() []slog.Attr {
		return []slog.Attr{slog.Int("target", t.target), slog.Int("step", len(s.History.Steps)-1), slog.Duration("elapsed", s.Elapsed)}
	})
	if g := t.grad; g != nil {
		g.rate, g.left1, g.left2 = s.Gradient.Rate, s.Gradient.Left1, s.Gradient.Left2
		copy(g.velocity, s.Gradient.Velocity)
		copy(g.square, s.Gradient.Square)
		t.report.LearningRate = g.rate
	}
	var step Step
	it, iterative := t.sys.(*iterative)
	if iterative && s.Solver.Made {
		if it.pre == nil {
			return badCheckpoint(t.o.Checkpoint, errors.New("it has a preconditioner, which this fit has not"))
		}
		copy(t.net.W, s.Solver.At)
		if err := t.evaluate(ctx, &step); err != nil {
			return err
		}
		if err := it.refresh(ctx, &step); err != nil {
			return t.stopped(ctx, err)
		}
		if err := it.renew(ctx, s.Solver.Ridge, &step); err != nil {
			return t.stopped(ctx, err)
		}
		if !it.made {
			return badCheckpoint(t.o.Checkpoint, errors.New("its preconditioner cannot be made"))
		}
	}
	copy(t.net.W, s.W)
	if err := t.evaluate(ctx, &step); err != nil {
		return err
	}
	if t.sys != nil && !t.moved {
		if err := t.sys.refresh(ctx, &step); err != nil {
			return t.stopped(ctx, err)
		}
	}
	if iterative {
		it.resume(&s.Solver)
	}
	return nil
}

// takeUp prepares what comes before the target under way of a saved state, if
// there is one.
func (t *trainer) takeUp(ctx context.Context, s *savedState) error {
	t.saved = s
	if s == nil {
		return nil
	}
	if len(s.Outputs) != len(t.outputs) {
		return badCheckpoint(t.o.Checkpoint, fmt.Errorf("it has %d outputs for classes, not %d", len(s.Outputs), len(t.outputs)))
	}
	copy(t.outputs, s.Outputs)
	t.report.Targets = s.Done
	for _, w := range s.Nets {
		t.nets = append(t.nets, jacobian.Network{M: t.net.M, D: t.net.D, W: w, A: t.net.A})
	}
	if t.o.targets == 1 {
		return nil
	}
	var step Step
	if err := t.evaluate(ctx, &step); err != nil {
		return err
	}
	if err := t.validate(ctx, &step); err != nil {
		return err
	}
	t.remember()
	return nil
}

// check returns an error unless the sizes in the state are those of the fit, and
// weights that may be returned are numbers: a right checksum does not make a right
// state.
func (s *savedState) check(o *Options, weights int) error {
	wrong := func(name string, have int) error {
		return fmt.Errorf("its %s has %d values, not those of %d weights", name, have, weights)
	}
	if s.Elapsed < 0 || len(s.Done) != len(s.Nets) || len(s.Done) >= o.targets {
		return fmt.Errorf("it has %d of %d targets done, %d networks, after %v", len(s.Done), o.targets, len(s.Nets), s.Elapsed)
	}
	for j, net := range s.Nets {
		if len(net) != weights {
			return wrong("network", len(net))
		}
		if stop := s.Done[j].Stop; stop <= 0 || int(stop) >= len(stopNames) || stop == Cancelled || stop == StoppedByCaller {
			return fmt.Errorf("its target %d is done, and ended as %v", j, stop)
		}
	}
	for _, v := range []struct {
		name     string
		x        []float64
		optional bool
	}{
		{"weights", s.W, false}, {"best weights", s.Best, true}, {"preconditioner", s.Solver.At, !s.Solver.Made},
		{"velocity", s.Gradient.Velocity, !o.Rule.firstOrder()}, {"mean of squares", s.Gradient.Square, o.Rule != Adam},
	} {
		if len(v.x) != weights && !(v.optional && len(v.x) == 0) {
			return wrong(v.name, len(v.x))
		}
	}
	for _, h := range append(s.Done[:len(s.Done):len(s.Done)], s.History) {
		if h.Best < 0 || h.Best >= len(h.Steps) || !h.Steps[0].Accepted || !h.Steps[h.Best].Accepted {
			return fmt.Errorf("it has %d steps and the best one is %d", len(h.Steps), h.Best)
		}
	}
	best := s.Best
	if len(best) == 0 {
		best = s.W
	}
	for _, w := range append(s.Nets[:len(s.Nets):len(s.Nets)], best, s.Solver.At) {
		for i, v := range w {
			if v-v != 0 {
				return fmt.Errorf("weight %d of %d is %v", i, len(w), v)
			}
		}
	}
	return nil
}

// lastAccepted returns the index of the last accepted step; the first is always.
func lastAccepted(steps []Step) int {
	i := len(steps) - 1
	for i > 0 && !steps[i].Accepted {
		i--
	}
	return i
}

// The rules for writing when Options leaves them open.
const (
	checkpointInterval = 10 * time.Second
	// checkpointShare bounds the time that writing takes: the distance of two
	// checkpoints is at least so many times what the last one took.
	checkpointShare = 20
)

// checkpoints writes the state of a trainer from time to time.
type checkpoints struct {
	path     string
	facts    facts
	steps    int           // between two
	interval time.Duration // between two
	since    int           // steps since the last one
	last     time.Time
	took     time.Duration
}

// openCheckpoints returns nil without Options.Checkpoint. If there is a file,
// its state comes with it.
func openCheckpoints(ctx context.Context, x, y []float64, d int, o *Options, p *plan, width int) (*checkpoints, *savedState, error) {
	if o.Checkpoint == "" {
		return nil, nil, nil
	}
	c := &checkpoints{path: o.Checkpoint, steps: o.CheckpointSteps, interval: o.CheckpointInterval, last: time.Now()}
	s := &savedState{}
	found, err := c.open(ctx, x, y, d, o, p, s)
	if err == nil && found {
		if err = s.check(o, o.Width*width); err != nil {
			err = badCheckpoint(c.path, err)
		}
	}
	if o.accord != nil {
		if err = o.readTogether(found, err, s, width); err != nil {
			return nil, nil, err
		}
	}
	if err != nil || !found {
		return c, nil, err
	}
	return c, s, nil
}

// open makes sure that the file can be written, by rank 0 where there are
// several, and reads it if it is there.
func (c *checkpoints) open(ctx context.Context, x, y []float64, d int, o *Options, p *plan, s *savedState) (found bool, err error) {
	if o.accord == nil || o.accord.Rank() == 0 {
		if err := atomicfile.Check(c.path); err != nil {
			return false, fmt.Errorf("train: checkpoint: %w", err)
		}
		atomicfile.Sweep(c.path)
	}
	if c.facts, err = fitFacts(ctx, x, y, d, o, p); err != nil {
		return false, err
	}
	return readCheckpoint(ctx, c.path, c.facts, s)
}

// due reports whether it is time to write.
func (c *checkpoints) due() bool {
	if c.steps > 0 && c.since >= c.steps {
		return true
	}
	wait := c.interval
	if wait == 0 {
		wait = max(checkpointInterval, checkpointShare*c.took)
	}
	return time.Since(c.last) >= wait
}

// checkpoint writes the state if it is due, or if now is set and there is
// anything new; the time is told in step s. A failure, such as a full disk, does
// not end training: it is in the report, and the next time may succeed.
func (t *trainer) checkpoint(ctx context.Context, now bool, s *Step) error {
	c := t.points
	if c == nil || c.since == 0 {
		return nil
	}
	due := now || c.due()
	if a := t.o.accord; a != nil {
		due = a.any(due && a.Rank() == 0)
	}
	if !due {
		return nil
	}
	defer clock(ctx, &s.Phases.Checkpoint, phaseCheckpoint).stop()
	began := time.Now()
	var err error
	if state := t.save(); t.o.accord == nil {
		err = writeCheckpoint(ctx, c.path, c.facts, state)
	} else {
		err = t.writeTogether(ctx, state)
	}
	if ctx.Err() != nil {
		return errStopped
	}
	if t.report.CheckpointErr = nil; err != nil {
		t.report.CheckpointErr = fmt.Errorf("train: writing checkpoint: %w", err)
		t.o.log(ctx, slog.LevelWarn, "checkpoint not written", func() []slog.Attr { return []slog.Attr{slog.Any("error", err)} })
	}
	c.since, c.last, c.took = 0, time.Now(), time.Since(began)
	return nil
}

// freeOptions are the options that may change from run to run: they do not take part
// in the bits of a step, only in where training ends or what it takes.
var freeOptions = map[string]bool{
	"MaxSteps": true, "TargetRMSE": true, "TimeLimit": true, "Patience": true,
	"Workers": true, "MemoryLimit": true, "Progress": true, "Logger": true, "ProfileLabels": true,
	"choice": true, "Checkpoint": true, "CheckpointSteps": true, "CheckpointInterval": true,
	"Reducer": true, "shard": true, "accord": true,
}

// fitFacts tells a fit from others: data, options, and what the plan chose.
func fitFacts(ctx context.Context, x, y []float64, d int, o *Options, p *plan) (facts, error) {
	var f facts
	f.add("layout", shortHash([]byte(typeLayout(reflect.TypeFor[savedState]()))))
	f.add("rows", len(x)/d)
	f.add("features", d)
	v := reflect.ValueOf(*o)
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		if freeOptions[name] {
			continue
		}
		switch field.Kind() {
		case reflect.Float64:
			f.add(name, strconv.FormatFloat(field.Float(), 'g', -1, 64))
		case reflect.Slice:
			sum, err := hashFloats(ctx, floatsOf(field))
			if err != nil {
				return nil, err
			}
			f.add("hash of "+name, sum)
		default:
			f.add(name, fmt.Sprint(field))
		}
	}
	f.add("chosen method", p.method)
	f.add("chosen sketch", p.sketch)
	f.add("rows of the sketch", p.rows)
	f.add("rank of the preconditioner", p.rank)
	f.add("price of the preconditioner", p.price)
	f.add("early preconditioner", p.eager)
	for _, v := range []struct {
		name string
		x    []float64
	}{{"hash of the features", x}, {"hash of the targets", y}} {
		sum, err := hashFloats(ctx, v.x)
		if err != nil {
			return nil, err
		}
		f.add(v.name, sum)
	}
	return f, nil
}

// floatsOf returns the numbers of a slice of an option.
func floatsOf(v reflect.Value) []float64 {
	out := make([]float64, v.Len())
	for i := range out {
		if e := v.Index(i); e.CanFloat() {
			out[i] = e.Float()
		} else {
			out[i] = float64(e.Int())
		}
	}
	return out
}

func shortHash(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%x", sum[:8])
}

// hashFloats asks ctx every few milliseconds.
func hashFloats(ctx context.Context, x []float64) (string, error) {
	sum := sha256.New()
	var chunk [1 << 15]byte
	for len(x) > 0 {
		if ctx.Err() != nil {
			return "", errStopped
		}
		n := min(len(x), len(chunk)/8)
		for i, v := range x[:n] {
			binary.LittleEndian.PutUint64(chunk[8*i:], math.Float64bits(v))
		}
		sum.Write(chunk[:8*n])
		x = x[n:]
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}
