package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/page"
	"github.com/nearlinear/nearlinear/train/table"
)

// fitResult is what is left after training.
type fitResult struct {
	flags       *fitFlags
	model       *model.Model
	report      *train.Report
	held        *table.Table
	interrupted error // the reason, if training was cut short

	predicted []float64 // for held, nil if that was cut short
	scores    []score   // nil without predictions
	saved     []string  // files written
}

// test predicts the rows held out. After an interrupt there are 300 ms for it.
func (r *fitResult) test(ctx context.Context) {
	if len(r.held.Y) == 0 {
		return
	}
	if r.interrupted != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 300*time.Millisecond)
		defer cancel()
	}
	predicted, err := predictRows(ctx, r.model, r.held.X, 0)
	if err != nil {
		if r.interrupted == nil {
			r.interrupted = err
		}
		return
	}
	r.predicted, r.scores = predicted, newScores(r.model, r.held, predicted)
	if len(r.model.Classes) > 0 {
		r.scores[0].measure(r.flags.options.Decide, r.report.Balanced, r.model, r.held, predicted)
	}
}

func (r *fitResult) save() error {
	f := r.flags
	if f.out != "" {
		if err := r.model.Save(f.out); err != nil {
			return err
		}
		r.saved = append(r.saved, "model "+f.out)
	}
	saved, err := f.profiles.save()
	r.saved = append(r.saved, saved...)
	if err != nil || f.report == "" {
		return err
	}
	about := &page.Options{
		Title:  "nearlinear: " + plainList(r.model.Targets),
		Target: plain(r.model.Targets[0]),
		Facts:  []page.Fact{{Name: "Data", Value: f.dataName()}},
	}
	if len(r.model.Nets) == 1 && len(r.model.Classes) == 0 && r.predicted != nil {
		about.True, about.Predicted = r.held.Y, r.predicted
	}
	for _, s := range r.scores {
		name := "Test"
		if len(r.scores) > 1 {
			name += " of " + plain(s.Target)
		}
		about.Facts = append(about.Facts, page.Fact{Name: name, Value: s.String()})
	}
	if err := atomicfile.Write(f.report, func(w io.Writer) error { return page.Write(w, r.report, about) }); err != nil {
		return fmt.Errorf("saving report: %w", err)
	}
	r.saved = append(r.saved, "report "+f.report)
	return nil
}

