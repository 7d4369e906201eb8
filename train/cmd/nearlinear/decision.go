package main

import (
	"fmt"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// decision is train.Decision, and what the model has of it.
type decision struct {
	Metric       string   `json:"metric"`
	Value        number   `json:"value"`
	Error        number   `json:"error"`
	MostProbable number   `json:"of_most_probable_class"`
	Offsets      []number `json:"offsets"`   // of the logits, of two classes of the second
	Threshold    number   `json:"threshold"` // of the probability of the second class; null of more
}

func newDecision(e *train.Estimate, m *model.Model) *decision {
	if e == nil || e.Decision == nil || m.Calibration == nil {
		return nil
	}
	d, c := e.Decision, m.Calibration
	out := &decision{d.Metric.String(), number(d.Value), number(d.Error), number(d.MostProbable), nil, number(c.Threshold())}
	for _, v := range c.Offset {
		out.Offsets = append(out.Offsets, number(v))
	}
	return out
}

// decisionLines tell how classes weigh, and how they are told if not by probability alone.
func decisionLines(r *train.Report, asked train.Metric, m *model.Model) string {
	text := ""
	if r.Balanced {
		text = "classes  each weighs the same, in training and in the errors told\n"
	}
	switch {
	case asked == train.MostProbable:
		return text
	case r.Estimate == nil || r.Estimate.Decision == nil:
		return text + "decision of the most probable class, for want of rows out of fold\n"
	}
	return text + describeOffsets(m)
}

// describeOffsets tells what a model has beside the probabilities, nothing if that is nothing.
func describeOffsets(m *model.Model) string {
	c := m.Calibration
	if c == nil || c.Offset == nil {
		return ""
	}
	if len(c.Offset) == 1 {
		return fmt.Sprintf("decision %s is told from the probability %.3g on\n", plain(m.Classes[1]), c.Threshold())
	}
	text := "decision of the largest logit"
	for j, v := range c.Offset {
		text += fmt.Sprintf(", %s %+.3g", plain(m.Classes[j]), v)
	}
	return text + "\n"
}

// measure adds the metric that fit was asked for, or with balanced classes their accuracy, of rows whose class is there.
func (s *score) measure(metric train.Metric, balanced bool, m *model.Model, t *table.Table, predicted []float64) {
	if metric == train.MostProbable && balanced {
		metric = train.BalancedAccuracy
	}
	if metric == train.MostProbable || metric == train.Accuracy {
		return
	}
	var class, told []int
	k, index := len(m.Nets), make(map[string]int, len(m.Classes))
	for j, name := range m.Classes {
		index[name] = j
	}
	for i, y := range t.Y {
		if y != y {
			continue
		}
		c := len(m.Classes) // of a label that the model does not know
		if int(y) < len(t.Classes) {
			if j, ok := index[t.Classes[int(y)]]; ok {
				c = j
			}
		}
		class, told = append(class, c), append(told, m.Class(predicted[i*k:(i+1)*k]))
	}
	value := number(metric.Score(class, told, nil, len(m.Classes)))
	s.Metric, s.Value = metric.Words(), &value
}
