package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/bench"
	"github.com/nearlinear/nearlinear/train"
)

// trainingSet is a table that all train on.
type trainingSet struct {
	name, about string
	splits      int
	seconds     float64 // that Adam and L-BFGS may take, each
}

// They were fixed before any was trained on for this study.
var trainingSets = []trainingSet{
	{"digits", "the number shown by 8 × 8 pixels, as a number: UCI, *Optical Recognition of Handwritten Digits*, test set (Alpaydin, Kaynak), CC BY 4.0, from scikit-learn (BSD)", 3, 10},
	{"concrete", "compressive strength: UCI, *Concrete Compressive Strength* (Yeh), CC BY 4.0, from R's modeldata (MIT)", 3, 6},
	{"Chicago", "daily entries of a station from those of 20 stations two weeks before, weather and matches; days are split at random: Kuhn and Johnson, *Feature Engineering and Selection*, from R's modeldata (MIT)", 3, 8},
	{"diamonds", "price from carat, size and ordered grades: from R's ggplot2 (MIT)", 1, 30},
}

// trainingGoal is a training error that is small enough.
const trainingGoal = 1e-3

// contender is a method of training. Peers have the name of peers/tabular.py.
type contender struct {
	name, peer string
	options    train.Options // of this library
}

func contenders(width int) []contender {
	return []contender{
		{name: "nearlinear, defaults", options: train.Options{Width: width}},
		{name: "nearlinear, no ridge", options: train.Options{Width: width, Ridge: train.NoRidge, KeepSkew: true, TargetRMSE: trainingGoal}},
		{name: "Adam, PyTorch", peer: "adam"},
		{name: "L-BFGS, PyTorch", peer: "lbfgs"},
		{name: "MLP, scikit-learn", peer: "mlp"},
		{name: "boosting, scikit-learn", peer: "boosting"},
	}
}

// trained is what a method came to on one split; see bench.Trained for the errors. On the way
// the test error of this library is not known, and NaN.
type trained = bench.Trained

// end is the training error and the test error of the result.
func end(r trained) (fit, test float64) {
	last := r.Curve[len(r.Curve)-1]
	return last[1], last[2]
}

// reachTime is when a training first has an error of at most level, or NaN.
func reachTime(r trained, level float64) float64 {
	for _, at := range r.Curve {
		if at[1] <= level {
			return at[0]
		}
	}
	return math.NaN()
}

// trainOurs fits with the options and keeps the training error after each step.
func trainOurs(ctx context.Context, t *bench.Table, fit, test []int, o train.Options) (trained, error) {
	x, y := t.Part(fit)
	var r trained
	o.Members = 1 // whose steps make the curve
	start := time.Now()
	o.Progress = func(s train.Step) bool {
		if s.Accepted || s.Index == 0 {
			r.Curve = append(r.Curve, [3]float64{time.Since(start).Seconds(), s.TrainRMSE, math.NaN()})
		}
		return true
	}
	model, report, err := train.Fit(ctx, x, y, len(t.Features), &o)
	if err != nil {
		return r, err
	}
	r.Seconds = time.Since(start).Seconds()
	e, err := t.RMSE(model, fit, test)
	r.Curve = append(r.Curve, [3]float64{r.Seconds, report.TrainRMSE, e})
	return r, err
}

// trainPeer asks the peer for the same. Of Adam it takes the rate that came to the least training error in short
// trials, unless one is given, and returns it.
func trainPeer(peer *bench.Peer, ask bench.Training) (trained, float64, error) {
	if ask.Method == "adam" && ask.Rate == 0 {
		best, trial := math.Inf(1), ask
		trial.Seconds /= 8
		for _, rate := range []float64{0.003, 0.01, 0.03, 0.1} {
			trial.Rate = rate
			r, _, err := trainPeer(peer, trial)
			if err != nil {
				return r, 0, err
			}
			if r.Missing != "" {
				return r, 0, nil
			}
			if e, _ := end(r); e < best {
				best, ask.Rate = e, rate
			}
		}
	}
	var r trained
	err := peer.Ask(ask, &r)
	return r, ask.Rate, err
}

