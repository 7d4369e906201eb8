package train

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/phase"
	"github.com/nearlinear/nearlinear/train/internal/statefile"
)

// A checkpoint of several ranks is that of one process which has all neurons:
// rank 0 gathers the weights of all and writes it, every rank reads it and keeps
// its own part. So a job may go on with another number of ranks.

// The rules for writing when Options leaves them open.
const (
	checkpointInterval = 10 * time.Second
	// checkpointTimes bounds the time that writing takes: the distance of two
	// checkpoints is at least so many times what the last one took.
	checkpointTimes = 20
)

// checkpoints writes the state of a trainer from time to time.
type checkpoints struct {
	cfg    *config
	facts  statefile.Facts
	layout jacobian.Layout
	since  int // steps since the last one
	last   time.Time
	took   time.Duration
}

// openCheckpoints returns nil without Options.Checkpoint. If there is a file,
// its state comes with it. width is the number of inputs of the network.
func openCheckpoints(ctx context.Context, x, y []float64, d int, cfg *config, p *plan, width int) (*checkpoints, *savedState, error) {
	if cfg.Checkpoint == "" {
		return nil, nil, nil
	}
	layout, err := jacobian.NewLayout(cfg.Width, width, cfg.shard)
	if err != nil {
		return nil, nil, err
	}
	c := &checkpoints{cfg: cfg, layout: layout, last: time.Now()}
	s := &savedState{}
	found, err := c.open(ctx, x, y, d, p, s)
	if err == nil && found {
		if err = s.check(cfg, layout.All()); err != nil {
			err = statefile.Refuse(cfg.Checkpoint, err)
		}
	}
	if cfg.group != nil {
		if err = c.agree(found, err, s); err != nil {
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
func (c *checkpoints) open(ctx context.Context, x, y []float64, d int, p *plan, s *savedState) (found bool, err error) {
	path := c.cfg.Checkpoint
	if c.cfg.group == nil || c.cfg.group.Rank() == 0 {
		if err := atomicfile.Check(path); err != nil {
			return false, fmt.Errorf("train: checkpoint: %w", err)
		}
		atomicfile.Sweep(path)
	}
	if c.facts, err = identity(ctx, x, y, d, c.cfg, p); err != nil {
		return false, err
	}
	return statefile.Read(ctx, path, c.facts, s)
}

// agree makes the ranks agree on what they have read, of which each then keeps its
// part.
func (c *checkpoints) agree(found bool, err error, s *savedState) error {
	g, path := c.cfg.group, c.cfg.Checkpoint
	if failed := g.Any(err != nil); err != nil || failed {
		if err == nil {
			err = fmt.Errorf("train: another rank could not read the checkpoint %s: %w", path, ErrCheckpoint)
		}
		return err
	}
	tag := float64(0)
	if found {
		tag = 1 + float64(len(s.History.Steps)) + float64(s.Elapsed)
	}
	if g.Any(g.First(tag) != tag) {
		return fmt.Errorf("train: not all ranks find the same checkpoint %s: it must be in a folder that all of them see: %w", path, ErrCheckpoint)
	}
	for _, v := range s.vectors() {
		if len(*v) > 0 {
			*v = append([]float64(nil), (*v)[c.layout.Lo:c.layout.Hi]...)
		}
	}
	return nil
}

// keepPoints makes the trainer write its state there from time to time; nil for never.
func (t *trainer) keepPoints(c *checkpoints) {
	t.points = c
	if c != nil && t.sys != nil {
		t.sys.Remember(t.net.W)
	}
}

// due reports whether it is time to write.
func (c *checkpoints) due() bool {
	if c.cfg.CheckpointSteps > 0 && c.since >= c.cfg.CheckpointSteps {
		return true
	}
	wait := c.cfg.CheckpointInterval
	if wait == 0 {
		wait = max(checkpointInterval, checkpointTimes*c.took)
	}
	return time.Since(c.last) >= wait
}

// write writes the state, that of all ranks if there are several.
func (c *checkpoints) write(ctx context.Context, s *savedState) error {
	g := c.cfg.group
	if g == nil {
		return statefile.Write(ctx, c.cfg.Checkpoint, c.facts, s)
	}
	for _, v := range s.vectors() {
		if len(*v) > 0 { // the same ones on all ranks
			*v = g.Gather(*v, c.layout.Lo, c.layout.All())
		}
	}
	var err error
	if g.Rank() == 0 {
		err = statefile.Write(ctx, c.cfg.Checkpoint, c.facts, s)
	}
	if g.Any(err != nil) && err == nil {
		err = errors.New("rank 0 could not write it")
	}
	return err
}

// checkpoint writes the state if it is due, or if now is set and there is
// anything new; the time is told in step. A failure, such as a full disk, does
// not end training: it is in the report, and the next time may succeed.
func (t *trainer) checkpoint(ctx context.Context, now bool, step *Step) error {
	c := t.points
	if c == nil || c.since == 0 {
		return nil
	}
	due := now || c.due()
	if g := t.cfg.group; g != nil {
		due = g.Any(due && g.Rank() == 0)
	}
	if !due {
		return nil
	}
	defer phase.Clock(ctx, &step.Phases.Checkpoint, phase.Checkpoint).Stop()
	began := time.Now()
	err := c.write(ctx, t.save())
	if ctx.Err() != nil {
		return fault.ErrStopped
	}
	if t.report.CheckpointErr = nil; err != nil {
		t.report.CheckpointErr = fmt.Errorf("train: writing checkpoint: %w", err)
		t.cfg.log(ctx, slog.LevelWarn, "checkpoint not written", func() []slog.Attr { return []slog.Attr{slog.Any("error", err)} })
	}
	c.since, c.last, c.took = 0, time.Now(), time.Since(began)
	return nil
}

// save returns the state, which shares its vectors with the trainer.
func (t *trainer) save() *savedState {
	s := &savedState{
		Elapsed: time.Since(t.began),
		Outputs: t.outputs,
		History: saveTarget(t.history),
		W:       t.net.W,
		Loss:    t.loss, Moved: t.moved, Factor: t.vec.factor,
	}
	for i := range t.nets {
		s.Done, s.Nets = append(s.Done, saveTarget(&t.report.Targets[i])), append(s.Nets, t.nets[i].W)
	}
	if t.history.Best != lastAccepted(t.history.Steps) {
		s.Best = t.vec.best
	}
	if t.sys != nil {
		s.Solver = savedSolver(t.sys.State())
	}
	t.rule.save(s)
	return s
}

// refuse is the error of a saved state that this fit cannot go on from.
func (t *trainer) refuse(err error) error { return statefile.Refuse(t.cfg.Checkpoint, err) }