// print tells the result, for people or as JSON.
func (r *fitResult) print(w io.Writer) error {
	rep := r.report
	if r.flags.json {
		return json.NewEncoder(w).Encode(r.object())
	}
	var b strings.Builder
	if rep.Choice != nil {
		fmt.Fprintf(&b, "ridge    %.3g: %v\n", rep.Ridge, rep.Choice)
	}
	if rep.Estimate != nil {
		b.WriteString(estimateLines(rep))
	}
	b.WriteString(decisionLines(rep, r.flags.options.Decide, r.model))
	if rep.Outliers != nil {
		fmt.Fprintf(&b, "outliers %v\n", rep.Outliers)
	}
	if rep.LeftOut > 0 {
		fmt.Fprintf(&b, "rows     %d of %d have a part, drawn at random: there is no memory for more (-memory)\n", rep.N+rep.NValid, rep.N+rep.NValid+rep.LeftOut)
	}
	fmt.Fprintf(&b, "method   %s: %s\n", rep.Method, rep.Why)
	fmt.Fprintf(&b, "plan     %.2g s a step on two cores of the machine it was calibrated on, %s\n", rep.StepTime.Seconds(), memory.Megabytes(rep.Bytes))
	if rep.Resumed > 0 {
		fmt.Fprintf(&b, "resumed  after step %d\n", rep.Resumed-1)
	}
	if len(rep.Targets) == 1 {
		fmt.Fprintf(&b, "stopped  %s after %d steps in %s, the model is that of step %d\n", rep.Stop, max(0, len(rep.Steps)-1), clock(rep.Elapsed), rep.Best)
	} else {
		fmt.Fprintf(&b, "stopped  %s after %d steps of %d networks in %s\n", rep.Stop, len(rep.Steps)-len(rep.Targets), len(rep.Targets), clock(rep.Elapsed))
	}
	unit := "standard deviations"
	if rep.Choice != nil && rep.Choice.LogTarget != nil {
		unit = rep.Unit()
	}
	fmt.Fprintf(&b, "train    RMSE %.4g %s", rep.TrainRMSE, unit)
	if rep.NValid > 0 && !math.IsNaN(rep.ValidRMSE) {
		fmt.Fprintf(&b, ", validation %.4g (%d rows)", rep.ValidRMSE, rep.NValid)
	}
	if rep.TrainAccuracy == rep.TrainAccuracy {
		fmt.Fprintf(&b, "; accuracy %.2f %%", 100*rep.TrainAccuracy)
	}
	if rep.ValidAccuracy == rep.ValidAccuracy {
		fmt.Fprintf(&b, ", validation %.2f %%", 100*rep.ValidAccuracy)
	}
	b.WriteByte('\n')
	switch {
	case len(r.scores) == 1:
		fmt.Fprintf(&b, "test     %s\n", r.scores[0])
	case len(r.scores) > 1:
		for _, s := range r.scores {
			fmt.Fprintf(&b, "test     %s\n", s.named())
		}
	case len(r.held.Y) > 0:
		b.WriteString("test     not done because of the interrupt\n")
	}
	if len(r.saved) > 0 {
		fmt.Fprintf(&b, "saved    %s\n", strings.Join(r.saved, ", "))
	} else if r.flags.out == "" {
		b.WriteString("saved    nothing (-out keeps the model, -report a page about it)\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// jsonResult is the last line of -json.
type jsonResult struct {
	Type        string    `json:"type"` // "result"
	Data        string    `json:"data"`
	Targets     []string  `json:"targets"`
	Classes     []string  `json:"classes,omitempty"`
	Features    []string  `json:"features"`
	TrainRows   int       `json:"train_rows"`
	ValidRows   int       `json:"valid_rows"`
	LeftOut     int       `json:"rows_left_out"` // for want of memory
	Width       int       `json:"width"`
	Inputs      int       `json:"inputs"`
	Method      string    `json:"method"`
	Why         string    `json:"why"`
	Rule        string    `json:"rule"`
	Seed        uint64    `json:"seed"`
	Sketch      string    `json:"sketch"` // kind; "auto" unless sketched
	SketchRows  int       `json:"sketch_rows"`
	Rank        int       `json:"rank"`
	Ridge       number    `json:"ridge"`
	ChoiceError number    `json:"choice_rmse"` // out of fold, by which the ridge was chosen; null if it was given
	Estimate    estimate  `json:"estimate"`
	Shapes      []shape   `json:"shapes"`
	LogTargets  []bool    `json:"targets_in_logarithms"` // null if none is
	Balanced    bool      `json:"balanced"`
	Decision    *decision `json:"decision"` // null if the most probable class is told
	Loss        string    `json:"loss"`
	OutlierRows int       `json:"outlier_rows"`  // whose targets other rows contradict
	Outliers    []outlier `json:"outliers"`      // the largest of them
	Rate        number    `json:"learning_rate"` // 0 unless the rule is gd or adam
	Momentum    number    `json:"momentum"`      // as learning_rate
	Kernels     string    `json:"kernels"`
	Bytes       uint64    `json:"bytes"`
	StepTime    number    `json:"planned_step_seconds"`
	Resumed     int       `json:"resumed_steps"`
	Steps       int       `json:"steps"`
	BestStep    int       `json:"best_step"`
	Stop        string    `json:"stop"`
	Interrupted bool      `json:"interrupted"`
	TrainRMSE   number    `json:"train_rmse"`
	ValidRMSE   number    `json:"valid_rmse"`
	TrainRight  number    `json:"train_accuracy"` // null without classes
	ValidRight  number    `json:"valid_accuracy"`
	Test        []score   `json:"test"` // one a target, one for classes; null if it was not done
	Elapsed     number    `json:"elapsed_seconds"`
	Saved       []string  `json:"saved"`
}

// choiceError returns the error by which the ridge was chosen, NaN if it was given.
func choiceError(r *train.Report) number {
	if r.Choice == nil {
		return number(math.NaN())
	}
	return number(r.Choice.RMSE)
}

// logTargets tells which targets are fitted in logarithms, nil if none is.
func logTargets(r *train.Report) []bool {
	if r.Choice == nil {
		return nil
	}
	return r.Choice.LogTarget
}

func (r *fitResult) object() jsonResult {
	p, m := r.report, r.model
	return jsonResult{"result", r.flags.dataName(), m.Targets, m.Classes, m.Features, p.N, p.NValid, p.LeftOut, p.Width, p.D, p.Method.String(), p.Why, p.Rule.String(), p.Seed, p.Sketch.String(), p.SketchRows, p.Rank, number(p.Ridge), choiceError(p), newEstimate(p.Estimate), newShapes(p.Choice), logTargets(p), p.Balanced, newDecision(p.Estimate, m), p.Loss.String(), outlierRows(p.Outliers), newOutliers(p.Outliers), number(p.LearningRate), number(p.Momentum), p.Kernels, p.Bytes, number(p.StepTime.Seconds()),
		p.Resumed, max(0, len(p.Steps)-1), p.Best, p.Stop.String(), r.interrupted != nil, number(p.TrainRMSE), number(p.ValidRMSE), number(p.TrainAccuracy), number(p.ValidAccuracy), r.scores, number(p.Elapsed.Seconds()), append([]string{}, r.saved...)}
}

// shape is train.ShapeError.
type shape struct {
	Shape     string `json:"shape"`
	Ridge     number `json:"ridge"`
	RMSE      number `json:"rmse"`
	Gain      number `json:"gain"`
	GainError number `json:"gain_error"`
	Accepted  bool   `json:"accepted"`
}

func newShapes(c *train.Choice) []shape {
	if c == nil {
		return nil
	}
	var out []shape
	for _, s := range c.Shapes {
		out = append(out, shape{s.Shape, number(s.Ridge), number(s.RMSE), number(s.Gain), number(s.GainError), s.Accepted})
	}
	return out
}

// outlier is train.Outlier.
type outlier struct {
	Row      int    `json:"row"` // of the file, the first is 0
	Target   int    `json:"target"`
	Residual number `json:"residual"` // off what other rows say, in units of the target
	Scales   number `json:"robust_scales"`
}

func outlierRows(o *train.Outliers) int {
	if o == nil {
		return 0
	}
	return o.Count
}

func newOutliers(o *train.Outliers) []outlier {
	out := []outlier{}
	if o != nil {
		for _, v := range o.Largest {
			out = append(out, outlier{v.Row, v.Target, number(v.Residual), number(v.Scales)})
		}
	}
	return out
}
