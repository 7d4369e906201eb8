package train

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/ranks"
)

// config is what Options come to for one fit: no zero stands for a default any more,
// and beside them stands what the fit has found out.
type config struct {
	Options
	rows    int     // of positive weight
	held    int     // of these, for validation
	targets int     // k
	given   int     // features of a row as it is given
	forcing float64 // η of iterative solves, see newton.Forcing

	heldOf      int  // one in so many rows is held out to tell the error; 0 for none
	widthChosen bool // Width may grow with the rows, see settleWidth
	stepsChosen bool // MaxSteps is what rows out of fold say

	limit   uint64 // of the memory
	source  string // of the limit
	limited bool   // these are known
	leftOut int    // rows that there is no memory for, see sampled
	room    int    // fits that the memory has room for beside this one, as far as the plan knows

	choose     bool // Ridge is chosen, and Bias with chooseBias
	oneLook    bool // for want of memory, see looksTwice
	chooseBias bool
	choice     *Choice // what came of it

	outliers []Outlier    // that rows out of fold have found
	dropped  map[int]bool // the caller's rows held out that tell no error: outliers, with Huber

	group *ranks.Group // nil for one process
	shard *jacobian.Shard
}

// defaultMembers bounds the networks of an average where Options.Members does not.
const defaultMembers = 4

// newConfig checks data and options, and fills in the defaults.
func newConfig(x, y []float64, d int, opts *Options) (*config, error) {
	all, err := checkData(x, y, d)
	if err != nil {
		return nil, err
	}
	rows, _, err := opts.weighted(all)
	if err != nil {
		return nil, err
	}
	c, err := opts.resolve(len(rows))
	if err != nil {
		return nil, err
	}
	if columns := spans(c.Encoder, d); len(columns) == 0 || columns[len(columns)-1].to != d {
		return nil, fmt.Errorf("train: Encoder does not make the %d features of a row: %w", d, ErrOption)
	}
	c.given = d
	if c.targets = len(y) / all; c.targets > 1 && c.Loss == Huber {
		return nil, fmt.Errorf("train: Loss is %v with %d targets, each of which would need weights of its own: fit them one by one: %w", c.Loss, c.targets, ErrOption)
	}
	if c.Reducer != nil {
		c.group = ranks.New(c.Reducer)
		c.shard = &jacobian.Shard{Reducer: c.group, Neurons: c.Width, Fast: c.FastReduce}
		if _, _, err := c.shard.Share(); err != nil {
			return nil, fmt.Errorf("train: %w: %w", err, ErrOption)
		}
	}
	return c, nil
}

// checkClasses returns ErrOption for options that are for classes alone where there are none, and for a decision
// without rows to choose it by.
func (c *config) checkClasses(classes bool) error {
	switch {
	case !classes && c.Balanced:
		return fmt.Errorf("train: Balanced is for classes, and the targets are numbers: %w", ErrOption)
	case !classes && c.Decide != MostProbable:
		return fmt.Errorf("train: Decide is %v, for classes, and the targets are numbers: %w", c.Decide, ErrOption)
	case c.Decide != MostProbable && !c.estimates():
		return fmt.Errorf("train: Decide is %v, which is chosen by rows out of fold: it needs LevenbergMarquardt, a ridge that is chosen, Folds of 0 and no Reducer: %w", c.Decide, ErrOption)
	}
	return nil
}