func training(ctx context.Context, p *page) error {
	sets, width := trainingSets, 4096
	if p.quick {
		sets, width = []trainingSet{{"concrete", trainingSets[1].about, 1, 0.1}}, 128
	}
	all := contenders(width)
	p.Text("Training error against wall time, and the test error that comes of it, over seeded splits of 80 to 20; errors are root mean squares in standard deviations of the training target, "+
		"everything runs on %d threads. This library has raw rows: its time includes scaling them and, with the defaults, choosing the ridge, which keeps the "+
		"training error up on purpose. *No ridge* trains the same network on the same rows as PyTorch, to 10⁻³ or as long as PyTorch may take. PyTorch has rows that are "+
		"ready, %d neurons as this library, numbers in float32, and a fixed time; Adam takes batches of 512 rows and the best of "+
		"four rates, and finding it is not in its time; L-BFGS takes all rows, a history of 20 and strong Wolfe line searches. "+
		"scikit-learn has its defaults: an MLP of 100 neurons on standardised rows and targets, and HistGradientBoostingRegressor. Looking at the errors of peers is not in their times, nor is a first "+
		"short training of each.", runtime.GOMAXPROCS(0), width)
	dir, err := os.MkdirTemp("", "tables")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var cells, raced [][]string
	for _, set := range sets {
		t, err := bench.LoadTable(ctx, dir, set.name)
		if errors.Is(err, bench.ErrNoTable) {
			p.Missing("the table "+set.name, err)
			continue
		}
		if err != nil {
			return err
		}
		runs, rate, err := trainAll(ctx, p, t, set, width, all)
		if err != nil {
			return fmt.Errorf("%s: %w", set.name, err)
		}
		p.Text("**%s**, %d rows, %d features: %s. Splits: %d. PyTorch has %g s%s.", set.name, len(t.Y), len(t.Features), set.about, set.splits, set.seconds, rate)
		if err := p.Plot(strings.ToLower(set.name), trainingChart(set, t, all, runs)); err != nil {
			return err
		}
		cells = append(cells, trainingRows(set, all, runs)...)
		raced = append(raced, races(set, all, runs)...)
	}
	p.Text("At the end of training: median time, training and test error, mean and standard deviation over the splits. The *least* test error is the mean of the least on the way of each split, which nobody " +
		"who trains can know.")
	p.Table([]string{"data", "method", "time", "training error", "test error", "least"}, cells)
	if raced != nil {
		p.Text("The least training error that each neural network of the peers came to in the first split, or %g if that is more, and when it and this library were there:", trainingGoal)
		p.Table([]string{"data", "peer", "training error", "peer after", all[0].name, all[1].name}, raced)
	}
	return nil
}

// trainAll has all contenders train on each split of the table, and returns of each what it came to, nothing if it
// is missing, and what is to be said of Adam's rate.
func trainAll(ctx context.Context, p *page, t *bench.Table, set trainingSet, width int, all []contender) ([][]trained, string, error) {
	peer, missing := bench.StartPeer(runtime.GOMAXPROCS(0), "tabular.py", t.Path)
	if missing == nil {
		defer peer.Close()
		p.Peer("Python", peer.About)
	} else {
		p.Missing("PyTorch and scikit-learn", missing)
	}
	runs, rate := make([][]trained, len(all)), 0.0
	if p.quick {
		rate = 0.03
	}
	for seed := range uint64(set.splits) {
		fit, test := t.Split(seed)
		for i, c := range all {
			p.Progress("%s, split %d, %s", set.name, seed+1, c.name)
			var r trained
			var err error
			if c.peer == "" {
				o := c.options
				o.Seed = seed
				if o.Ridge == train.NoRidge {
					o.TimeLimit = time.Duration(set.seconds * 1e9)
				}
				r, err = trainOurs(ctx, t, fit, test, o)
			} else if missing == nil {
				ask := bench.Training{Method: c.peer, Train: fit, Test: test, Seed: seed, Width: width}
				if c.peer == "adam" || c.peer == "lbfgs" || p.quick {
					ask.Seconds = set.seconds
				}
				if c.peer == "adam" {
					ask.Rate = rate
				}
				r, ask.Rate, err = trainPeer(peer, ask)
				if c.peer == "adam" {
					rate = ask.Rate
				}
			}
			if err != nil {
				return nil, "", fmt.Errorf("%s: %w", c.name, err)
			}
			if err := ctx.Err(); err != nil {
				return nil, "", err
			}
			if r.Missing != "" {
				p.Missing(c.name, errors.New(r.Missing))
			} else if len(r.Curve) > 0 {
				runs[i] = append(runs[i], r)
			}
		}
	}
	if rate == 0 {
		return runs, "", nil
	}
	return runs, fmt.Sprintf(" and Adam the rate %g", rate), nil
}

