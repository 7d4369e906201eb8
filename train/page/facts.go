package page

import (
	_ "embed"
	"fmt"

	"github.com/nearlinear/nearlinear/train"
)

func facts(r *train.Report) []Fact {
	rows := fmt.Sprintf("%d trained on", r.N)
	if r.NValid > 0 {
		rows += fmt.Sprintf(", %d held out for validation", r.NValid)
	}
	if r.LeftOut > 0 {
		rows += fmt.Sprintf(", %d left out for want of memory", r.LeftOut)
	}
	f := []Fact{
		{"Rows", rows},
		{"Network", fmt.Sprintf("%d neurons × %d inputs = %d weights", r.Width, r.D, r.Width*r.D)},
		{"Method", r.Method.String() + ": " + r.Why},
		{"Step rule", map[train.StepRule]string{train.LevenbergMarquardt: "Levenberg–Marquardt", train.GaussNewton: "Gauss–Newton", train.GradientDescent: fmt.Sprintf("gradient descent, rate %s, momentum %s", short(r.LearningRate), short(r.Momentum)), train.Adam: fmt.Sprintf("Adam, rate %s, β₁ %s", short(r.LearningRate), short(r.Momentum))}[r.Rule]},
		{"Ridge μ", ridge(r)},
		{"Error on new rows", estimated(r)},
		{"Stopped", r.Stop.String()},
		{"Returned", returned(r)},
		{"Train RMSE", short(r.TrainRMSE) + " " + r.Unit()},
	}
	if r.Balanced {
		f = append(f, Fact{"Classes", "balanced: each weighs the same"})
	}
	if r.Loss != train.Squared {
		f = append(f, Fact{"Loss", r.Loss.String()})
	}
	if r.Outliers != nil {
		f = append(f, Fact{"Outliers", r.Outliers.String()})
	}
	if r.ValidRMSE == r.ValidRMSE && r.NValid > 0 {
		f = append(f, Fact{"Validation RMSE", short(r.ValidRMSE) + " " + r.Unit()})
	}
	for _, a := range []struct {
		name string
		v    float64
	}{{"Train accuracy", r.TrainAccuracy}, {"Validation accuracy", r.ValidAccuracy}} {
		if a.v > 0 { // 0 in reports of no Fit
			f = append(f, Fact{a.name, percent(a.v)})
		}
	}
	if r.SketchRows > 0 {
		f = append(f, Fact{"Sketch", fmt.Sprintf("%v, %d rows", r.Sketch, r.SketchRows)})
	}
	if r.Rank > 0 {
		renewed := 0
		for _, s := range r.Steps {
			if s.Renewed {
				renewed++
			}
		}
		f = append(f, Fact{"Preconditioner", fmt.Sprintf("rank %d, made in %d of %d steps", r.Rank, renewed, max(0, len(r.Steps)-1))})
	}
	return append(f,
		Fact{"Time", seconds(r.Elapsed)},
		Fact{"Time planned", seconds(r.StepTime) + " a step, on two cores of the machine the plan was calibrated on"},
		Fact{"Memory planned", fmt.Sprintf("%.1f MB", float64(r.Bytes)/1e6)},
		Fact{"Seed", fmt.Sprint(r.Seed)},
		Fact{"Kernels", r.Kernels})
}

// returned tells the step of the model.
func returned(r *train.Report) string {
	if len(r.Targets) > 1 {
		return fmt.Sprintf("the best step of each of %d targets, %d steps in all", len(r.Targets), len(r.Steps)-len(r.Targets))
	}
	return fmt.Sprintf("the model of step %d of %d", r.Best, max(0, len(r.Steps)-1))
}

// ridge tells μ, and by what it was chosen.
func ridge(r *train.Report) string {
	if r.Choice == nil {
		return short(r.Ridge)
	}
	return short(r.Ridge) + ": " + r.Choice.String()
}

// estimated tells the error on rows that had no part in the fit.
func estimated(r *train.Report) string {
	if r.Estimate == nil {
		return "not estimated"
	}
	return r.Estimate.String()
}