// resolve checks the options and fills in the defaults for n rows.
func (o *Options) resolve(n int) (*config, error) {
	c := &config{rows: n, targets: 1, limit: math.MaxInt64, source: "nothing"}
	if o != nil {
		c.Options = *o
	}
	if err := c.check(n); err != nil {
		return nil, err
	}
	if c.Validation > 0 {
		c.held = int(math.Round(c.Validation * float64(n)))
	}
	switch {
	case c.Rule == GaussNewton:
		c.Ridge = NoRidge
	case c.Ridge == 0:
		c.choose, c.Ridge = true, plannedRidge
	}
	if c.Width == 0 {
		c.Width, c.widthChosen = c.Effort.bounds().width, c.estimates() && n > widerRows
	}
	if c.InnerTol == 0 {
		c.InnerTol, c.forcing = 1e-3, newton.Forcing
		if c.Rule == GaussNewton {
			c.InnerTol, c.forcing = 0.1, 0
		}
	}
	steps, patience := DefaultMaxSteps, 5
	if c.Rule.FirstOrder() {
		steps, patience = DefaultGradientSteps, firstOrderWindow
		if c.Momentum == 0 {
			c.Momentum = 0.9
		}
	}
	if c.MaxSteps == 0 {
		c.MaxSteps, c.stepsChosen = steps, c.estimates()
	}
	if c.estimates() && n > estimateMost && c.held == 0 {
		c.held = min(n/estimateHeld, estimateLimit)
		c.heldOf = n / c.held
		if c.stepsChosen {
			c.MaxSteps = 1
		}
	}
	switch {
	case !c.estimates() || n > estimateMost:
		c.Members = 1
	case c.Members == 0:
		c.Members = c.Effort.bounds().members
	}
	if c.Patience == 0 {
		c.Patience = patience
	}
	if c.Bias == 0 {
		c.chooseBias, c.Bias = c.choose, 1
	}
	return c, nil
}

// estimates tells whether rows out of fold judge the fit: where the shape is chosen, by damped
// steps, in one process.
func (c *config) estimates() bool {
	return c.choose && c.Rule == LevenbergMarquardt && c.Reducer == nil && c.Folds >= 0
}

// widens tells whether the initial weights may be made wider, so that the first step does
// what the choice of the ridge has promised. All neurons must be in pairs that cancel.
func (c *config) widens() bool { return c.choose && c.Rule == LevenbergMarquardt && c.Width%2 == 0 }

// finds tells whether rows out of fold look for outliers: where they judge the fit, or its loss
// needs them.
func (c *config) finds() bool { return c.Loss == Huber || c.estimates() }

// quiet returns the options of a fit that judges this one: nobody hears of it.
func (c *config) quiet() *config {
	own := *c
	own.Progress, own.Logger, own.Checkpoint, own.Validation, own.TimeLimit = nil, nil, "", 0, 0
	own.choice = nil
	return &own
}

// cuts tells whether pieces may stand beside the features: where the shape is chosen, and of many rows
// where enough of them say that pieces are worth their time.
func (c *config) cuts() bool {
	return c.choose && !c.NoPieces && (c.rows <= estimateMost || c.looksTwice())
}

// inputs bounds the features that the network sees of d, the bias included.
func (c *config) inputs(d int) int {
	if c.cuts() {
		d += features.PiecesMost(d)
	}
	if c.Bias > 0 {
		return d + 1
	}
	return d
}

// mu returns μ: Ridge, or 0 where it is NoRidge.
func (c *config) mu() float64 { return max(c.Ridge, 0) }

// follow returns the context that all ranks have in common while own is this rank's;
// of one process it is own.
func (c *config) follow(own context.Context) context.Context {
	if c.group == nil {
		return own
	}
	return c.group.Follow(own)
}

// withTimeLimit returns ctx with the deadline of a fit that began at start.
func (c *config) withTimeLimit(ctx context.Context, start time.Time) (context.Context, context.CancelFunc) {
	if c.TimeLimit == 0 {
		return ctx, func() {}
	}
	return context.WithDeadlineCause(ctx, start.Add(c.TimeLimit), fault.ErrTimeLimit)
}

// preparing returns the context of what comes before training. The time limit counts
// for it too, but the end of the time that earlier runs have used up does not keep a
// checkpoint from its model.
func (c *config) preparing(own context.Context, start time.Time) (context.Context, context.CancelFunc) {
	if c.Checkpoint != "" {
		return c.follow(own), func() {}
	}
	timed, cancel := c.withTimeLimit(own, start)
	return c.follow(timed), cancel
}

// any reports whether v holds on any rank.
func (c *config) any(v bool) bool {
	if c.group == nil {
		return v
	}
	return c.group.Any(v)
}