// trainingChart is that of the first split.
func trainingChart(set trainingSet, t *bench.Table, all []contender, runs [][]trained) chart {
	fit, _ := t.Split(0)
	c := chart{title: fmt.Sprintf("Training on %s, %d rows of %d features", set.name, len(fit), len(t.Features)),
		x: "wall time (s)", y: "training RMSE (σ of target)", logX: true, logY: true, width: 22}
	for i, who := range all {
		s := series{name: who.name, noLine: who.peer == "boosting"}
		if len(runs[i]) > 0 {
			for _, at := range runs[i][0].Curve {
				s.x, s.y = append(s.x, at[0]), append(s.y, at[1])
			}
		}
		s.noMarks = len(s.x) > 40
		c.series = append(c.series, s)
	}
	return c
}

// trainingRows are the lines of the table.
func trainingRows(set trainingSet, all []contender, runs [][]trained) [][]string {
	var cells [][]string
	for i, c := range all {
		if len(runs[i]) == 0 {
			continue
		}
		var took, fit, test, least []float64
		for _, r := range runs[i] {
			a, b := end(r)
			low := b
			for _, at := range r.Curve {
				if at[2] < low {
					low = at[2]
				}
			}
			took, fit, test, least = append(took, r.Seconds), append(fit, a), append(test, b), append(least, low)
		}
		low := "–"
		if c.peer != "" && c.peer != "boosting" {
			low, _, _ = strings.Cut(meanOf(least), " ")
		}
		cells = append(cells, []string{set.name, c.name, short(bench.Quantile(took, 0.5)), meanOf(fit), meanOf(test), low})
	}
	return cells
}

// meanOf writes the mean and, of several, the standard deviation.
func meanOf(v []float64) string {
	mean, sd := bench.MeanAndDeviation(v)
	if len(v) < 2 {
		return fmt.Sprintf("%.3g", mean)
	}
	return fmt.Sprintf("%.3g ± %.1g", mean, sd)
}

// races tell when this library had the least training error that each neural network of the peers came to on the
// first split, or the goal if that is more.
func races(set trainingSet, all []contender, runs [][]trained) [][]string {
	var cells [][]string
	for i, peer := range all {
		if peer.peer == "" || peer.peer == "boosting" || len(runs[i]) == 0 {
			continue
		}
		level := math.Inf(1)
		for _, at := range runs[i][0].Curve {
			level = min(level, at[1])
		}
		level = max(level, trainingGoal)
		row := []string{set.name, peer.name, fmt.Sprintf("%.2g", level), short(reachTime(runs[i][0], level))}
		for j, c := range all {
			if c.peer != "" {
				continue
			}
			when := "never"
			if len(runs[j]) > 0 {
				if at := reachTime(runs[j][0], level); !math.IsNaN(at) {
					when = short(at)
				}
			}
			row = append(row, when)
		}
		cells = append(cells, row)
	}
	return cells
}
